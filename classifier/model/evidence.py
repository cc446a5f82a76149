"""Finds the words of a tagged sentence that raised the probability of its tag most, by the model's own computation.

The linear model's log-odds of a label are an intercept plus, for each feature, its value times its weight. Each of
these products is divided equally among the words that the feature covers. If an encoder has read the sentence too, a
word also counts by what its removal takes from the encoder's log-odds (occlusion; Zeiler and Fergus 2014,
arXiv:1311.2901). The weight of a word is the sum of both. No list of keywords is involved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.model.index import Located
from classifier.model.scoring import Model
from classifier.model.vectorizer import SerialFeatureUnion
from classifier.preprocess import Sentence
from classifier.tagging import Evidence

Place = tuple[int, int]
"""A span: start and end offsets in the entry's text, in code points. The end is exclusive."""

_MAX_SPANS = 3
"""Highest number of evidence spans of a tag."""

_MIN_SHARE = 0.3
"""A word is evidence if it has at least this share of the weight of the strongest word."""

_MAX_REMOVALS = 12
"""Highest number of times that the encoder reads a sentence without some of its words."""


class Explainer:
    """Finds the evidence for the tags of a fitted model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._features: SerialFeatureUnion = model.linear["features"]
        self._weights: NDArray[np.float32] = model.linear["tagger"].coef_

    def evidence(
        self, part: Sentence, values: csr_matrix, label: int, *, read: Sentence | None = None
    ) -> tuple[Evidence, ...]:
        """Return at most three spans that raised the probability of a label most, in the order of the text.

        Parameters
        ----------
        part
            The sentence, or its clause if the clause gave the label's score.
        values
            The values of the features of `part`, sorted by column, shape (1, n_features).
        label
            Number of the label.
        read
            The whole sentence, if the encoder has read it.
        """
        words = _typed_words(part)
        if not words:
            return ()
        located = self._features.locate(part)
        weights = _word_weights(words, located, self.contributions(located, values, label))
        if self._model.blend is not None and read is not None:
            weights = self._model.blend.linear[label] * weights + self._occlusion(read, words, label)
        threshold = max(weights.max() * _MIN_SHARE, 1e-6)  # always positive: evidence never lowers the probability
        runs: list[list[int]] = []  # the numbers of strong words; neighbours are in the same run
        for i in np.flatnonzero(weights >= threshold).tolist():
            # Neighbours have at most one character between them, such as a blank.
            if runs and runs[-1][-1] == i - 1 and words[i][0] - words[i - 1][1] <= 1:
                runs[-1].append(i)
            else:
                runs.append([i])
        spans = [Evidence(words[run[0]][0], words[run[-1]][1], float(weights[run].sum())) for run in runs]
        strongest = sorted(spans, key=lambda span: -span.weight)[:_MAX_SPANS]
        return tuple(sorted(strongest, key=lambda span: span.start))

    def contributions(self, located: Located, values: csr_matrix, label: int) -> NDArray[np.float64]:
        """Return how much each located feature adds to the log-odds of a label, shape (located features,).

        A feature that occurs several times is located several times. Its contribution is divided equally among these
        occurrences. `located` are the features of a sentence or clause; the other parameters are those of `evidence`.
        """
        # Position of each located feature among the non-zero cells of `values`.
        cells = np.searchsorted(values.indices, located.columns)
        products = values.data * self._weights[label, values.indices]
        return np.asarray((products / np.bincount(cells, minlength=len(products)))[cells], dtype=float)

    def _occlusion(self, sentence: Sentence, words: list[Place], label: int) -> NDArray[np.float64]:
        """Return how much of the encoder's log-odds of a label the removal of each word takes away, shape (words,).

        A long sentence is divided into `_MAX_REMOVALS` runs of words, because the encoder has to read the sentence once
        for each removal. The words of a run share what its removal takes away.
        """
        assert self._model.blend is not None
        assert self._model.encoder is not None
        runs = np.array_split(np.arange(len(words)), min(len(words), _MAX_REMOVALS))
        bounds = [(words[run[0]][0] - sentence.start, words[run[-1]][1] - sentence.start) for run in runs]
        text = sentence.text
        without = [text[:start] + text[end:] for start, end in bounds]
        log_odds = self._model.blend.of_outputs(self._model.encoder.outputs([text, *without]))[:, label]
        lengths = np.array([len(run) for run in runs])
        return np.asarray(np.repeat((log_odds[0] - log_odds[1:]) / lengths, lengths))


def _typed_words(part: Sentence) -> list[Place]:
    """Return the span of each word as the writer typed it: "can't" is one word here, but two words for the model."""
    spans: list[Place] = []
    for word in part.words:
        if not any(map(str.isalnum, word.text)):
            continue
        if spans and spans[-1][1] == word.start:  # nothing in between, so both belong to one typed word
            spans[-1] = (spans[-1][0], word.end)
        else:
            spans.append((word.start, word.end))
    return spans


def _word_weights(words: list[Place], located: Located, contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of each word, shape (words,): its shares of the contributions of the features that cover it."""
    starts, ends = np.array(words).T
    # For each span of a feature: its first word, the word after its last word, and the number of its words.
    first = np.searchsorted(ends, located.starts, side="right")
    after = np.searchsorted(starts, located.ends, side="left")
    covered = np.maximum(after - first, 0)
    # For each span: the number of words in all spans of its feature. A word in two spans counts twice and gets two
    # shares, so the shares of a feature always sum up to its contribution.
    of_feature = np.bincount(located.feature_of_place, covered, minlength=len(contributions))[located.feature_of_place]
    shares = np.where(covered > 0, contributions[located.feature_of_place] / np.maximum(of_feature, 1), 0.0)
    # Each span adds its share at its first word and subtracts it after its last word, so the running sum is the weight.
    steps = np.bincount(first, shares, len(words) + 1) - np.bincount(np.maximum(after, first), shares, len(words) + 1)
    return np.asarray(np.cumsum(steps)[:-1])
