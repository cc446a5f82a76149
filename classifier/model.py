"""The unfitted scikit-learn model: features, then one calibrated linear tagger for all labels."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from classifier.features import features


class CalibratedTagger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multi-label logistic regression, calibrated out of fold at the rate of tags in real writing.

    One regression is fitted for each label and one for "any label", which has all the tagged
    sentences to learn from. Out of fold, a second regression for each label weighs the two decision
    values against each other and turns them into a probability (Platt 1999, with two inputs). It
    weights the sentences so that `prevalence` of them are tagged, since a corpus holds many more
    tags than a journal does (the correction of Saerens et al. 2002, doi:10.1162/089976602753284446).
    All of it is linear in the features, so it folds into one weight for each feature and label.

    Parameters
    ----------
    C
        Inverse strength of the regularization of the first regressions.
    prevalence
        Share of sentences with any tag where the model will be used; None keeps the corpus's share.
    n_splits
        Number of folds for the calibration.
    n_jobs
        Number of threads; None is one.
    random_state
        Seed of the folds.

    Attributes
    ----------
    coef_ : array of shape (n_labels, n_features)
        What a unit of each feature adds to the log-odds of each label.
    intercept_ : array of shape (n_labels,)
    oof_probabilities_ : array of shape (n_sentences, n_labels)
        Calibrated probabilities of the training sentences, each from regressions that have not seen
        its group. Not kept when the model is saved.
    """

    def __init__(
        self,
        C: float = 10.0,
        *,
        prevalence: float | None = 0.025,
        n_splits: int = 5,
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.C = C
        self.prevalence = prevalence
        self.n_splits = n_splits
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: csr_matrix, Y: ArrayLike, *, groups: ArrayLike | None = None) -> Self:
        """Fit regressions and calibration.

        Parameters
        ----------
        X
            Sparse features, shape (n_sentences, n_features).
        Y
            Labels as 0 and 1, shape (n_sentences, n_labels); each label stands at least once.
        groups
            Group of each sentence, such as its entry; a group is never split over folds.
        """
        X = _canonical(X)
        labels = np.asarray(Y, dtype=bool)
        targets = np.column_stack([labels, labels.any(axis=1)])
        groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
        folds = list(GroupKFold(self.n_splits, shuffle=True, random_state=self.random_state).split(X, groups=groups))

        with Parallel(n_jobs=self.n_jobs, prefer="threads") as parallel:
            whole = parallel(delayed(self._regression)(X, target) for target in targets.T)
            decisions = np.zeros(targets.shape)
            for train, test in folds:
                part = _canonical(X[train])
                fitted = parallel(delayed(self._regression)(part, target[train]) for target in targets.T)
                decisions[test] = np.column_stack([X[test] @ coef + intercept for coef, intercept in fitted])

        coefs = np.array([coef for coef, _ in whole])
        intercepts = np.array([intercept for _, intercept in whole])
        weights = self.sentence_weights(labels)
        self.coef_ = np.empty((labels.shape[1], X.shape[1]), dtype=np.float32)
        self.intercept_ = np.empty(labels.shape[1])
        self.oof_probabilities_ = np.empty(labels.shape)
        for j, target in enumerate(labels.T):
            pair = decisions[:, [j, -1]]
            calibration = LogisticRegression(C=1.0).fit(pair, target, sample_weight=weights)
            own, shared = calibration.coef_[0]
            self.coef_[j] = own * coefs[j] + shared * coefs[-1]
            self.intercept_[j] = own * intercepts[j] + shared * intercepts[-1] + calibration.intercept_[0]
            self.oof_probabilities_[:, j] = calibration.predict_proba(pair)[:, 1]
        self.n_features_in_ = X.shape[1]
        self.classes_ = np.arange(labels.shape[1])
        return self

    def _regression(self, X: csr_matrix, target: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
        if not target.any():
            return np.zeros(X.shape[1]), -10.0  # a fold without the label knows nothing of it
        regression = LogisticRegression(  # far more columns than rows: the dual problem is the small one
            C=self.C, solver="liblinear", dual=True, tol=0.01, random_state=self.random_state
        )
        fitted = regression.fit(X, target)
        return fitted.coef_[0], float(fitted.intercept_[0])

    def sentence_weights(self, labels: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return one weight a sentence, shape (n_sentences,), so that `prevalence` of it lies on tagged ones."""
        tagged = np.asarray(labels.any(axis=1))
        share = tagged.mean()
        wanted = share if self.prevalence is None else self.prevalence
        return np.asarray(np.where(tagged, wanted / share, (1 - wanted) / (1 - share)))

    def decision_function(self, X: csr_matrix) -> NDArray[np.float64]:
        """Return the log-odds of each label, shape (n_sentences, n_labels)."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_.T) + self.intercept_

    def predict_proba(self, X: csr_matrix) -> NDArray[np.float64]:
        """Return the probability of each label, shape (n_sentences, n_labels); rows need not sum to one."""
        return np.asarray(expit(self.decision_function(X)))

    def predict(self, X: csr_matrix) -> NDArray[np.int_]:
        """Return 1 where a label is likelier than not, shape (n_sentences, n_labels)."""
        return (self.predict_proba(X) >= 0.5).astype(int)

    def __getstate__(self) -> dict[str, object]:
        """Leave the training sentences' probabilities out of a saved model."""
        return {name: value for name, value in super().__getstate__().items() if name != "oof_probabilities_"}


def _canonical(X: csr_matrix) -> csr_matrix:
    """A matrix that threads can share: of the regressions' type and canonical, so that none of them changes it."""
    X = csr_matrix(X, dtype=np.float64)
    X.sum_duplicates()
    return X


def model(*, n_jobs: int | None = None) -> Pipeline:
    """Return the unfitted pipeline from rows (`features.InContext`) to probabilities, one a label."""
    return Pipeline([("features", features()), ("tagger", CalibratedTagger(n_jobs=n_jobs))])
