"""The baseline that a textbook would give: TF-IDF of words and pairs of words, balanced logistic regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

_NEVER = -20.0
"""Log-odds of a label that the training texts do not have."""


class Textbook:
    """One regression a label, on the raw text.

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
