"""Computes metrics for all bootstrap draws at once, and derives values with 95% intervals from them.

A draw is a row of weights. A weight says how often an item occurs in the draw. All metrics take weights of shape
(draws, items) and return one value per draw. The first draw is the original data: all its weights are 1. The other
draws are resamples (Efron and Tibshirani 1993). So the first value of a metric is the one that scikit-learn would
return, and the other values give the interval. If two models are measured with the same weights, the differences of
their values are a paired bootstrap.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

Values = NDArray[np.float64]
"""One value per draw, shape (draws,). It is NaN if undefined, such as the AUC of a draw without true or false items."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The value of a metric, with the bounds of its 95% interval. Undefined numbers are NaN."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """Return plain data for JSON. NaN becomes None."""
        return {name: None if isnan(value) else value for name, value in asdict(self).items()}


def draws(items: int, number: int = 1000, *, seed: int = 0) -> NDArray[np.float64]:
    """Return weights of shape (1 + number, items). The first row is all ones, the others are resamples."""
    resamples = np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=number)
    return np.vstack([np.ones(items), resamples])


def estimate(values: Values) -> Estimate:
    """Return the first value, and the 2.5th and 97.5th percentiles of the other values."""
    # Ignore draws in which the metric is undefined.
    others = values[1:][~np.isnan(values[1:])]
    low, high = np.quantile(others, [0.025, 0.975]) if len(others) else (np.nan, np.nan)
    return Estimate(float(values[0]), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted counts of predictions, right predictions and true cases, shape (draws,) or (draws, labels)."""

    predicted: NDArray[np.float64]
    right: NDArray[np.float64]
    true: NDArray[np.float64]

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share of right predictions among all predictions; NaN without predictions."""
        return ratio(self.right, self.predicted)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of true cases that were predicted; NaN without true cases."""
        return ratio(self.right, self.true)

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall; 0 with neither predictions nor true cases, as in scikit-learn."""
        return np.nan_to_num(ratio(2 * self.right, self.predicted + self.true))

    def total(self) -> Tally:
        """Return the sums over all labels. Micro averages are computed from these sums."""
        return Tally(self.predicted.sum(axis=1), self.right.sum(axis=1), self.true.sum(axis=1))


def tally_of(truth: Mask, predicted: Mask, weights: NDArray[np.float64]) -> Tally:
    """Count predictions against the truth. Both have shape (items,) or (items, labels)."""
    return Tally(weights @ predicted, weights @ (truth & predicted), weights @ truth)


def f1(
    truth: Mask, predicted: Mask, weights: NDArray[np.float64], *, average: Literal["micro", "macro", "weighted"]
) -> Values:
    """Return the F1 over labels. `truth` and `predicted` have shape (items, labels).

    `macro` is the mean of the labels' F1. `weighted` weights this mean by how often each label is true in the draw.
    """
    tally = tally_of(truth, predicted, weights)
    if average == "micro":
        return tally.total().f1
    if average == "macro":
        return np.asarray(tally.f1.mean(axis=1))
    return ratio((tally.f1 * tally.true).sum(axis=1), tally.true.sum(axis=1))


def kappa(truth: Mask, predicted: Mask, weights: NDArray[np.float64]) -> Values:
    """Return Cohen's kappa (Cohen 1960) of two sets of yes-or-no answers, shape (items,) each."""
    items, tally = weights.sum(axis=1), tally_of(truth, predicted, weights)
    agreed = weights @ (truth == predicted) / items
    true, predicted_share = tally.true / items, tally.predicted / items
    by_chance = true * predicted_share + (1 - true) * (1 - predicted_share)
    return ratio(agreed - by_chance, 1 - by_chance)


def share(part: Mask, whole: Mask, weights: NDArray[np.float64]) -> Values:
    """Return the total weight of the items in `part`, divided by that of the items in `whole`."""
    return ratio(weights @ part, weights @ whole)


def auc(truth: Mask, ranking: NDArray[np.float64], weights: NDArray[np.float64]) -> Values:
    """Return the area under the ROC curve. `truth` and `ranking` have shape (items,)."""
    right, wrong = _cumulated(truth, ranking, weights)
    # With trapezoids, a pair of a true and a false item with equal rank counts as half right.
    steps, heights = np.diff(wrong, axis=1), (right[:, 1:] + right[:, :-1]) / 2
    return ratio((steps * heights).sum(axis=1), right[:, -1] * wrong[:, -1])


def average_precision(truth: Mask, ranking: NDArray[np.float64], weights: NDArray[np.float64]) -> Values:
    """Return the average precision. `truth` and `ranking` have shape (items,)."""
    right, wrong = _cumulated(truth, ranking, weights)
    precision = np.nan_to_num(ratio(right[:, 1:], right[:, 1:] + wrong[:, 1:]))
    return ratio((np.diff(right, axis=1) * precision).sum(axis=1), right[:, -1])


def _cumulated(
    truth: Mask, ranking: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cumulative weights of the true and of the false items, from the highest `ranking` to the lowest.

    Both have shape (draws, ranks + 1). They begin with 0. Items of equal rank share one column.
    """
    order = np.argsort(-ranking, kind="stable")
    # No threshold separates items of equal rank, so only the last of these items adds a step to the curve.
    ends = np.flatnonzero(np.append(np.diff(ranking[order]) != 0, True))
    ordered, zero = weights[:, order], np.zeros((len(weights), 1))
    right, both = (np.cumsum(part, axis=1)[:, ends] for part in (ordered * truth[order], ordered))
    return np.hstack([zero, right]), np.hstack([zero, both - right])


def has_any(values: Mask) -> Mask:
    """Return a mask of the rows in which any column is true, shape (rows,)."""
    return np.asarray(values.any(axis=1))


def ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quotients. They are NaN where the denominator is 0."""
    undefined: NDArray[np.float64] = np.full(np.shape(numerator), np.nan)
    return np.divide(numerator, denominator, out=undefined, where=denominator != 0)
