"""`CalibratedTagger` follows the rules of scikit-learn estimators, and is calibrated by group."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.special import logit
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import average_precision_score

from classifier.model.tagger import CalibratedTagger

N_LABELS, N_FEATURES = 3, 30


def made_up(n: int = 300, *, seed: int = 0) -> tuple[csr_matrix, NDArray[np.int_]]:
    """Return sparse features and labels; feature j is higher with label j, and 40% of the rows have no label."""
    random = np.random.default_rng(seed)
    X = random.random((n, N_FEATURES)) * (random.random((n, N_FEATURES)) < 0.3)
    Y = np.zeros((n, N_LABELS), dtype=int)
    kinds = random.integers(0, N_LABELS + 2, n)
    for label in range(N_LABELS):
        Y[kinds == label, label] = 1
        X[kinds == label, label] += 0.7
    return csr_matrix(X), Y


X, Y = made_up()
TAGGER = CalibratedTagger().fit(X, Y)


def test_shapes() -> None:
    """There is one probability for each sentence and label, and one weight for each label and feature."""
    assert TAGGER.predict_proba(X).shape == TAGGER.oof_probabilities_.shape == Y.shape
    assert TAGGER.coef_.shape == (N_LABELS, N_FEATURES)
    assert TAGGER.intercept_.shape == (N_LABELS,)
    assert TAGGER.n_features_in_ == N_FEATURES


@given(st.lists(st.floats(-1e6, 1e6), min_size=N_FEATURES, max_size=N_FEATURES))
@settings(max_examples=100, deadline=None)
def test_probabilities_are_probabilities(values: list[float]) -> None:
    """A probability lies between 0 and 1 for any features."""
    probabilities = TAGGER.predict_proba(csr_matrix([values]))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_second_corpus_teaches_rare_labels() -> None:
    """A label with few examples is ranked better if a second corpus has many."""
    rare = Y.copy()
    rare[np.flatnonzero(Y[:, 2])[4:], 2] = 0
    kept = (rare == Y).all(axis=1)
    fresh, truth = made_up(seed=2)
    alone = CalibratedTagger().fit(X[kept], rare[kept])
    both = CalibratedTagger().fit(X[kept], rare[kept], second=made_up(seed=1))
    ap = [average_precision_score(truth[:, 2], tagger.predict_proba(fresh)[:, 2]) for tagger in (alone, both)]
    assert ap[1] > ap[0] + 0.05


def test_doubted_labels_are_learned() -> None:
    """A label with few examples is ranked better if doubted examples are there too."""
    is_moved = (Y[:, 2] == 1) & (np.cumsum(Y[:, 2]) > 4)
    labels, doubts = np.where(is_moved[:, None], 0, Y), np.where(is_moved[:, None], Y, 0)
    fresh, truth = made_up(seed=2)
    alone = CalibratedTagger().fit(X[~is_moved], labels[~is_moved])
    both = CalibratedTagger().fit(X, labels, doubts=doubts)
    ap = [average_precision_score(truth[:, 2], tagger.predict_proba(fresh)[:, 2]) for tagger in (alone, both)]
    assert ap[1] > ap[0] + 0.02


def test_doubts_about_one_label_teach_nothing_about_others() -> None:
    """Sentences that only have doubts about one label leave the regressions of the others as they are."""
    is_doubtful = (Y[:, 2] == 1) & (np.arange(len(Y)) % 3 == 0)
    labels, doubts = np.where(is_doubtful[:, None], 0, Y), np.where(is_doubtful[:, None], Y, 0)
    changed = csr_matrix(np.where(is_doubtful[:, None], X.toarray()[::-1], X.toarray()))
    targets, uncertain = (np.column_stack([of > 0, of.any(axis=1)]) for of in (labels, doubts))
    marked = [csr_matrix(hstack([features, np.zeros((len(Y), 1))])) for features in (X, changed)]
    (one, _), (other, _) = (CalibratedTagger()._regressions(features, targets, uncertain) for features in marked)
    assert (one[2] != other[2]).any()
    np.testing.assert_array_equal(one[:2], other[:2])


def test_probabilities_count_labels_without_doubt() -> None:
    """The probabilities of the sentences without doubts add up to about the number of their labels."""
    is_moved = (Y.any(axis=1)) & (np.arange(len(Y)) % 3 == 0)
    labels, doubts = np.where(is_moved[:, None], 0, Y), np.where(is_moved[:, None], Y, 0)
    tagger = CalibratedTagger(prevalence=None).fit(X, labels, doubts=doubts)
    assert tagger.oof_probabilities_[~is_moved].sum() == pytest.approx(labels.sum(), rel=0.1)


def test_decision_is_linear() -> None:
    """Regressions and calibration amount to one weight for each feature; the sum of the products is the log-odds."""
    decisions = X.toarray() @ TAGGER.coef_.T + TAGGER.intercept_
    np.testing.assert_allclose(TAGGER.decision_function(X), decisions, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(logit(TAGGER.predict_proba(X)), decisions, rtol=1e-4, atol=1e-4)


def test_predict() -> None:
    """A label is predicted if its probability is at least 0.5."""
    np.testing.assert_array_equal(TAGGER.predict(X), (TAGGER.decision_function(X) >= 0).astype(int))


def test_learns() -> None:
    """Out of fold, sentences with a label get higher probabilities than those without."""
    for label in range(N_LABELS):
        given_it = Y[:, label] == 1
        assert np.median(TAGGER.oof_probabilities_[given_it, label]) > np.quantile(
            TAGGER.oof_probabilities_[~given_it, label], 0.9
        )


def test_calibration_keeps_the_rate() -> None:
    """With `prevalence=None` the probabilities add up to about the number of tags."""
    tagger = CalibratedTagger(prevalence=None).fit(X, Y)
    assert tagger.oof_probabilities_.sum() == pytest.approx(Y.sum(), rel=0.1)


def test_lower_prevalence_lowers_probabilities() -> None:
    """A lower prevalence gives lower probabilities."""
    means = [CalibratedTagger(prevalence=rate).fit(X, Y).predict_proba(X).mean() for rate in (0.01, 0.1, 0.4, None)]
    assert means == sorted(means)
    assert means[0] < means[-1] / 2


@pytest.mark.parametrize("prevalence", [0.02, 0.5])
def test_sentence_weights(prevalence: float) -> None:
    """The weights give tagged sentences the wanted share, and their sum is the number of sentences."""
    weights = CalibratedTagger(prevalence=prevalence).sentence_weights(Y.astype(bool))
    tagged = Y.any(axis=1)
    assert weights[tagged].sum() / weights.sum() == pytest.approx(prevalence)
    assert weights.sum() == pytest.approx(len(Y))


def test_groups_are_not_split() -> None:
    """A feature of one group alone does not help out of fold, because a group is never split."""
    n_groups, size = 60, 5
    groups = np.repeat(np.arange(n_groups), size)
    own = csr_matrix(np.eye(n_groups)[groups])  # one feature for each group, so that it can be learned by heart
    labels = (np.random.default_rng(0).random(n_groups) < 0.4).astype(int)[groups][:, None]
    tagged = labels[:, 0] == 1

    def gap(tagger: CalibratedTagger) -> float:
        probabilities = tagger.oof_probabilities_[:, 0]
        return float(probabilities[tagged].mean() - probabilities[~tagged].mean())

    tagger = CalibratedTagger(prevalence=None)
    assert gap(clone(tagger).fit(own, labels)) > 0.5
    assert abs(gap(clone(tagger).fit(own, labels, groups=groups))) < 0.1


def test_collection_of_thoughts_explains_itself() -> None:
    """If tags are common in one collection only, its style gets no weight for them."""
    style = np.repeat([1.0, 0.0], [150, 150])
    tagged = Y.copy()
    tagged[150:][np.arange(150) % 5 > 0] = 0
    styled = csr_matrix(np.column_stack([X.toarray(), style]))
    blind = CalibratedTagger().fit(styled, tagged)
    aware = CalibratedTagger().fit(styled, tagged, thoughts=style == 1)
    assert (aware.coef_[:, -1] < blind.coef_[:, -1]).all()
    assert aware.coef_.shape == (N_LABELS, N_FEATURES + 1)


def test_label_that_stands_once() -> None:
    """A label that is missing from a fold is no error."""
    rare = Y.copy()
    rare[:, 2] = 0
    rare[7, 2] = 1
    assert np.isfinite(CalibratedTagger().fit(X, rare).predict_proba(X)).all()


def test_fit_is_repeatable() -> None:
    """The same sentences give the same model."""
    again = CalibratedTagger().fit(X, Y)
    np.testing.assert_array_equal(again.coef_, TAGGER.coef_)
    np.testing.assert_array_equal(again.intercept_, TAGGER.intercept_)


def test_fit_leaves_its_input() -> None:
    """Fitting changes neither features nor labels, although the regressions sort their input."""
    shuffled = X.copy()
    shuffled.indices = shuffled.indices[::-1].copy()
    before, labels = shuffled.copy(), Y.copy()
    CalibratedTagger().fit(shuffled, labels)
    np.testing.assert_array_equal(shuffled.indices, before.indices)
    np.testing.assert_array_equal(labels, Y)


def test_parameters() -> None:
    """Parameters are stored unchanged, so that scikit-learn can set and clone them."""
    tagger = CalibratedTagger(3.0, prevalence=0.1, n_splits=4, n_jobs=2, random_state=7)
    parameters = {"C": 3.0, "prevalence": 0.1, "n_splits": 4, "n_jobs": 2, "random_state": 7}
    assert tagger.get_params() == clone(tagger).get_params() == parameters
    assert tagger.set_params(C=1.0).C == 1.0
    assert not hasattr(clone(TAGGER), "coef_")


def test_unfitted() -> None:
    """An unfitted tagger raises `NotFittedError`."""
    with pytest.raises(NotFittedError):
        CalibratedTagger().predict_proba(X)


def test_pickle_holds_no_training_sentence() -> None:
    """A pickled tagger gives the same probabilities, without those of the training sentences."""
    again = pickle.loads(pickle.dumps(TAGGER))
    np.testing.assert_array_equal(again.predict_proba(X), TAGGER.predict_proba(X))
    assert not hasattr(again, "oof_probabilities_")
    assert hasattr(TAGGER, "oof_probabilities_")
