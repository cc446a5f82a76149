"""A tagged sentence in, the words that raised its probability most out, by the model's own weights.

The model is linear: the log-odds of a label are an intercept plus, for each feature, its value times its weight. Each
of these products is divided equally among the words that the feature was read from. The weight of a word is the sum
of its shares. No list of keywords is involved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from classifier.model.index import Located
from classifier.model.vectorizer import SerialFeatureUnion
from classifier.preprocess import Sentence
from classifier.tagging import Evidence

Place = tuple[int, int]
"""Start and end in the entry's text, in code points."""

_MAX_SPANS = 3
_MIN_SHARE = 0.3
"""A word is evidence if it has at least this share of the weight of the strongest word."""


class Explainer:
    """Finds the evidence for a tag, with the weights of a fitted pipeline, as `scoring.build_pipeline` makes it."""

    def __init__(self, model: Pipeline) -> None:
        self._features: SerialFeatureUnion = model["features"]
        self._weights: NDArray[np.float32] = model["tagger"].coef_

    def evidence(self, part: Sentence, values: csr_matrix, label: int) -> tuple[Evidence, ...]:
        """Return up to three spans that raised the probability of a label most, in the order of the text.

        Parameters
        ----------
        part
            The sentence, or the clause of it whose score counted.
        values
            Its features, columns ascending, shape (1, n_features).
        label
            Number of the label.
        """
        words = _typed_words(part)
        if not words:
            return ()
        located = self._features.locate(part)
        weights = _word_weights(words, located, self.contributions(located, values, label))
        threshold = max(weights.max() * _MIN_SHARE, 1e-6)
        runs: list[list[int]] = []  # numbers of strong words, neighbours together
        for i in np.flatnonzero(weights >= threshold).tolist():
            if runs and runs[-1][-1] == i - 1 and words[i][0] - words[i - 1][1] <= 1:
                runs[-1].append(i)
            else:
                runs.append([i])
        spans = [Evidence(words[run[0]][0], words[run[-1]][1], float(weights[run].sum())) for run in runs]
        strongest = sorted(spans, key=lambda span: -span.weight)[:_MAX_SPANS]
        return tuple(sorted(strongest, key=lambda span: span.start))

    def contributions(self, located: Located, values: csr_matrix, label: int) -> NDArray[np.float64]:
        """Return what each located feature adds to the log-odds of a label, shape (features,).

        A feature that occurs several times is located several times, each with an equal part. Parameters as in
        `evidence`.
        """
        cells = np.searchsorted(values.indices, located.columns)
        products = values.data * self._weights[label, values.indices]
        return np.asarray((products / np.bincount(cells, minlength=len(products)))[cells], dtype=float)


def _typed_words(part: Sentence) -> list[Place]:
    """Return the place of each word as it is typed: "can't" is one word here, although the model reads two."""
    places: list[Place] = []
    for word in part.words:
        if not any(map(str.isalnum, word.text)):
            continue
        if places and places[-1][1] == word.start:
            places[-1] = (places[-1][0], word.end)
        else:
            places.append((word.start, word.end))
    return places


def _word_weights(words: list[Place], located: Located, contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide each contribution equally among the words that its feature covers; shape (words,)."""
    starts, ends = np.array(words).T
    first = np.searchsorted(ends, located.starts, side="right")  # of each place: its first word, and the one after it
    after = np.searchsorted(starts, located.ends, side="left")
    covered = np.maximum(after - first, 0)
    # Words of the feature that each place belongs to: a sum, because both its places may be one word.
    of_feature = np.bincount(located.feature_of_place, covered, minlength=len(contributions))[located.feature_of_place]
    shares = np.where(covered > 0, contributions[located.feature_of_place] / np.maximum(of_feature, 1), 0.0)
    # Each place adds its share from its first word on and takes it away after its last; the running sum is the weight.
    steps = np.bincount(first, shares, len(words) + 1) - np.bincount(np.maximum(after, first), shares, len(words) + 1)
    return np.asarray(np.cumsum(steps)[:-1])
