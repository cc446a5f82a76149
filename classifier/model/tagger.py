"""The unfitted scikit-learn model: features, then one calibrated linear tagger for all labels."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, diags_array, hstack
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from classifier.model.features import features

_LIGHTLY_PENALIZED = 2.0
"""Value of the column that marks thoughts: above those of the words, so that its weight is hardly penalized."""

CLAUSE_COST = 1.5
"""Log-odds taken off a clause: read without its sentence it says more than it means (docs/experiments.md)."""

_SCALED = 0.7
"""Part of a feature's scale that its log-count ratio decides; the rest is the same for all (docs/experiments.md)."""


class CalibratedTagger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multi-label logistic regression, calibrated out of fold at the rate of tags in real writing.

    One regression is fitted for each label and one for "any label", which has all the tagged
    sentences to learn from. Where part of the sentences come from a collection of short thoughts, in
    which tags are far commoner than in entries, the regressions have an intercept for it, so that the
    words need not explain what the collection does; it is left out when the model is used. A feature is
    scaled by how clearly it parts sentences with the label, and with any label, from others, its log-count ratio
    (Wang and Manning 2012, aclanthology.org/P12-2018), so that the penalty falls on those that say little.

    Out of fold, one more regression over all sentences of entries and all labels weighs the label's
    decision value against the shared one and turns them into a probability (Platt 1999, with two
    inputs). It weights the sentences so that `prevalence` of them are tagged (the correction of Saerens
    et al. 2002, doi:10.1162/089976602753284446). All of it is linear in the features, so it folds into
    one weight for each feature and label.

    Parameters
    ----------
    C
        Inverse strength of the regularization of the first regressions.
    prevalence
        Share of sentences with any tag where the model will be used; None keeps the entries' share.
    n_splits
        Number of folds for the calibration.
    n_jobs
        Number of processes; None is one, -1 as many as there are cores.
    random_state
        Seed of the folds.

    Attributes
    ----------
    coef_ : array of shape (n_labels, n_features)
        What a unit of each feature adds to the log-odds of each label.
    intercept_ : array of shape (n_labels,)
    oof_probabilities_ : array of shape (n_sentences, n_labels)
        Calibrated probabilities of the training sentences, each from regressions that have not seen
        its group, as if all stood in entries. Not kept when the model is saved.
    """

    def __init__(
        self,
        C: float = 5.0,
        *,
        prevalence: float | None = 0.025,
        n_splits: int = 3,
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.C = C
        self.prevalence = prevalence
        self.n_splits = n_splits
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: csr_matrix,
        Y: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        thoughts: ArrayLike | None = None,
        clauses: csr_matrix | None = None,
        owners: ArrayLike | None = None,
    ) -> Self:
        """Fit regressions and calibration.

        Parameters
        ----------
        X
            Sparse features, shape (n_sentences, n_features).
        Y
            Labels as 0 and 1, shape (n_sentences, n_labels); each label stands at least once.
        groups
            Group of each sentence, such as its entry; a group is never split over folds.
        thoughts
            Whether each sentence comes from a collection of short thoughts, shape (n_sentences,). By
            default, or where all do, all are treated as sentences of entries.
        clauses
            Features of the clauses of long sentences, shape (n_clauses, n_features). Nothing is learned from them;
            they are read out of fold as they are in use.
        owners
            Number of the sentence of each clause, shape (n_clauses,).
        """
        labels = np.asarray(Y, dtype=bool)
        targets = np.column_stack([labels, labels.any(axis=1)])
        groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
        apart = np.zeros(len(labels), dtype=bool) if thoughts is None else np.asarray(thoughts, dtype=bool)
        if apart.all():
            apart = np.zeros(len(labels), dtype=bool)
        known = csr_matrix(hstack([X, csr_matrix(apart[:, None] * _LIGHTLY_PENALIZED)]), dtype=np.float64)
        known.sum_duplicates()  # canonical, since the regressions may get it where it cannot be written to
        folds = list(GroupKFold(self.n_splits, shuffle=True, random_state=self.random_state).split(X, groups=groups))

        # Processes and not threads: liblinear draws from one generator, which threads would share, and no two
        # trainings would give the same model.
        samples = [np.arange(len(labels)), *(train for train, _ in folds)]
        (coefs, intercepts), *of_folds = Parallel(n_jobs=self.n_jobs)(
            delayed(self._regressions)(known[sample], targets[sample]) for sample in samples
        )
        parts = csr_matrix((0, X.shape[1])) if clauses is None else clauses
        belongs = np.asarray([] if owners is None else owners, dtype=int)
        decisions = np.empty(targets.shape)
        of_parts = np.empty((parts.shape[0], targets.shape[1]))
        for (_, test), (fold_coefs, fold_intercepts) in zip(folds, of_folds, strict=True):
            inside = np.isin(belongs, test)
            decisions[test] = X[test] @ fold_coefs.T + fold_intercepts
            of_parts[inside] = parts[inside] @ fold_coefs.T + fold_intercepts

        own, shared, base = self._calibrate(decisions[~apart], labels[~apart])
        whole, of_parts = (own * d[:, :-1] + shared * d[:, -1:] + base for d in (decisions, of_parts))
        slope, shift = self._recalibrate(clearest(whole, of_parts, belongs)[0][~apart], labels[~apart])
        coef = slope * (own * coefs[:-1] + shared * coefs[-1])
        self.coef_ = np.asfortranarray(coef, dtype=np.float32)  # by features, as `decision_function` reads it
        self.intercept_ = slope * (own * intercepts[:-1] + shared * intercepts[-1] + base) + shift
        whole, of_parts = slope * whole + shift, slope * of_parts + shift
        self.oof_probabilities_ = expit(clearest(whole, of_parts, belongs)[0])
        self.n_features_in_ = self.coef_.shape[1]
        self.classes_ = np.arange(labels.shape[1])
        return self

    def _regressions(
        self, X: csr_matrix, targets: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One regression a target: weights of shape (targets, features) and intercepts of shape (targets,)."""
        stands = X[:, :-1] > 0
        of_any = _clearness(stands, targets[:, -1])
        coefs, intercepts = [], []
        for target in targets.T:
            clearness = (of_any + _clearness(stands, target)) / 2 if target.any() else of_any
            scale = np.append(1 - _SCALED + _SCALED * clearness, 1.0)
            coef, intercept = self._regression(csr_matrix(X @ diags_array(scale)), target)
            coefs.append((coef * scale)[:-1])
            intercepts.append(intercept)
        return np.array(coefs), np.array(intercepts)

    def _regression(self, X: csr_matrix, target: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
        if not target.any():
            return np.zeros(X.shape[1]), -10.0  # a fold without the label knows nothing of it
        regression = LogisticRegression(  # far more columns than rows: the dual problem is the small one
            C=self.C, solver="liblinear", dual=True, tol=0.05, max_iter=1000, random_state=self.random_state
        )
        fitted = regression.fit(X, target)
        return fitted.coef_[0], float(fitted.intercept_[0])

    def _calibrate(
        self, decisions: NDArray[np.float64], labels: NDArray[np.bool_]
    ) -> tuple[np.float64, np.float64, np.float64]:
        """Weight of a label's own decision value, weight of the shared one, and intercept, for all labels alike.

        One for all, because a label has too few tags in entries to calibrate by itself.
        """
        pairs = np.column_stack([decisions[:, :-1].ravel(), np.repeat(decisions[:, -1], labels.shape[1])])
        weights = np.repeat(self.sentence_weights(labels), labels.shape[1])
        fitted = LogisticRegression(C=10.0).fit(pairs, labels.ravel(), sample_weight=weights)
        own, shared = fitted.coef_[0]
        return own, shared, fitted.intercept_[0]

    def _recalibrate(self, log_odds: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[np.float64, np.float64]:
        """Slope and shift of the log-odds once clauses have spoken, which makes them higher."""
        weights = np.repeat(self.sentence_weights(labels), labels.shape[1])
        fitted = LogisticRegression(C=10.0).fit(log_odds.reshape(-1, 1), labels.ravel(), sample_weight=weights)
        return fitted.coef_[0, 0], fitted.intercept_[0]

    def sentence_weights(self, labels: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return one weight a sentence, shape (n_sentences,), so that `prevalence` of it lies on tagged ones."""
        tagged = np.asarray(labels.any(axis=1))
        share = tagged.mean()
        wanted = share if self.prevalence is None else self.prevalence
        return np.asarray(np.where(tagged, wanted / share, (1 - wanted) / (1 - share)))

    def decision_function(self, X: csr_matrix) -> NDArray[np.float64]:
        """Return the log-odds of each label, shape (n_sentences, n_labels)."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_.T + self.intercept_)

    def predict_proba(self, X: csr_matrix) -> NDArray[np.float64]:
        """Return the probability of each label, shape (n_sentences, n_labels); rows need not sum to one."""
        return np.asarray(expit(self.decision_function(X)))

    def predict(self, X: csr_matrix) -> NDArray[np.int_]:
        """Return 1 where a label is likelier than not, shape (n_sentences, n_labels)."""
        return (self.predict_proba(X) >= 0.5).astype(int)

    def __getstate__(self) -> dict[str, object]:
        """Leave the training sentences' probabilities out of a saved model."""
        return {name: value for name, value in super().__getstate__().items() if name != "oof_probabilities_"}


def clearest(
    whole: NDArray[np.float64], clauses: NDArray[np.float64], owners: NDArray[np.int_]
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Return the log-odds of sentences read whole or, where that is clearer, by a clause, which costs `CLAUSE_COST`.

    Parameters
    ----------
    whole, clauses
        Log-odds, shapes (sentences, labels) and (clauses, labels).
    owners
        Number of the sentence of each clause, ascending, shape (clauses,).

    Returns the log-odds and the number of the part that they are read from, the sentences counted first; both of
    shape (sentences, labels).
    """
    highest = whole.copy()
    spoke = np.repeat(np.arange(len(whole))[:, None], whole.shape[1], axis=1)
    values = clauses - CLAUSE_COST
    order = np.arange(len(owners)) - np.searchsorted(owners, owners)  # first clauses, then second ones, and so on
    for rank in range(order.max(initial=-1) + 1):
        numbers = np.flatnonzero(order == rank)
        its, values_of = owners[numbers], values[numbers]
        louder = values_of > highest[its]
        highest[its] = np.where(louder, values_of, highest[its])
        spoke[its] = np.where(louder, len(whole) + numbers[:, None], spoke[its])
    return highest, spoke


def _clearness(stands: csr_matrix, target: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How clearly each feature speaks for a target or against it, shape (features,), 1 on average.

    It is the size of its log-count ratio: in how many of the sentences it stands with the target and without.
    """
    inside = (np.asarray(stands[target].sum(axis=0)).ravel() + 1.0) / max(target.sum(), 1)
    outside = (np.asarray(stands[~target].sum(axis=0)).ravel() + 1.0) / max((~target).sum(), 1)
    ratio = np.abs(np.log(inside / outside))
    return np.asarray(ratio / max(ratio.mean(), 1e-9))


def model(*, n_jobs: int | None = None) -> Pipeline:
    """Return the unfitted pipeline from sentences to probabilities, one a label."""
    return Pipeline([("features", features()), ("tagger", CalibratedTagger(n_jobs=n_jobs))])
