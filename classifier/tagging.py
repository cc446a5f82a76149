"""Decides which sentences get tags, and computes the probabilities of the whole entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["tagged", "no_tags", "cannot_judge"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of words that raised the probability of a tag.

    start, end
        The offsets of the words in the entry's text, in code points.
    weight
        The amount that these words add to the log-odds of the label.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Tag:
    """A label that the model gives to a sentence.

    probability, threshold
        Both are from 0 to 1. The probability is at least the threshold.
    start, end
        The sentence is `text[start:end]` of the entry, in code points.
    evidence
        The words that raised the probability. Empty if the option `evidence` is off.
    """

    label: str
    probability: float
    threshold: float
    start: int
    end: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedEntry:
    """The result for one entry. It contains offsets but never the text of the entry.

    id
        The id of the entry. None if the caller gave no id.
    status
        `tagged`, `no_tags` or `cannot_judge`. `cannot_judge` does not mean that the entry has no tags.
    reason
        The reason why the entry cannot be judged (`language.Reason`). None for other entries.
    probabilities
        The probability for the whole entry by label id (see `roll_up`). Empty if the entry cannot be judged.
    model
        The version of the model.
    any_label
        The probability that at least one sentence has a label (see `any_label`). Sort by it to read the most likely
        entries first. None if the entry cannot be judged.
    """

    id: str | None
    status: Status
    reason: str | None
    tags: tuple[Tag, ...]
    probabilities: Mapping[str, float]
    model: str
    any_label: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, as a line of JSONL or an answer of the API contains it."""
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
    """Return the sentence number and label number of each probability that is at least its threshold.

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

    So the entry reaches a threshold exactly if one of its sentences does. The probability that any sentence has the
    label, 1 - prod(1 - p), is not used, because every harmless sentence of a long entry would raise it.

    Parameters
    ----------
    probabilities
        Shape (sentences, labels).
    labels
        Label ids in the order of the columns.
    """
    return dict(zip(labels, probabilities.max(axis=0).tolist(), strict=True))


def any_label(probabilities: NDArray[np.floating]) -> float:
    """Return the probability that at least one sentence of the entry has a label.

    It uses the most likely label of each sentence, and assumes that sentences are independent of each other. As a
    probability, the result is too high for long entries. For sorting entries, it was better than the probability of the
    most likely sentence alone (docs/records/experiments.md).

    Parameters
    ----------
    probabilities
        Shape (sentences, labels), from 0 to 1.
    """
    return float(1 - np.prod(1 - probabilities.max(axis=1)))
