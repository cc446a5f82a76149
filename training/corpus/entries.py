"""Defines annotated entries, their spans, and the error for a faulty corpus file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classifier.errors import ThoughtmarkError

EntryKind = Literal["entry", "thought"]
"""`entry` is a diary entry or post. `thought` is a collected thought of one to three sentences."""

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
"""The reasons why a sentence that is easily mistaken for a distortion has no label, each with its description."""


class CorpusError(ThoughtmarkError):
    """A file of annotated entries cannot be used. The message names file and line."""


@dataclass(frozen=True, slots=True)
class AnnotatedSpan:
    """A labelled span of a text. Offsets count code points; the end is exclusive. `labels` are label ids."""

    start: int
    end: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HardSentence:
    """An unlabelled sentence that is easily mistaken for a distortion. `reason` is a key of `REASONS`."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnnotatedEntry:
    """One entry with its annotation.

    profile
        A few words about the writer; empty if unknown.
    group
        Entries of one group are never split between training and test.
    source
        File and line of the entry.
    starts
        Offsets at which the sentences start, if the file divides the text into sentences. If None, the preprocessor
        divides it.
    disputed
        Spans with the labels on which the annotators disagree. All metrics leave out the sentences of these spans that
        have no other label.
    near
        Labels that an unlabelled text was written to resemble. Such a text is called a near miss.
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
        """Leave out the text, so that no log and no debugger shows it."""
        return f"AnnotatedEntry(id={self.id!r}, source={self.source!r})"
