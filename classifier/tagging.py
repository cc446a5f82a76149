"""Probabilities of sentences and thresholds in, tags and the probabilities of the entry out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["tagged", "no_tags", "cannot_judge"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that raised the probability of a tag.

    start, end
        Offsets in the entry's text, in code points.
    weight
        What these words add to the log-odds of the label, according to the model's weights.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of a sentence.

    probability, threshold
        From 0 to 1. The probability is at least the threshold.
    start, end
        The sentence is `text[start:end]` of the entry, in code points.
    evidence
        Empty where it was not asked for.
    """

    label: str
    probability: float
    threshold: float
    start: int
    end: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedEntry:
    """The result for one entry. It contains offsets and never the text.

    id
        Id of the entry; None where the caller gave none.
    status
        `tagged`, `no_tags` or `cannot_judge`. An entry that was not judged is not the same as an entry without tags.
    reason
        Why the entry cannot be judged (`language.Reason`); None for other entries.
    probabilities
        Label id and its probability for the entry, see `roll_up`. Empty where the entry cannot be judged.
    model
        Version of the model.
    any_label
        Probability that at least one sentence has a label, see `any_label`. To read the most likely entries first,
        sort by it. None where the entry cannot be judged.
    """

    id: str | None
    status: Status
    reason: str | None
    tags: tuple[Tag, ...]
    probabilities: Mapping[str, float]
    model: str
    any_label: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data: one line of JSONL, or one entry in the endpoint's answer."""
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
    """Return the sentence and label numbers of each tag: each probability that is at least its threshold.

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

    The probability of at least one tagged sentence, 1 - prod(1 - p), would grow with every harmless sentence of a long
    entry. With the highest one, the entry reaches a threshold exactly when one of its sentences does.

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
    probability it is too high for long entries. As an order of what to read first it was better than the most likely
    sentence alone (docs/records/experiments.md).

    Parameters
    ----------
    probabilities
        Shape (sentences, labels), from 0 to 1.
    """
    return float(1 - np.prod(1 - probabilities.max(axis=1)))
