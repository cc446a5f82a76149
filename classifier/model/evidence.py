"""A tagged sentence in, the words that spoke for the tag out, by the model's own weights.

The model is linear: the log-odds of a label are its intercept plus, for each feature of the sentence,
value times weight. Each of these products is laid on the places that the feature was read from, in
equal parts; what lies on a word is the word's weight. Nothing is looked up in a list of keywords.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from classifier.model.features import Located
from classifier.preprocess import Sentence
from classifier.tagging import Evidence

Place = tuple[int, int]
"""Start and end in the entry's text, in code points."""

_MOST_SPANS = 3
_SHARE_OF_BEST = 0.3
"""A word is shown when it has at least this share of the strongest word's weight."""


class Explainer:
    """Reads evidence out of a fitted pipeline of `features` and `tagger`."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._weights: NDArray[np.float32] = pipeline["tagger"].coef_
        self._indices = [vectorizer.index_ for _, vectorizer in pipeline["features"].transformer_list]
        sizes = [len(vectorizer.idf_) for _, vectorizer in pipeline["features"].transformer_list]
        self._firsts = np.append(0, np.cumsum(sizes)[:-1]).tolist()

    def located(self, sentence: Sentence) -> Located:
        """Return the features of a sentence, or of the clause of it that was read, by their columns among all."""
        found = [index.located(sentence) for index in self._indices]
        before = np.append(0, np.cumsum([len(part.columns) for part in found])[:-1]).tolist()
        return Located(
            np.concatenate([part.columns + first for part, first in zip(found, self._firsts, strict=True)]),
            np.concatenate([part.owners + number for part, number in zip(found, before, strict=True)]),
            np.concatenate([part.starts for part in found]),
            np.concatenate([part.ends for part in found]),
        )

    def contributions(self, located: Located, values: csr_matrix, label: int) -> NDArray[np.float64]:
        """Return what each feature adds to the log-odds of a label, shape (features,).

        Parameters
        ----------
        located
            The features.
        values
            The values of these features, columns ascending, shape (1, n_features).
        label
            Column of the label. A feature that stands several times comes once for each, with its part.
        """
        number = np.searchsorted(values.indices, located.columns)
        products = values.data * self._weights[label, values.indices]
        return np.asarray((products / np.bincount(number, minlength=len(products)))[number], dtype=float)

    def evidence(self, sentence: Sentence, values: csr_matrix, label: int) -> tuple[Evidence, ...]:
        """Return up to three spans that spoke most for a label, in the order of the text.

        The sentence, or the clause of it that was read, comes with its values; these and `label` as in `contributions`.
        """
        words = _as_typed(sentence)
        if not words:
            return ()
        located = self.located(sentence)
        weights = _weigh(words, located, self.contributions(located, values, label))
        least = max(weights.max() * _SHARE_OF_BEST, 1e-6)
        runs: list[list[int]] = []
        for i in np.flatnonzero(weights >= least).tolist():
            if runs and runs[-1][-1] == i - 1 and words[i][0] - words[i - 1][1] <= 1:
                runs[-1].append(i)
            else:
                runs.append([i])
        spans = [Evidence(words[run[0]][0], words[run[-1]][1], float(weights[run].sum())) for run in runs]
        strongest = sorted(spans, key=lambda span: -span.weight)[:_MOST_SPANS]
        return tuple(sorted(strongest, key=lambda span: span.start))


def _as_typed(sentence: Sentence) -> list[Place]:
    """Return the place of each word between its spaces and marks: "can't" is one, though the model reads two."""
    places: list[Place] = []
    for word in sentence.words:
        if not any(map(str.isalnum, word.text)):
            continue
        if places and places[-1][1] == word.start:
            places[-1] = (places[-1][0], word.end)
        else:
            places.append((word.start, word.end))
    return places


def _weigh(words: list[Place], located: Located, contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay each contribution on the words it was read from, in equal parts; shape (words,)."""
    starts, ends = np.array(words).T
    first = np.searchsorted(ends, located.starts, side="right")
    after = np.searchsorted(starts, located.ends, side="left")
    covered = np.maximum(after - first, 0)
    of_feature = np.bincount(located.owners, covered, minlength=len(contributions))  # both its places may be one word
    parts = np.where(covered > 0, contributions[located.owners] / np.maximum(of_feature[located.owners], 1), 0.0)
    steps = np.bincount(first, parts, len(words) + 1) - np.bincount(np.maximum(after, first), parts, len(words) + 1)
    return np.asarray(np.cumsum(steps)[:-1])
