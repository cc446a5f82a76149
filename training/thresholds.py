"""Chooses the threshold of each operating point from out-of-fold probabilities, and applies thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from classifier.pipeline import Classifier

OPERATING_POINTS = {"balanced": 1.0, "sensitive": 2.0}
"""Each operating point, and the beta of the F-measure that its threshold maximizes.

Recall counts beta times as much as precision (van Rijsbergen 1979).
"""

Thresholds = Mapping[str, NDArray[np.float64]]
"""By operating point, the lowest probability at which a label is given. Shape (labels,) or (sentences, labels)."""


def thresholds_of(classifier: Classifier) -> Thresholds:
    """Return the thresholds of a trained model, in the order of its labels."""
    return {
        name: np.array([point[label] for label in classifier.labels])
        for name, point in classifier.operating_points.items()
    }


def tags_at(thresholds: Thresholds, probabilities: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Return by operating point whether each sentence gets each label, shape (sentences, labels)."""
    return {name: probabilities >= lowest for name, lowest in thresholds.items()}


def choose_threshold(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> float:
    """Return the threshold that maximizes the expected weighted F-measure over all labels together.

    For calibrated probabilities, this threshold is F* / (1 + beta^2), where F* is the highest F-measure (Lipton et al.
    2014, arXiv:1402.1892, for F1). The function computes the threshold from F*, because F* is stable from one corpus to
    the next. The position of the maximum is not stable, because the F-measure is flat around it. All labels share one
    threshold: the probabilities are calibrated over all labels together, and a hundred labelled sentences are too few
    to choose a threshold per label (docs/records/experiments.md).

    Parameters
    ----------
    labels
        Shape (sentences, labels). At least one value must be true.
    probabilities
        Calibrated out-of-fold probabilities, shape (sentences, labels).
    weights
        How often each sentence would occur in real writing, shape (sentences,).
    beta
        How many times as much recall counts as precision.
    """
    highest, _ = _best(labels, probabilities, weights, beta)
    return highest / (1 + beta**2)


def best_threshold(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], *, beta: float
) -> float:
    """Return the threshold with the highest F-measure, for uncalibrated probabilities.

    The parameters are those of `choose_threshold`.
    """
    _, threshold = _best(labels, probabilities, weights, beta)
    return threshold


def _best(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64], beta: float
) -> tuple[float, float]:
    """Return the highest weighted F-measure and its threshold.

    The threshold is halfway between the lowest probability that gets a tag and the next lower one.
    """
    target, weight = labels.ravel(), np.repeat(weights, labels.shape[1])
    order = np.argsort(-probabilities, axis=None, kind="stable")
    ranked = probabilities.ravel()[order]
    right = np.cumsum((target * weight)[order])
    tagged = np.cumsum(weight[order])
    # If all pairs of sentence and label down to rank i get a tag: right[i] are true positives, tagged[i] are
    # predictions. right[-1] are all true cases.
    f_measure = (1 + beta**2) * right / (tagged + beta**2 * right[-1])
    f_measure[:-1][ranked[:-1] == ranked[1:]] = -1  # no threshold separates equal probabilities
    best = int(f_measure.argmax())
    after = min(best + 1, len(order) - 1)
    return float(f_measure[best]), float((ranked[best] + ranked[after]) / 2)
