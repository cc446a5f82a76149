"""Probabilities and thresholds in, tags out: sentence by sentence, then rolled up to the entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["tagged", "no_tags", "cannot_judge"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that spoke for a tag.

    start, end
        Offsets in the entry's text, in code points.
    weight
        What these words add to the log-odds of the label, by the model's own weights.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Tag:
    """A label given to a sentence, which is `text[start:end]` of the entry (code points)."""

    label: str
    probability: float
    threshold: float
    start: int
    end: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedEntry:
    """What the classifier says of one entry. It holds offsets, never the text.

    status
        `tagged`, `no_tags`, or `cannot_judge` with its `reason`: silence is not health.
    probabilities
        Label id and probability at entry level: that of the entry's likeliest sentence. Empty where
        the entry cannot be judged.
    model
        Version of the model that judged.
    any_label
        Chance that any sentence has a label, by which entries are best put in order for reading; see `any_label`. None
        where the entry cannot be judged.
    """

    id: str | None
    status: Status
    reason: str | None
    tags: tuple[Tag, ...]
    probabilities: Mapping[str, float]
    model: str
    any_label: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as one line of JSONL, and as one entry of the endpoint's answer."""
        return {
            "id": self.id,
            "status": self.status,
            "reason": self.reason,
            "tags": [
                {
                    "label": tag.label,
                    "probability": round(tag.probability, 4),
                    "threshold": round(tag.threshold, 4),
                    "start": tag.start,
                    "end": tag.end,
                    "evidence": [{"start": e.start, "end": e.end, "weight": round(e.weight, 3)} for e in tag.evidence],
                }
                for tag in self.tags
            ],
            "any_label": None if self.any_label is None else round(self.any_label, 4),
            "probabilities": {label: round(p, 4) for label, p in self.probabilities.items()},
            "model": self.model,
        }


def tagged_cells(probabilities: NDArray[np.floating], thresholds: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Return sentence and label number of each tag: a probability that reaches its threshold.

    Parameters
    ----------
    probabilities
        Shape (sentences, labels), from 0 to 1.
    thresholds
        Shape (labels,).
    """
    rows, columns = np.nonzero(probabilities >= thresholds)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def roll_up(probabilities: NDArray[np.floating], labels: Sequence[str]) -> dict[str, float]:
    """Return the probability of each label for the entry: the highest among its sentences.

    The highest and not the chance of at least one (1 - prod(1 - p)), which counts a long harmless
    entry up to a likely one; and so that an entry has a label exactly when a sentence has it.
    """
    return dict(zip(labels, probabilities.max(axis=0).tolist(), strict=True))


def any_label(probabilities: NDArray[np.floating]) -> float:
    """Return the chance that at least one sentence of the entry has a label.

    It takes each sentence by its likeliest label, and sentences as independent of each other. As a probability it is
    too high for long entries; as an order of what to read first it was better than the likeliest sentence alone
    (docs/experiments.md).

    Parameters
    ----------
    probabilities
        Shape (sentences, labels), from 0 to 1.
    """
    return float(1 - np.prod(1 - probabilities.max(axis=1)))
