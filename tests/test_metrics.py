"""Metrics of many draws at once: the value of each draw is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, roc_auc_score

from training.measure.metrics import auc, average_precision, draws, estimate, f1, kappa, share

RANDOM = np.random.default_rng(1)
TRUTH = RANDOM.random((40, 3)) < (0.2, 0.5, 0.8)
SAID = TRUTH ^ (RANDOM.random((40, 3)) < 0.3)
RANKING = np.round(TRUTH[:, 0] * 0.3 + RANDOM.random(40), 1)  # with ties
WEIGHTS = draws(40, 5)


def drawn(values: NDArray[np.generic], number: int) -> NDArray[np.generic]:
    """Return the items of one draw, each as often as it occurs in it."""
    return np.repeat(values, WEIGHTS[number].astype(int), axis=0)


def test_draws() -> None:
    """The first draw is the data as it is; each has as many items as there are; one seed gives one result."""
    assert (WEIGHTS[0] == 1).all()
    assert (WEIGHTS.sum(axis=1) == 40).all()
    assert (draws(40, 5) == WEIGHTS).all()
    assert (draws(40, 5, seed=1) != WEIGHTS).any()


@pytest.mark.parametrize("number", range(6))
def test_ranking(number: int) -> None:
    """AUC and average precision are scikit-learn's, with ties and with repeated items."""
    truth, ranking = drawn(TRUTH[:, 0], number), drawn(RANKING, number)
    assert auc(TRUTH[:, 0], RANKING, WEIGHTS)[number] == pytest.approx(roc_auc_score(truth, ranking))
    assert average_precision(TRUTH[:, 0], RANKING, WEIGHTS)[number] == pytest.approx(
        average_precision_score(truth, ranking)
    )


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
def test_f1(number: int, average: str) -> None:
    """F1 is scikit-learn's in each average."""
    expected = f1_score(drawn(TRUTH, number), drawn(SAID, number), average=average, zero_division=0.0)
    assert f1(TRUTH, SAID, WEIGHTS, average=average)[number] == pytest.approx(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(6))
def test_kappa_and_share(number: int) -> None:
    """Kappa is scikit-learn's, and a share is one count over another."""
    truth, said = drawn(TRUTH[:, 1], number), drawn(SAID[:, 1], number)
    assert kappa(TRUTH[:, 1], SAID[:, 1], WEIGHTS)[number] == pytest.approx(cohen_kappa_score(truth, said))
    right = TRUTH[:, 1] & SAID[:, 1]
    assert share(right, TRUTH[:, 1], WEIGHTS)[number] == pytest.approx((truth & said).sum() / truth.sum())


def test_label_that_nobody_names() -> None:
    """A label that is neither true nor predicted has an F1 of 0."""
    nothing = np.zeros((4, 1), dtype=bool)
    assert f1(nothing, nothing, np.ones((1, 4)), average="macro").tolist() == [0]


def test_what_a_draw_does_not_define() -> None:
    """A draw without anything tagged has no AUC and no share, and counts in no interval."""
    weights = np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 1.0], [1.0, 0.0, 2.0]])
    truth = np.array([True, False, False])
    values = auc(truth, np.array([0.9, 0.1, 0.5]), weights)
    assert np.isnan(values).tolist() == [False, True, False]
    assert np.isnan(share(truth, truth, weights)).tolist() == [False, True, False]
    interval = estimate(values)
    assert (interval.value, interval.low, interval.high) == (1, 1, 1)


def test_estimate() -> None:
    """The figure is the first value; its interval leaves out the lowest and highest fortieth of the others."""
    interval = estimate(np.array([7.0, *range(1001)]))
    assert (interval.value, interval.low, interval.high) == (7, 25, 975)
    assert np.isnan(estimate(np.array([7.0])).low)
