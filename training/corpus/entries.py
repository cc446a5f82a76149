"""The values that a corpus is read into: annotated entries, their spans, and the error for a faulty file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classifier.errors import ThoughtmarkError

EntryKind = Literal["entry", "thought"]
"""A diary entry or post, or a collected thought of one to three sentences."""

REASONS = {
    "pain": "pain, craving, grief, anger or fear told as such",
    "answered": "a distortion already answered or seen through",
    "reported": "somebody else's distortion",
    "negated": "a distortion negated, or only supposed",
    "quoted": "a song, a quotation, a slogan",
    "protective": "an absolute that keeps the person safe",
    "experience": "a prediction that experience bears out",
    "stock_phrase": "a stock phrase of relapse by itself",
    "crisis": "distress that needs a person, not a label",
}
"""Why a sentence that is easily mistaken for a distortion has no label."""


class CorpusError(ThoughtmarkError):
    """A file of annotated entries cannot be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class AnnotatedSpan:
    """A labelled part of a text: offsets in code points, and its label ids."""

    start: int
    end: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HardSentence:
    """An unlabelled sentence that is easily mistaken for a distortion: offsets in code points, one of `REASONS`."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnnotatedEntry:
    """One entry with its annotation.

    profile
        The writer in a few words, where known.
    group
        Entries of one group are never split between training and test.
    source
        File and line.
    starts
        Offsets at which the sentences start, for data sets with their own sentence split; else None.
    disputed
        Spans on which the annotators disagree. They are neither right nor wrong and are left out of all figures.
    near
        Labels that an untagged text was written to resemble (a near miss).
    untagged
        Unlabelled sentences that are easily mistaken for a distortion.
    """

    id: str
    kind: EntryKind
    text: str
    profile: str
    group: str
    spans: tuple[AnnotatedSpan, ...]
    source: str
    starts: tuple[int, ...] | None = None
    disputed: tuple[AnnotatedSpan, ...] = ()
    near: tuple[str, ...] = ()
    untagged: tuple[HardSentence, ...] = ()

    def __repr__(self) -> str:
        """Without the text, so that no log and no debugger shows it."""
        return f"AnnotatedEntry(id={self.id!r}, source={self.source!r})"
