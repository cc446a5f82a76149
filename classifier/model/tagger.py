"""The estimator that computes one calibrated probability for each label from sparse features."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, diags_array, hstack
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

Matrix = NDArray[np.float64]

CLAUSE_PENALTY = 1.5
"""Subtracted from the log-odds of a clause, because a clause without its sentence sounds more distorted than it is.

The value was chosen by measurement (docs/records/experiments.md).
"""

_COLLECTION_VALUE = 2.0
"""Value of the extra column that marks sentences from a collection of short thoughts.

The value is larger than that of any feature, so that the regularization hardly limits the weight of the column.
"""

_DOUBT_WEIGHT = 0.5
"""Weight of a doubted label when the regressions learn (docs/records/experiments.md)."""

_COMMON = 110
"""Number of sentences of entries from which on a label is common."""

_SCALED_SHARE = 0.7
"""Part of a feature's scale that depends on its log-count ratio. The rest is the same for all features."""


PREVALENCE = 0.025
"""Share of sentences with a label in real recovery posts (one in forty), for models that learn from other writing."""


class CalibratedTagger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multi-label logistic regression, calibrated out of fold for the rate of tags in real writing.

    1. One regression is fitted for each label, and one for "any label", which learns from all tagged sentences.
       Features are scaled by how well they separate the label, and any label, from other sentences (their log-count
       ratio; Wang and Manning 2012, aclanthology.org/P12-2018), so that regularization mostly affects weak features.
    2. Part of the sentences may come from a collection of short thoughts, where tags are much more common than in
       entries. The regressions then get an extra column that marks these sentences, so that words do not get weights
       for the difference. The column is dropped after the fit.
    3. A last regression turns two decision values, of a label and of "any label", into the label's probability (Platt
       1999, with two inputs). It is fitted out of fold, on the sentences of entries and all labels together. Sentences
       are weighted so that labelled ones have the share `prevalence` (Saerens et al. 2002,
       doi:10.1162/089976602753284446).
    4. With a second corpus, such as texts that were written to show each label, step 1 is done for it too, separately.
       The last regression then gets four decision values. It is fitted once for the labels that are common in entries
       and once for the rare ones, because the second corpus tells more about these.

    All steps are linear in the features, so the result is one weight for each feature and label.

    Parameters
    ----------
    C
        Inverse strength of the regularization in step 1.
    prevalence
        Share of sentences with any label in the texts of later use; None keeps the share in the training entries.
    n_splits
        Number of folds for the calibration.
    n_jobs
        Number of processes; None means one, -1 means one per core.
    random_state
        Seed of the folds.

    Attributes
    ----------
    coef_ : array of shape (n_labels, n_features)
        What one unit of each feature adds to the log-odds of each label.
    intercept_ : array of shape (n_labels,)
        Log-odds of each label for a sentence without features.
    oof_probabilities_ : array of shape (n_sentences, n_labels)
        Calibrated probabilities of the training sentences, from regressions that have not seen the sentence's group.
        All sentences are treated as if they were from entries. A saved model does not contain these probabilities.
    """

    def __init__(
        self,
        C: float = 5.0,
        *,
        prevalence: float | None = PREVALENCE,
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
        doubts: ArrayLike | None = None,
        clauses: csr_matrix | None = None,
        owners: ArrayLike | None = None,
        second: tuple[csr_matrix, ArrayLike] | None = None,
    ) -> Self:
        """Fit regressions and calibration.

        Parameters
        ----------
        X
            Sparse features, shape (n_sentences, n_features).
        Y
            Labels as 0 and 1, shape (n_sentences, n_labels). Each label must occur at least once.
        groups
            Group of each sentence, such as its entry. A group stays in one fold. By default each sentence is a group.
        thoughts
            Whether each sentence comes from a collection of short thoughts, shape (n_sentences,). By default, or if all
            of them do, all sentences are treated as sentences of entries.
        doubts
            Labels that a sentence could carry or not, in the form of `Y`. The regressions learn them like labels, at a
            lower weight. The calibration leaves out sentences that have doubts only. By default there are none.
        clauses
            Features of the clauses of long sentences, shape (n_clauses, n_features). The regressions do not learn from
            clauses. Clauses are only scored out of fold, so that the calibration uses the same scores as later use.
        owners
            Number of the sentence that each clause belongs to, shape (n_clauses,).
        second
            Features and labels of the sentences of a second corpus, in the forms of `X` and `Y`.
        """
        labels = np.asarray(Y, dtype=bool)
        groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
        is_all_alike = thoughts is None or np.all(thoughts)
        in_entries = np.ones(len(labels), bool) if is_all_alike else ~np.asarray(thoughts, bool)
        doubtful = np.zeros(labels.shape, bool) if doubts is None else np.asarray(doubts, dtype=bool) & ~labels
        is_certain = labels.any(axis=1) | ~doubtful.any(axis=1)
        clauses = csr_matrix((0, X.shape[1])) if clauses is None else clauses
        owners = np.asarray([] if owners is None else owners, dtype=int)

        (coefs, intercepts), whole, of_clauses = self._fit_folds(
            X, labels, doubtful, groups, in_entries, clauses, owners
        )
        judged = in_entries & is_certain
        if second is not None:
            of_second, more_intercepts = self._regressions_on(second)
            coefs, intercepts = np.vstack([coefs, of_second]), np.append(intercepts, more_intercepts)
            whole = np.hstack([whole, X @ of_second.T + more_intercepts])
            of_clauses = np.hstack([of_clauses, clauses @ of_second.T + more_intercepts])
        mix = np.zeros((labels.shape[1], len(coefs)))  # weight of each regression in each label's log-odds
        base = np.zeros(labels.shape[1])
        for j in common_and_rare(labels[judged]) if second is not None else [np.arange(labels.shape[1])]:
            mix[j], base[j] = self._mix(whole[judged], labels[judged], j)
        whole, of_clauses = whole @ mix.T + base, of_clauses @ mix.T + base
        highest, _ = highest_log_odds(whole, of_clauses, owners)  # the highest score is a bit too high: calibrate again
        (slope,), shift = self._calibration([highest[judged]], labels[judged])

        self.set_weights(slope * mix @ coefs, slope * (mix @ intercepts + base) + shift)
        highest, _ = highest_log_odds(slope * whole + shift, slope * of_clauses + shift, owners)
        self.oof_probabilities_ = expit(highest)
        return self

    def set_weights(self, coef: NDArray[np.floating[Any]], intercept: Matrix) -> Self:
        """Set the fitted attributes `coef_` and `intercept_`."""
        self.coef_ = np.asfortranarray(coef, dtype=np.float32)  # the memory order that `decision_function` reads
        self.intercept_ = intercept
        self.n_features_in_ = self.coef_.shape[1]
        self.classes_ = np.arange(self.coef_.shape[0])
        return self

    def _fit_folds(
        self,
        X: csr_matrix,
        labels: NDArray[np.bool_],
        doubtful: NDArray[np.bool_],
        groups: NDArray[np.int_],
        in_entries: NDArray[np.bool_],
        clauses: csr_matrix,
        owners: NDArray[np.int_],
    ) -> tuple[tuple[Matrix, Matrix], Matrix, Matrix]:
        """Return the regressions on all sentences, and the out-of-fold decision values of sentences and of clauses.

        The last column of the decision values belongs to "any label".
        """
        targets, uncertain = _with_any(labels), _with_any(doubtful)
        uncertain &= ~targets
        X_marked = csr_matrix(hstack([X, csr_matrix(~in_entries[:, None] * _COLLECTION_VALUE)]), dtype=np.float64)
        X_marked.sum_duplicates()  # in canonical form now, because other processes get it read-only
        folds = list(GroupKFold(self.n_splits, shuffle=True, random_state=self.random_state).split(X, groups=groups))
        samples = [np.arange(len(labels)), *(train for train, _ in folds)]  # all sentences first, then each fold
        # Use processes, not threads: threads would share liblinear's only random generator, and then no two trainings
        # would give the same model.
        on_all, *on_folds = Parallel(n_jobs=self.n_jobs)(
            delayed(self._regressions)(X_marked[sample], targets[sample], uncertain[sample]) for sample in samples
        )
        of_sentences = np.empty(targets.shape)
        of_clauses = np.empty((clauses.shape[0], targets.shape[1]))
        for (_, test), (coefs, intercepts) in zip(folds, on_folds, strict=True):
            in_test = np.isin(owners, test)
            of_sentences[test] = X[test] @ coefs.T + intercepts
            of_clauses[in_test] = clauses[in_test] @ coefs.T + intercepts
        return on_all, of_sentences, of_clauses

    def _regressions_on(self, corpus: tuple[csr_matrix, ArrayLike]) -> tuple[Matrix, Matrix]:
        """Fit the regressions of step 1 on a second corpus."""
        X, labels = corpus[0], np.asarray(corpus[1], dtype=bool)
        marked = csr_matrix(hstack([X, csr_matrix((X.shape[0], 1))]), dtype=np.float64)  # none is from the collection
        return self._regressions(marked, _with_any(labels), np.zeros((len(labels), labels.shape[1] + 1), dtype=bool))

    def _mix(self, decisions: Matrix, labels: NDArray[np.bool_], group: NDArray[np.int_]) -> tuple[Matrix, np.float64]:
        """Return the weight of each regression for each label of a group, shape (group, regressions), and an intercept.

        The decision values are those of one or two sets of regressions, each with one for each label and one for "any
        label". The log-odds of a label are mixed from its own regressions and those for "any label".
        """
        sets = np.split(decisions, decisions.shape[1] // (labels.shape[1] + 1), axis=1)
        inputs = [values for each in sets for values in (each[:, group], each[:, -1:])]
        weights, base = self._calibration(inputs, labels[:, group], np.asarray(labels.any(axis=1)))
        mix = np.zeros((len(group), decisions.shape[1]))
        for number, (own, shared) in enumerate(weights.reshape(-1, 2)):
            first = number * (labels.shape[1] + 1)
            mix[np.arange(len(group)), first + group] = own
            mix[:, first + labels.shape[1]] = shared
        return mix, base

    def _regressions(
        self, X: csr_matrix, targets: NDArray[np.bool_], doubtful: NDArray[np.bool_]
    ) -> tuple[Matrix, Matrix]:
        """Fit one regression for each target: weights, shape (targets, features), and intercepts, shape (targets,).

        `targets` and `doubtful` have a column for each label and one for "any label", and no cell that is true in both.
        The last column of X marks the collection. It is not scaled, and its weight is not returned.
        """
        is_present = X[:, :-1] > 0
        is_certain = targets[:, -1] | ~doubtful[:, -1]
        ratio_of_any = _log_count_ratio(is_present[is_certain], targets[is_certain, -1])
        coefs, intercepts = [], []
        for certain, uncertain in zip(targets.T, doubtful.T, strict=True):
            target = certain | uncertain
            learned = target | is_certain  # a sentence with doubts about other labels only is no counterexample
            target, weights = target[learned], np.where(uncertain[learned], _DOUBT_WEIGHT, 1.0)
            ratio = ratio_of_any
            if target.any():
                ratio = (ratio_of_any + _log_count_ratio(is_present[learned], target)) / 2
            scale = np.append(1 - _SCALED_SHARE + _SCALED_SHARE * ratio, 1.0)
            coef, intercept = self._regression(csr_matrix(X[learned] @ diags_array(scale)), target, weights)
            coefs.append((coef * scale)[:-1])
            intercepts.append(intercept)
        return np.array(coefs), np.array(intercepts)

    def _regression(self, X: csr_matrix, target: NDArray[np.bool_], weights: Matrix) -> tuple[Matrix, float]:
        if not target.any():
            return np.zeros(X.shape[1]), -10.0  # no sentence here has the label: predict about 0
        regression = LogisticRegression(  # dual, because there are far more columns than rows
            C=self.C, solver="liblinear", dual=True, tol=0.05, max_iter=1000, random_state=self.random_state
        )
        fitted = regression.fit(X, target, sample_weight=weights)
        return fitted.coef_[0], float(fitted.intercept_[0])

    def _calibration(
        self, inputs: list[Matrix], labels: NDArray[np.bool_], is_labelled: NDArray[np.bool_] | None = None
    ) -> tuple[Matrix, np.float64]:
        """Fit a weight for each input, shape (inputs,), and an intercept: the weighted sum of inputs is the log-odds.

        All labels share them, because one label occurs too rarely in entries to be calibrated by itself. An input has
        the shape of `labels`, or one column for all labels. `is_labelled` tells which sentences have any label; by
        default, any of `labels`.
        """
        columns = [np.broadcast_to(values, labels.shape).ravel() for values in inputs]
        weights = np.repeat(self.sentence_weights(labels, is_labelled), labels.shape[1])
        fitted = LogisticRegression(C=10.0).fit(np.column_stack(columns), labels.ravel(), sample_weight=weights)
        return fitted.coef_[0], fitted.intercept_[0]

    def sentence_weights(self, labels: NDArray[np.bool_], is_labelled: NDArray[np.bool_] | None = None) -> Matrix:
        """Return a weight for each sentence, shape (n_sentences,). Labelled sentences get `prevalence` of the sum.

        `is_labelled` tells which sentences have a label; by default, any of `labels`.
        """
        is_labelled = np.asarray(labels.any(axis=1)) if is_labelled is None else is_labelled
        share = is_labelled.mean()
        wanted = share if self.prevalence is None else self.prevalence
        return np.asarray(np.where(is_labelled, wanted / share, (1 - wanted) / (1 - share)))

    def decision_function(self, X: csr_matrix) -> Matrix:
        """Return the log-odds of each label, shape (n_sentences, n_labels)."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_.T + self.intercept_)

    def predict_proba(self, X: csr_matrix) -> Matrix:
        """Return the probability of each label, shape (n_sentences, n_labels). A row need not sum to 1."""
        return np.asarray(expit(self.decision_function(X)))

    def predict(self, X: csr_matrix) -> NDArray[np.int_]:
        """Return 1 for each label with a probability of at least 0.5, shape (n_sentences, n_labels)."""
        return (self.predict_proba(X) >= 0.5).astype(int)

    def __getstate__(self) -> dict[str, object]:
        """Leave the training sentences' probabilities out of a saved model."""
        return {name: value for name, value in super().__getstate__().items() if name != "oof_probabilities_"}


