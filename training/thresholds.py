"""Chooses the threshold of each operating point from out-of-fold probabilities, and applies thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.pipeline import Classifier
from training.corpus.sentences import Sentences

OPERATING_POINTS = {"balanced": 1.0, "sensitive": 2.0}
"""Each operating point, and the beta of the F-measure that its threshold maximizes.

Recall counts beta times as much as precision (van Rijsbergen 1979).
"""

_MIN_TAGS, _MIN_PRECISION = 10, 0.5
"""A label with fewer tags, or with a lower share of right ones among them, is experimental."""

Thresholds = Mapping[str, NDArray[np.float64]]
"""By operating point, the lowest probability at which a label is given. Shape (labels,) or (sentences, labels)."""


def thresholds_of(classifier: Classifier) -> Thresholds:
    """Return the thresholds of a trained model, in the order of its labels.

    Those of experimental labels are infinite, because users do not get these labels by default.
    """
    return {
        name: np.array([np.inf if label in classifier.experimental else point[label] for label in classifier.labels])
        for name, point in classifier.operating_points.items()
    }


def tags_at(thresholds: Thresholds, probabilities: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Return by operating point whether each sentence gets each label, shape (sentences, labels)."""
    return {name: probabilities >= lowest for name, lowest in thresholds.items()}


def choose_thresholds(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> Thresholds:
    """Return the thresholds of all operating points. The parameters are those of `choose_threshold`."""
    weights = np.ones(len(labels)) if weights is None else weights
    return {
        name: np.full(labels.shape[1], choose_threshold(labels, probabilities, weights, beta=beta))
        for name, beta in OPERATING_POINTS.items()
    }


def with_own_thresholds(
    thresholds: Thresholds,
    own: NDArray[np.bool_],
    labels: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    *,
    recall: float = 1.0,
) -> Thresholds:
    """Return thresholds in which some labels have one of their own, chosen for this label alone.

    The shared threshold would give labels that are hard to recognize hardly any tag, and whoever looks for such a label
    wants to see its likeliest sentences.

    Parameters
    ----------
    thresholds
        By operating point, shape (labels,).
    own
        Which labels get a threshold of their own, shape (labels,).
    labels, probabilities
        Those of `choose_threshold`.
    recall
        Factor by which recall counts more than `OPERATING_POINTS` says.
    """
    weights = np.ones(len(labels))
    changed = {}
    for name, shared in thresholds.items():
        changed[name] = shared.copy()
        for j in np.flatnonzero(own & labels.any(axis=0)).tolist():
            one = np.s_[:, j : j + 1]
            beta = recall * OPERATING_POINTS[name]
            changed[name][j] = choose_threshold(labels[one], probabilities[one], weights, beta=beta)
    return changed


def experimental_labels(data: Sentences, tags: NDArray[np.bool_], label_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that cannot be shown to work: too few tags to judge by, or too many wrong ones.

    A tag counts as right if a careful reader would look at the sentence too: it has some label, or is disputed.

    Parameters
    ----------
    data
        Annotated sentences.
    tags
        Whether each sentence gets each label at `balanced`, from models that have not seen the sentence, shape
        (sentences, labels).
    label_ids
        The labels, in the order of the columns.
    """
    right = tags & (data.labels.any(axis=1) | data.disputed)[:, None]
    works = (tags.sum(axis=0) >= _MIN_TAGS) & (right.sum(axis=0) >= _MIN_PRECISION * tags.sum(axis=0))
    return tuple(label for label, shown in zip(label_ids, works.tolist(), strict=True) if not shown)


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
