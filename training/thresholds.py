"""Out-of-fold probabilities in, one threshold out, for each operating point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OPERATING_POINTS = {"balanced": 1.0, "sensitive": 2.0}
"""Name of each operating point, and the beta of the F-measure that its thresholds aim at: how many
times as much a found tag counts as a false one (van Rijsbergen 1979)."""


def choose_threshold(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> float:
    """Return the threshold that aims at the best weighted F-measure over all labels together.

    For calibrated probabilities it is F* / (1 + beta^2), with F* the best value of the measure (Lipton et al. 2014,
    arXiv:1402.1892, for F1). F* hardly moves from one corpus to the next, where the place at which it is reached
    jumps about, for the measure is flat there. One threshold for all labels, since the probabilities are
    calibrated over all of them, and a label with a hundred tags has none of its own that is more than chance
    (docs/experiments.md).

    Parameters
    ----------
    labels
        Shape (sentences, labels), one true at least.
    probabilities
        Calibrated, out of fold; same shape.
    weights
        How often each sentence would stand in real writing, shape (sentences,).
    beta
        Of the F-measure.
    """
    measure, _ = _best(labels, probabilities, weights, beta)
    return measure / (1 + beta**2)


def best_threshold(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> float:
    """Return where the F-measure is best, for probabilities that are not calibrated; parameters as above."""
    _, threshold = _best(labels, probabilities, weights, beta)
    return threshold


def _best(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], beta: float
) -> tuple[float, float]:
    """The best weighted F-measure, and a threshold that gives it, half way to the next lower probability."""
    target, weight = labels.ravel(), np.repeat(weights, labels.shape[1])
    order = np.argsort(-probabilities, axis=None, kind="stable")
    ranked = probabilities.ravel()[order]
    found = np.cumsum((target * weight)[order])
    tagged = np.cumsum(weight[order])
    measure = (1 + beta**2) * found / (tagged + beta**2 * found[-1])
    measure[:-1][ranked[:-1] == ranked[1:]] = -1  # no threshold parts sentences of one probability
    best = int(measure.argmax())
    after = min(best + 1, len(order) - 1)
    return float(measure[best]), float((ranked[best] + ranked[after]) / 2)