def common_and_rare(labels: NDArray[np.bool_]) -> list[NDArray[np.int_]]:
    """Return the numbers of the labels that many sentences have, and of the others; one list if all are alike.

    Labels of one list are calibrated together. What tells common labels from others may tell little about rare ones.
    """
    is_rare = labels.sum(axis=0) < _COMMON
    return [numbers for numbers in (np.flatnonzero(~is_rare), np.flatnonzero(is_rare)) if len(numbers)]


def highest_log_odds(sentences: Matrix, clauses: Matrix, owners: NDArray[np.int_]) -> tuple[Matrix, NDArray[np.int_]]:
    """Return the highest log-odds of each sentence and its clauses, by label. Clauses first lose `CLAUSE_PENALTY`.

    Parameters
    ----------
    sentences, clauses
        Log-odds, shapes (sentences, labels) and (clauses, labels).
    owners
        Number of the sentence that each clause belongs to, ascending, shape (clauses,).

    Returns
    -------
    log_odds, best_part
        The highest log-odds, and the number of the part that has them, both of shape (sentences, labels). Parts are
        the sentences, numbered from 0, and after them the clauses.
    """
    highest = sentences.copy()
    best_part = np.repeat(np.arange(len(sentences))[:, None], sentences.shape[1], axis=1)
    penalized = clauses - CLAUSE_PENALTY
    rank = np.arange(len(owners)) - np.searchsorted(owners, owners)  # position of a clause in its sentence
    for r in range(rank.max(initial=-1) + 1):  # the first clause of every sentence, then the second, ...
        numbers = np.flatnonzero(rank == r)
        rows, values = owners[numbers], penalized[numbers]
        is_higher = values > highest[rows]
        highest[rows] = np.where(is_higher, values, highest[rows])
        best_part[rows] = np.where(is_higher, len(sentences) + numbers[:, None], best_part[rows])
    return highest, best_part


def _with_any(labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return labels with a further column for "any label"."""
    return np.column_stack([labels, labels.any(axis=1)])


def _log_count_ratio(is_present: csr_matrix, target: NDArray[np.bool_]) -> Matrix:
    """Return how well each feature separates a target from the rest, shape (features,), 1 on average.

    The value is an absolute logarithm of a ratio: the share of the target's sentences that have the feature, divided by
    the share of the other sentences that have it.
    """
    # Adding 1 to the counts avoids the logarithm of zero.
    inside = (np.asarray(is_present[target].sum(axis=0)).ravel() + 1.0) / max(target.sum(), 1)
    outside = (np.asarray(is_present[~target].sum(axis=0)).ravel() + 1.0) / max((~target).sum(), 1)
    ratio = np.abs(np.log(inside / outside))
    return np.asarray(ratio / max(ratio.mean(), 1e-9))
