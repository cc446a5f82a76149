"""Measures how well probabilities agree with the true labels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
"""Bounds of the reliability table. Bins are narrow at the low end, because the labels are rare."""


def measure_calibration(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> dict[str, Any]:
    """Compare probabilities with the observed share of true labels, over all labels together.

    Returns plain data for JSON.

    Parameters
    ----------
    labels, probabilities
        Shape (sentences, labels).
    weights
        Weight of each sentence, shape (sentences,). By default, all are equal.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    flat_weights = np.repeat(weights, labels.shape[1])
    truth, predicted = labels.ravel(), probabilities.ravel()
    bins = np.clip(np.digitize(predicted, _BINS) - 1, 0, len(_BINS) - 2)
    table, error = [], 0.0
    for number, (low, high) in enumerate(pairwise(_BINS)):
        inside = bins == number
        mass = flat_weights[inside].sum()
        if mass == 0:
            continue  # the bin is empty
        mean, observed = (float((values * flat_weights)[inside].sum() / mass) for values in (predicted, truth))
        error += abs(mean - observed) * mass / flat_weights.sum()
        table.append({"from": low, "to": high, "count": int(inside.sum()), "predicted": mean, "observed": observed})
    return {
        "expected_calibration_error": error,
        "expected_tags": float((predicted * flat_weights).sum()),
        "observed_tags": float((truth * flat_weights).sum()),
        "reliability": table,
    }


def tags_by_probability(
    truth: NDArray[np.bool_], probabilities: NDArray[np.float64], tagged: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Count all tags and the right tags in each fifth of the range of probabilities.

    All arrays have shape (sentences, labels).
    """
    # Round first, because reports show probabilities with two digits. 1e-9 absorbs errors of floating point.
    fifth = np.clip((np.round(probabilities, 2) * 5 + 1e-9).astype(int), 0, 4)
    inside = [tagged & (fifth == step) for step in range(5)]
    return [
        {"from": step / 5, "to": (step + 1) / 5, "tags": int(tags.sum()), "right": int((tags & truth).sum())}
        for step, tags in enumerate(inside)
    ]
