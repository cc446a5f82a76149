"""Labels and probabilities in, figures out: what `thoughtmark evaluate` prints, as plain data.

All are computed with scikit-learn where it has them. Sentences that annotators dispute are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, precision_recall_fscore_support, roc_auc_score

from training.corpus.entries import Sentences

_BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
"""Bounds of the reliability table; finer where rare labels have their probabilities."""


def measure(
    data: Sentences,
    probabilities: NDArray[np.float64],
    thresholds: Mapping[str, NDArray[np.float64]],
    label_ids: Sequence[str],
) -> dict[str, Any]:
    """Measure probabilities against annotated sentences.

    Parameters
    ----------
    data
        The annotated sentences.
    probabilities
        Shape (sentences, labels).
    thresholds
        Operating point and its thresholds, shape (labels,). For cross-validation each sentence may
        have thresholds of its own: shape (sentences, labels).
    label_ids
        Names of the columns.
    """
    tagged_any = any_label(data.labels)
    strongest = probabilities.max(axis=1)
    kept = ~data.disputed
    entry_labels, entry_probabilities = by_entry(data, data.labels), by_entry(data, probabilities)
    entry_any, entry_chance = any_label(entry_labels), chance_by_entry(data, probabilities)
    in_dispute = np.isin(np.unique(data.entries[kept]), data.entries[data.disputed])
    untagged_entry = ~entry_any & ~in_dispute
    return {
        "counts": {
            "entries": len(entry_any),
            "sentences": int(kept.sum()),
            "tagged_sentences": int(tagged_any[kept].sum()),
            "disputed_sentences": int(data.disputed.sum()),
        },
        "tagged_at_all": {
            "sentence_auc": _auc(tagged_any[kept], strongest[kept]),
            "sentence_ap": _ap(tagged_any[kept], strongest[kept]),
            "entry_auc": _auc(entry_any, entry_chance),
            "entry_ap": _ap(entry_any, entry_chance),
        },
        "operating_points": {
            name: _at(data, probabilities >= bounds, kept, untagged_entry, entry_labels)
            | {
                "by_probability": _by_probability(
                    data.labels[kept], probabilities[kept], (probabilities >= bounds)[kept]
                )
            }
            for name, bounds in thresholds.items()
        },
        "labels": {
            label: {
                "sentence_ap": _ap(data.labels[kept, j], probabilities[kept, j]),
                "entry_ap": _ap(entry_labels[:, j], entry_probabilities[:, j]),
            }
            | {
                name: _of_label(data.labels[kept, j], (probabilities >= bounds)[kept, j])
                for name, bounds in thresholds.items()
            }
            for j, label in enumerate(label_ids)
        },
        "calibration": calibration(data.labels[kept], probabilities[kept]),
    }


def _at(
    data: Sentences,
    tagged: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    untagged_entry: NDArray[np.bool_],
    entry_labels: NDArray[np.bool_],
) -> dict[str, Any]:
    truth, tagged_kept = data.labels[kept], tagged[kept]
    tagged_entry = by_entry(data, tagged)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, tagged_kept, average="micro", zero_division=0.0)
    return {
        "tags": int(tagged_kept.sum()),
        "micro_precision": float(precision),
        "micro_recall": float(recall),
        "micro_f1": float(f1),
        "macro_f1": float(f1_score(truth, tagged_kept, average="macro", zero_division=0.0)),
        "any_tag": _of_label(any_label(truth), any_label(tagged_kept)),
        "entry_micro_f1": float(f1_score(entry_labels, tagged_entry, average="micro", zero_division=0.0)),
        "entry_any_tag": _of_label(any_label(entry_labels), any_label(tagged_entry)),
        "over_flagging": float(any_label(tagged_entry)[untagged_entry].mean()) if untagged_entry.any() else None,
    }


def _by_probability(
    truth: NDArray[np.bool_], probabilities: NDArray[np.float64], tagged: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """How many tags there are in each fifth of the probabilities, and how many of them are right."""
    fifth = np.clip((np.round(probabilities, 2) * 5 + 1e-9).astype(int), 0, 4)
    return [
        {
            "from": step / 5,
            "to": (step + 1) / 5,
            "tags": int((tagged & (fifth == step)).sum()),
            "right": int((tagged & truth & (fifth == step)).sum()),
        }
        for step in range(5)
    ]


def _of_label(truth: NDArray[np.bool_], tagged: NDArray[np.bool_]) -> dict[str, Any]:
    precision, recall, f1, _ = precision_recall_fscore_support(truth, tagged, average="binary", zero_division=0.0)
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1), "support": int(truth.sum())}


def calibration(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> dict[str, Any]:
    """Compare probabilities with the share of tags that they came with, over all labels together.

    Parameters
    ----------
    labels, probabilities
        Shape (sentences, labels).
    weights
        Of each sentence, shape (sentences,); by default all alike.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    flat_weights = np.repeat(weights, labels.shape[1])
    truth, predicted = labels.ravel(), probabilities.ravel()
    bins = np.clip(np.digitize(predicted, _BINS) - 1, 0, len(_BINS) - 2)
    table = []
    error = 0.0
    for number in range(len(_BINS) - 1):
        inside = bins == number
        mass = flat_weights[inside].sum()
        if mass == 0:
            continue
        mean = float((predicted * flat_weights)[inside].sum() / mass)
        share = float((truth * flat_weights)[inside].sum() / mass)
        error += abs(mean - share) * mass / flat_weights.sum()
        table.append(
            {
                "from": _BINS[number],
                "to": _BINS[number + 1],
                "count": int(inside.sum()),
                "predicted": mean,
                "observed": share,
            }
        )
    return {
        "expected_calibration_error": error,
        "expected_tags": float((predicted * flat_weights).sum()),
        "observed_tags": float((truth * flat_weights).sum()),
        "reliability": table,
    }


def any_label(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any column of a row is true, shape (rows,)."""
    return np.asarray(values.any(axis=1))


def by_entry(data: Sentences, values: NDArray[Any]) -> NDArray[Any]:
    """The highest value of each column among the sentences of each entry that are not disputed.

    Shape (entries, columns), for the entries that have such sentences.
    """
    kept = ~data.disputed
    numbers, owner = np.unique(data.entries[kept], return_inverse=True)
    highest = np.zeros((len(numbers), values.shape[1]), dtype=values.dtype)
    np.maximum.at(highest, owner, values[kept])
    return highest


def chance_by_entry(data: Sentences, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """`classifier.tagging.any_label` of each entry that has sentences not disputed, of these; shape (entries,)."""
    kept = ~data.disputed
    owner = np.unique(data.entries[kept], return_inverse=True)[1]
    none = np.log1p(-np.minimum(probabilities[kept].max(axis=1), 1 - 1e-12))
    return np.asarray(-np.expm1(np.bincount(owner, weights=none)))


def _auc(truth: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> float | None:
    return float(roc_auc_score(truth, probabilities)) if 0 < truth.sum() < len(truth) else None


def _ap(truth: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> float | None:
    return float(average_precision_score(truth, probabilities)) if truth.any() else None
