"""Truth, predictions and bootstrap weights in, metrics out, one value per draw; from these, estimates with intervals.

All draws are computed at once. A draw is a row of weights, which say how often each item occurs in it: all metrics here
take weights of shape (draws, items). The first draw is all ones, the data as they are. The others are resamples (Efron
and Tibshirani 1993). So the first value of a metric is the figure, as scikit-learn computes it, and the others give its
interval. If two models are measured with the same weights, the difference of their values is a paired bootstrap.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

Values = NDArray[np.float64]
"""One value per draw, shape (draws,); NaN where a draw does not define it, such as an AUC without anything tagged."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the bounds of its 95% interval; NaN where undefined."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """Return plain data for JSON, with None where undefined."""
        return {name: None if isnan(value) else value for name, value in asdict(self).items()}


def draws(items: int, number: int = 1000, *, seed: int = 0) -> NDArray[np.float64]:
    """Return weights of shape (1 + number, items): all ones, then resamples of the items with replacement."""
    resamples = np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=number)
    return np.vstack([np.ones(items), resamples])


def estimate(values: Values) -> Estimate:
    """Return the first value, and the 2.5th and 97.5th percentiles of the others where these are defined."""
    # Draws that do not define the figure say nothing about its spread.
    others = values[1:][~np.isnan(values[1:])]
    low, high = np.quantile(others, [0.025, 0.975]) if len(others) else (np.nan, np.nan)
    return Estimate(float(values[0]), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted counts of predictions, of right ones, and of true cases; shape (draws,) or (draws, labels)."""

    predicted: NDArray[np.float64]
    right: NDArray[np.float64]
    true: NDArray[np.float64]

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share of the predictions that are right; NaN without predictions."""
        return ratio(self.right, self.predicted)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of the true cases that are predicted; NaN without true cases."""
        return ratio(self.right, self.true)

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall; 0 without predictions and true cases, as in scikit-learn."""
        return np.nan_to_num(ratio(2 * self.right, self.predicted + self.true))

    def total(self) -> Tally:
        """Return the sums over all labels, from which micro averages are computed."""
        return Tally(self.predicted.sum(axis=1), self.right.sum(axis=1), self.true.sum(axis=1))


def tally_of(truth: Mask, predicted: Mask, weights: NDArray[np.float64]) -> Tally:
    """Count predictions against the truth; both have shape (items,) or (items, labels)."""
    return Tally(weights @ predicted, weights @ (truth & predicted), weights @ truth)


def f1(
    truth: Mask, predicted: Mask, weights: NDArray[np.float64], *, average: Literal["micro", "macro", "weighted"]
) -> Values:
    """Return the F1 over labels; `truth` and `predicted` have shape (items, labels).

    `macro` is the mean over the labels; `weighted` weights it by how often each label is true in the draw.
    """
    tally = tally_of(truth, predicted, weights)
    if average == "micro":
        return tally.total().f1
    if average == "macro":
        return np.asarray(tally.f1.mean(axis=1))
    return ratio((tally.f1 * tally.true).sum(axis=1), tally.true.sum(axis=1))


def kappa(truth: Mask, predicted: Mask, weights: NDArray[np.float64]) -> Values:
    """Return Cohen's kappa (Cohen 1960) of two yes-or-no answers, shape (items,) each."""
    items, tally = weights.sum(axis=1), tally_of(truth, predicted, weights)
    agreed = weights @ (truth == predicted) / items
    true, said = tally.true / items, tally.predicted / items
    by_chance = true * said + (1 - true) * (1 - said)
    return ratio(agreed - by_chance, 1 - by_chance)


def share(part: Mask, whole: Mask, weights: NDArray[np.float64]) -> Values:
    """Return the weight of one set of items over that of another; both have shape (items,)."""
    return ratio(weights @ part, weights @ whole)


def auc(truth: Mask, ranking: NDArray[np.float64], weights: NDArray[np.float64]) -> Values:
    """Return the area under the ROC curve; `truth` and `ranking` have shape (items,)."""
    right, wrong = _cumulated(truth, ranking, weights)
    # Trapezoids, so that a true and a false item of equal rank count half.
    steps, heights = np.diff(wrong, axis=1), (right[:, 1:] + right[:, :-1]) / 2
    return ratio((steps * heights).sum(axis=1), right[:, -1] * wrong[:, -1])


def average_precision(truth: Mask, ranking: NDArray[np.float64], weights: NDArray[np.float64]) -> Values:
    """Return the average precision; `truth` and `ranking` have shape (items,)."""
    right, wrong = _cumulated(truth, ranking, weights)
    precision = np.nan_to_num(ratio(right[:, 1:], right[:, 1:] + wrong[:, 1:]))
    return ratio((np.diff(right, axis=1) * precision).sum(axis=1), right[:, -1])


def _cumulated(
    truth: Mask, ranking: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weight of true and of false items from the top of the ranking down, shape (draws, ranks + 1).

    It is taken at the end of each run of equal ranks, and begins with 0.
    """
    order = np.argsort(-ranking, kind="stable")
    # No threshold separates items of equal rank, so only the last of them is a point of the curve.
    ends = np.flatnonzero(np.append(np.diff(ranking[order]) != 0, True))
    ordered, zero = weights[:, order], np.zeros((len(weights), 1))
    right, both = (np.cumsum(part, axis=1)[:, ends] for part in (ordered * truth[order], ordered))
    return np.hstack([zero, right]), np.hstack([zero, both - right])


def has_any(values: Mask) -> Mask:
    """Return whether any column of a row is true, shape (rows,)."""
    return np.asarray(values.any(axis=1))


def ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; NaN where the denominator is 0."""
    undefined: NDArray[np.float64] = np.full(np.shape(numerator), np.nan)
    return np.divide(numerator, denominator, out=undefined, where=denominator != 0)
