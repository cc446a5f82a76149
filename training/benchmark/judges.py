"""Gives the model and the textbook baseline the same interface, so that the benchmark can compare them.

Both are judges: a judge returns the log-odds of each label for given sentences.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifier.model.tagger import CalibratedTagger
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor, Sentence
from classifier.taxonomy import Taxonomy
from training.corpus.project_format import read_corpus
from training.corpus.sentences import Sentences, split_entries
from training.thresholds import OPERATING_POINTS, Thresholds, best_threshold, tags_at, thresholds_of
from training.trainer import require_support

log = logging.getLogger(__name__)

LogOdds = Callable[[list[Sentence]], NDArray[np.float64]]
"""Returns the log-odds of sentences, shape (sentences, labels)."""

_NEVER = -20.0
"""Log-odds of a label that none or all of the training texts have."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A model or a baseline.

    log_odds
        Function from sentences to log-odds, shape (sentences, labels).
    thresholds
        By operating point, the lowest probability at which each label is given, shape (labels,).
    reference
        Mean log-odds of each label over unlabelled sentences, shape (labels,).
    """

    log_odds: LogOdds
    thresholds: Thresholds
    reference: NDArray[np.float64]

    def flagged(self, texts: Sequence[list[Sentence]]) -> Mapping[str, NDArray[np.bool_]]:
        """Return by operating point whether each text gets any tag, shape (texts,). A text is a list of sentences."""
        tags = [tags_at(self.thresholds, expit(self.log_odds(rows))) for rows in texts]
        return {name: np.array([bool(of_text[name].any()) for of_text in tags]) for name in self.thresholds}


class Textbook:
    """The textbook baseline: one balanced logistic regression per label on TF-IDF of words and word pairs.

    Parameters
    ----------
    texts
        Training texts.
    labels
        Shape (texts, labels).
    """

    def __init__(self, texts: Sequence[str], labels: NDArray[np.bool_]) -> None:
        self._vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        columns = self._vectorizer.fit_transform(texts)
        self._regressions = [
            LogisticRegression(class_weight="balanced", solver="liblinear", random_state=0).fit(columns, label)
            if 0 < label.sum() < len(label)
            else None
            for label in labels.T
        ]

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the log-odds of each label, shape (texts, labels)."""
        columns = self._vectorizer.transform(texts)
        return np.column_stack(
            [
                np.full(len(texts), _NEVER) if regression is None else regression.decision_function(columns)
                for regression in self._regressions
            ]
        )


class Judges:
    """The model and the textbook baseline. The baseline is trained on the corpus at its first use.

    Parameters
    ----------
    classifier
        The model.
    corpus
        The corpus that the model was trained on, in the project's own format.

    Accessing either judge raises `CorpusError` if the corpus cannot be read, or has too few examples of a label.
    """

    def __init__(self, classifier: Classifier, corpus: Path) -> None:
        self.taxonomy: Taxonomy = classifier.taxonomy
        self.preprocessor = Preprocessor(classifier.manifest.pipeline)
        self._classifier = classifier
        self._corpus = corpus

    @cached_property
    def model(self) -> Judge:
        """The model."""
        return self._judge(
            lambda rows: np.asarray(logit(self._classifier.probabilities(rows))), thresholds_of(self._classifier)
        )

    @cached_property
    def textbook(self) -> Judge:
        """The textbook baseline."""
        log.info("Training the textbook baseline on the corpus.")
        textbook = Textbook(_raw_texts(self._sentences.rows), self._sentences.labels)
        return self._judge(lambda rows: textbook.log_odds(_raw_texts(rows)), _textbook_thresholds(self._sentences))

    @cached_property
    def _sentences(self) -> Sentences:
        data = split_entries(read_corpus(self._corpus, self.taxonomy), self.preprocessor, self.taxonomy)
        require_support(data, self.taxonomy)
        return data

    def _judge(self, log_odds: LogOdds, thresholds: Thresholds) -> Judge:
        data = self._sentences
        unlabelled = np.flatnonzero(data.in_entries & ~data.labels.any(axis=1))
        return Judge(log_odds, thresholds, log_odds([data.rows[i] for i in unlabelled]).mean(axis=0))


def _raw_texts(rows: Sequence[Sentence]) -> list[str]:
    return [row.text for row in rows]


def _textbook_thresholds(data: Sentences) -> Thresholds:
    """Choose thresholds from out-of-fold probabilities of the sentences in entries, as for the model.

    The baseline's probabilities are not calibrated. So each threshold is the one with the highest F-measure.
    """
    probabilities = np.zeros(data.labels.shape)
    # Three folds, as in the model's calibration.
    for train, test in GroupKFold(3, shuffle=True, random_state=0).split(data.labels, groups=data.groups):
        textbook = Textbook(_raw_texts(data.take(train).rows), data.labels[train])
        probabilities[test] = expit(textbook.log_odds(_raw_texts(data.take(test).rows)))
    labels = data.labels[data.in_entries]
    # Assume that labels are as rare in real writing as the model assumes.
    weights = CalibratedTagger().sentence_weights(labels)
    return {
        name: np.full(labels.shape[1], best_threshold(labels, probabilities[data.in_entries], weights, beta=beta))
        for name, beta in OPERATING_POINTS.items()
    }
