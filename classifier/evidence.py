"""A tagged sentence in, the words that spoke for the tag out, by the model's own weights.

The model is linear: the log-odds of a label are its intercept plus, for each feature of the sentence,
value times weight. Each of these products is laid on the places that the feature was read from, in
equal parts; what lies on a word is the word's weight. Nothing is looked up in a list of keywords.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from classifier.features import Feature, Place
from classifier.preprocess import Sentence
from classifier.tagging import Evidence

_MOST_SPANS = 3
_SHARE_OF_BEST = 0.3
"""A word is shown when it has at least this share of the strongest word's weight."""


class Explainer:
    """Reads evidence out of a fitted pipeline of `features` and `tagger`."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._weights: NDArray[np.float32] = pipeline["tagger"].coef_
        self._families = []
        first = 0
        for _, vectorizer in pipeline["features"].transformer_list:
            self._families.append((vectorizer.family, vectorizer.vocabulary_, first))
            first += len(vectorizer.vocabulary_)

    def contributions(self, sentence: Sentence, values: csr_matrix, label: int) -> list[tuple[Feature, float]]:
        """Return each feature of a sentence with what it adds to the log-odds of a label.

        Parameters
        ----------
        sentence
            The sentence, or the clause of it that was read.
        values
            Its features, shape (1, n_features).
        label
            Column of the label. A feature that stands several times comes once for each, with its part.
        """
        products = dict(
            zip(values.indices.tolist(), (values.data * self._weights[label, values.indices]).tolist(), strict=True)
        )
        found: list[tuple[Feature, int]] = []
        counts: dict[int, int] = {}
        for family, vocabulary, first in self._families:
            for feature in family(sentence):
                number = vocabulary.get(feature.name)
                if number is not None:
                    column = first + number
                    found.append((feature, column))
                    counts[column] = counts.get(column, 0) + 1
        return [(feature, products[column] / counts[column]) for feature, column in found]

    def evidence(self, sentence: Sentence, values: csr_matrix, label: int) -> tuple[Evidence, ...]:
        """Return up to three spans that spoke most for a label, in the order of the text; as `contributions`."""
        words = _as_typed(sentence)
        if not words:
            return ()
        weights = _weigh(words, self.contributions(sentence, values, label))
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


def _weigh(words: list[Place], contributions: Iterable[tuple[Feature, float]]) -> NDArray[np.float64]:
    """Lay each contribution on the words it was read from; shape (words,)."""
    starts, ends = zip(*words, strict=True)
    weights = [0.0] * len(words)
    for feature, contribution in contributions:
        covered = [
            i for start, end in feature.places for i in range(bisect_right(ends, start), bisect_left(starts, end))
        ]
        for i in covered:  # both places may be one word
            weights[i] += contribution / len(covered)
    return np.array(weights)
