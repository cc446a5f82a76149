"""Labels and predictions in, figures with a bootstrap interval out, all draws at once on arrays.

Every measure here takes `weights` of shape (draws, items): how often each item stands in each draw. It
returns one value a draw. The first row of `draws` is the data as it is, the others are resamples (Efron &
Tibshirani 1993), so one call gives both the figure and its interval. A measure that a draw does not
define, such as an AUC without anything tagged, is NaN there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""One value a draw, shape (draws,)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the bounds of its 95% interval; NaN where it is not defined."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """Return plain data for JSON; what is not defined is None."""
        return {name: None if isnan(value) else value for name, value in asdict(self).items()}


def draws(count: int, number: int = 1000, *, seed: int = 0) -> NDArray[np.float64]:
    """Return weights of shape (1 + number, count): all ones, then resamples of `count` items with replacement."""
    resamples = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=number)
    return np.vstack([np.ones(count), resamples])


def estimate(values: Values) -> Estimate:
    """Return the first value, and the 2.5th and 97.5th percentile of the others; without others, no interval."""
    others = values[1:][~np.isnan(values[1:])]
    low, high = np.quantile(others, [0.025, 0.975]) if len(others) else (np.nan, np.nan)
    return Estimate(float(values[0]), float(low), float(high))


def auc(truth: NDArray[np.bool_], ranking: NDArray[np.float64], weights: NDArray[np.float64]) -> Values:
    """Return the area under the ROC curve; `truth` and `ranking` have shape (items,)."""
    found, wrong = _cumulated(truth, ranking, weights)
    steps, heights = np.diff(wrong, axis=1), (found[:, 1:] + found[:, :-1]) / 2
    return _ratio((steps * heights).sum(axis=1), found[:, -1] * wrong[:, -1])


def average_precision(truth: NDArray[np.bool_], ranking: NDArray[np.float64], weights: NDArray[np.float64]) -> Values:
    """Return the average precision; `truth` and `ranking` have shape (items,)."""
    found, wrong = _cumulated(truth, ranking, weights)
    precision = np.nan_to_num(_ratio(found[:, 1:], found[:, 1:] + wrong[:, 1:]))
    return _ratio((np.diff(found, axis=1) * precision).sum(axis=1), found[:, -1])


def _cumulated(
    truth: NDArray[np.bool_], ranking: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tagged and untagged weight from the top down, at the end of each run of equal rank; begins with nought."""
    order = np.argsort(-ranking, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(ranking[order]) != 0, True))
    ordered, nought = weights[:, order], np.zeros((len(weights), 1))
    found, both = (np.cumsum(part, axis=1)[:, ends] for part in (ordered * truth[order], ordered))
    return np.hstack([nought, found]), np.hstack([nought, both - found])


def f1(
    truth: NDArray[np.bool_],
    predicted: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    average: Literal["micro", "macro", "weighted"],
) -> Values:
    """Return the F1 of labels; `truth` and `predicted` have shape (items, labels).

    `macro` is the mean over the columns, `weighted` the mean by how often each label stands in the
    draw. A label that neither stands nor is predicted has an F1 of nought, as with scikit-learn.
    """
    right, tagged, there = weights @ (truth & predicted), weights @ predicted, weights @ truth
    if average == "micro":
        right, tagged, there = (part.sum(axis=1, keepdims=True) for part in (right, tagged, there))
    by_label = np.nan_to_num(_ratio(2 * right, tagged + there))
    if average != "weighted":
        return np.asarray(by_label.mean(axis=1))
    return _ratio((by_label * there).sum(axis=1), there.sum(axis=1))


def share(
    numerator: NDArray[np.bool_] | NDArray[np.int_],
    denominator: NDArray[np.bool_] | NDArray[np.int_],
    weights: NDArray[np.float64],
) -> Values:
    """Return the sum of one count over the sum of another; both have shape (items,)."""
    return _ratio(weights @ numerator, weights @ denominator)


def kappa(truth: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: NDArray[np.float64]) -> Values:
    """Return Cohen's kappa (Cohen 1960) of two answers of yes or no, shape (items,) each."""
    total = weights.sum(axis=1)
    agreed = weights @ (truth == predicted) / total
    yes, said = weights @ truth / total, weights @ predicted / total
    by_chance = yes * said + (1 - yes) * (1 - said)
    return _ratio(agreed - by_chance, 1 - by_chance)


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where the denominator is nought."""
    nothing: NDArray[np.float64] = np.full(np.shape(numerator), np.nan)
    return np.divide(numerator, denominator, out=nothing, where=denominator != 0)
