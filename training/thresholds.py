"""Out-of-fold probabilities in, one threshold a label out, for each operating point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OPERATING_POINTS = {"balanced": 1.0, "sensitive": 2.0}
"""Name of each operating point, and the beta of the F-measure that its thresholds aim at: how many
times as much a found tag counts as a false one (van Rijsbergen 1979)."""


def choose_thresholds(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> NDArray[np.float64]:
    """Return a threshold for each label, shape (labels,).

    The best threshold of a label with a hundred tags is largely chance, so it is drawn half way, on
    the scale of its logarithm, to the one that is best for all labels together.

    Parameters
    ----------
    labels
        Shape (sentences, labels).
    probabilities
        Out of fold, same shape.
    weights
        How often each sentence would stand in real writing, shape (sentences,).
    beta
        Of the F-measure.
    """
    shared = _best(labels.ravel(), probabilities.ravel(), np.repeat(weights, labels.shape[1]), beta)
    own = [
        _best(labels[:, j], probabilities[:, j], weights, beta) if labels[:, j].any() else shared
        for j in range(labels.shape[1])
    ]
    return np.sqrt(shared * np.array(own))


def _best(
    target: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], beta: float
) -> float:
    """The threshold that gives the best weighted F-measure, half way to the next lower probability."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    found = np.cumsum((target * weights)[order])
    tagged = np.cumsum(weights[order])
    measure = (1 + beta**2) * found / (tagged + beta**2 * found[-1])
    measure[:-1][ranked[:-1] == ranked[1:]] = -1  # no threshold parts sentences of one probability
    best = int(measure.argmax())
    after = min(best + 1, len(order) - 1)
    return float((ranked[best] + ranked[after]) / 2)
