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
    """Return the threshold that gives the best weighted F-measure over all labels together.

    It lies half way between the least probability above it and the next lower one. One for all labels, since the
    probabilities are calibrated over all of them, and the best threshold of a label with a hundred tags is largely
    chance (docs/experiments.md).

    Parameters
    ----------
    labels
        Shape (sentences, labels), one true at least.
    probabilities
        Out of fold, same shape.
    weights
        How often each sentence would stand in real writing, shape (sentences,).
    beta
        Of the F-measure.
    """
    target, weight = labels.ravel(), np.repeat(weights, labels.shape[1])
    order = np.argsort(-probabilities, axis=None, kind="stable")
    ranked = probabilities.ravel()[order]
    found = np.cumsum((target * weight)[order])
    tagged = np.cumsum(weight[order])
    measure = (1 + beta**2) * found / (tagged + beta**2 * found[-1])
    measure[:-1][ranked[:-1] == ranked[1:]] = -1  # no threshold parts sentences of one probability
    best = int(measure.argmax())
    after = min(best + 1, len(order) - 1)
    return float((ranked[best] + ranked[after]) / 2)
