"""Thresholds maximize a weighted F-measure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score

from training.thresholds import OPERATING_POINTS, best_threshold, choose_threshold


def best(labels: list[int], probabilities: list[float], weights: list[float] | None = None, beta: float = 1) -> float:
    """Find the best threshold for one label."""
    return best_threshold(
        np.array(labels, dtype=bool)[:, None],
        np.array(probabilities)[:, None],
        np.ones(len(labels)) if weights is None else np.array(weights),
        beta=beta,
    )


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], list[float], list[float]]:
    """Draw labels (at least one true), probabilities with many ties, and weights."""
    labels = draw(st.lists(st.integers(0, 1), min_size=1, max_size=12).filter(any))
    lists = (st.lists(st.integers(1, most), min_size=len(labels), max_size=len(labels)) for most in (20, 5))
    probabilities, weights = (draw(values) for values in lists)
    return labels, [p / 20 for p in probabilities], [float(w) for w in weights]


@pytest.mark.parametrize("beta", OPERATING_POINTS.values())
def test_perfect_ranking(beta: float) -> None:
    """With a perfect ranking, the threshold is halfway between tagged and untagged."""
    assert best([1, 0, 1, 0, 0], [0.6, 0.2, 0.9, 0.4, 0.1], beta=beta) == pytest.approx(0.5)


def test_one_for_all_labels() -> None:
    """The threshold is the best one for all labels together."""
    labels = np.array([[1, 1], [0, 0], [0, 1]], dtype=bool)
    probabilities = np.array([[0.9, 0.3], [0.5, 0.1], [0.4, 0.2]])
    # Three are true, at 0.9, 0.3 and 0.2, and three false. F1 is 2/4 for the first alone, and 6/8 down to 0.2.
    assert best_threshold(labels, probabilities, np.ones(3), beta=1) == pytest.approx((0.2 + 0.1) / 2)


def test_weights_matter() -> None:
    """A false tag with weight 10 moves the threshold above it."""
    assert best([1, 0, 1], [0.9, 0.8, 0.7]) == pytest.approx(0.7)  # F1 is 2/3 above 0.8, 4/5 with all
    assert best([1, 0, 1], [0.9, 0.8, 0.7], [1, 10, 1]) == pytest.approx(0.85)  # 2/3 above, 4/14 with all


@given(problem=problems(), beta=st.sampled_from([0.5, 1.0, 2.0]))
def test_no_other_threshold_is_better(problem: tuple[list[int], list[float], list[float]], beta: float) -> None:
    """No threshold gives a higher weighted F-measure than the chosen one, with ties or without."""
    labels, probabilities, weights = problem

    def measure(threshold: float) -> float:
        tagged = [p >= threshold for p in probabilities]
        return float(fbeta_score(labels, tagged, beta=beta, sample_weight=weights, zero_division=0.0))

    assert measure(best(labels, probabilities, weights, beta)) >= max(map(measure, probabilities)) - 1e-12


@given(problem=problems(), betas=st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]), min_size=2, max_size=2))
def test_higher_beta_is_never_stricter(problem: tuple[list[int], list[float], list[float]], betas: list[float]) -> None:
    """A higher beta never raises the threshold."""
    low, high = (best(*problem, beta=beta) for beta in sorted(betas))
    assert high <= low


@given(problem=problems())
def test_thresholds_are_probabilities(problem: tuple[list[int], list[float], list[float]]) -> None:
    """The threshold is between the lowest and the highest probability."""
    assert min(problem[1]) - 1e-12 <= best(*problem) <= max(problem[1]) + 1e-12


@given(
    counts=st.lists(st.tuples(st.integers(1, 19), st.integers(1, 20)), min_size=1, max_size=8),
    beta=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_no_other_threshold_is_better_where_probabilities_are_calibrated(
    counts: list[tuple[int, int]], beta: float
) -> None:
    """For calibrated probabilities, F over 1 + beta^2 is as good as any other threshold."""
    probabilities = np.array([p / 20 for p, _ in counts for _ in range(2)])
    labels = np.array([True, False] * len(counts))
    weights = np.array([w for p, n in counts for w in (n * p / 20, n * (1 - p / 20))])

    def measure(threshold: float) -> float:
        return float(fbeta_score(labels, probabilities >= threshold - 1e-9, beta=beta, sample_weight=weights))

    chosen = choose_threshold(labels[:, None], probabilities[:, None], weights, beta=beta)
    assert measure(chosen) >= max(map(measure, probabilities)) - 1e-9


def test_the_threshold_is_the_best_measure_over_one_and_beta_squared() -> None:
    """Of three, one is false: F1 is 4/5 with all of them, so the threshold is 2/5."""
    labels, probabilities = np.array([[1], [0], [1]], dtype=bool), np.array([[0.9], [0.8], [0.7]])
    assert choose_threshold(labels, probabilities, np.ones(3), beta=1) == pytest.approx(0.4)
