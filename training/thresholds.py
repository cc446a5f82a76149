"""Out-of-fold probabilities in, one threshold for each operating point out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from classifier.pipeline import Classifier

OPERATING_POINTS = {"balanced": 1.0, "sensitive": 2.0}
"""The operating points, and the beta of the F-measure that each maximizes: recall counts beta times as much as
precision (van Rijsbergen 1979)."""

Thresholds = Mapping[str, NDArray[np.float64]]
"""By operating point, the lowest probability of a tag: shape (labels,), or (sentences, labels)."""


def thresholds_of(classifier: Classifier) -> Thresholds:
    """Return the thresholds of a trained model, in the order of its labels."""
    return {
        name: np.array([point[label] for label in classifier.labels])
        for name, point in classifier.operating_points.items()
    }


def tags_at(thresholds: Thresholds, probabilities: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Return which labels are given at each operating point; shape (sentences, labels)."""
    return {name: probabilities >= lowest for name, lowest in thresholds.items()}


def choose_threshold(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> float:
    """Return the threshold that maximizes the expected weighted F-measure over all labels together.

    For calibrated probabilities it is F* / (1 + beta^2), where F* is the highest F-measure (Lipton et al. 2014,
    arXiv:1402.1892, for F1). F* is stable from one corpus to the next. The threshold at which it is reached is not,
    because the measure is flat around it. All labels share one threshold: the probabilities are calibrated over all of
    them, and a hundred tags are too few to choose one per label (docs/records/experiments.md).

    Parameters
    ----------
    labels
        Shape (sentences, labels), at least one true.
    probabilities
        Calibrated, out of fold; same shape.
    weights
        How often each sentence would occur in real writing, shape (sentences,).
    beta
        Of the F-measure.
    """
    highest, _ = _best(labels, probabilities, weights, beta)
    return highest / (1 + beta**2)


def best_threshold(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> float:
    """Return where the F-measure is highest, for probabilities that are not calibrated; parameters as above."""
    _, threshold = _best(labels, probabilities, weights, beta)
    return threshold


def _best(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], beta: float
) -> tuple[float, float]:
    """Return the highest weighted F-measure, and its threshold, halfway to the next lower probability."""
    target, weight = labels.ravel(), np.repeat(weights, labels.shape[1])
    order = np.argsort(-probabilities, axis=None, kind="stable")
    ranked = probabilities.ravel()[order]
    right = np.cumsum((target * weight)[order])
    tagged = np.cumsum(weight[order])
    # Of the i most probable ones: right[i] true positives, tagged[i] predictions, right[-1] true cases.
    f_measure = (1 + beta**2) * right / (tagged + beta**2 * right[-1])
    f_measure[:-1][ranked[:-1] == ranked[1:]] = -1  # no threshold separates equal probabilities
    best = int(f_measure.argmax())
    after = min(best + 1, len(order) - 1)
    return float(f_measure[best]), float((ranked[best] + ranked[after]) / 2)
