"""Scratch data that the spaCy components share about a doc."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from spacy.attrs import IDX, IS_SPACE, LENGTH, SENT_START

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Mark(NamedTuple):
    """A word class or a cue on a doc: its name, the index of its first token, and the one after its last."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class Notes:
    """What the components write down of a doc, for each other: plain values, where spaCy's would be made at each look.

    text
        Its text.
    texts, starts, ends, blank
        Of each token: its text, its offsets, and whether it is white space.
    norms
        The norm of each token.
    bounds
        The first token of each sentence, and after them the number of tokens; see `bounded`.
    folds
        Word classes and quantities.
    cues
        Cues, and what they reach.
    """

    text: str
    texts: list[str]
    starts: list[int]
    ends: list[int]
    blank: list[int]
    norms: list[str] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)
    folds: list[Mark] = field(default_factory=list)
    cues: list[Mark] = field(default_factory=list)

    def reaching(self, name: str) -> list[Mark]:
        """Return the cues of one name."""
        return [cue for cue in self.cues if cue.name == name]

    def sentence_start(self, i: int) -> int:
        """Return the index of the first token of the sentence of token `i`."""
        return self.bounds[bisect_right(self.bounds, i) - 1]

    def sentence_end(self, i: int) -> int:
        """Return the index after the last token of the sentence of token `i` that is not white space."""
        number = bisect_right(self.bounds, i)
        start, end = self.bounds[number - 1], self.bounds[number]
        while end > start and self.blank[end - 1]:
            end -= 1
        return end


def noted(doc: Doc, text: str) -> Doc:
    """Open the notes of a doc with this text."""
    starts, lengths, blank = doc.to_array([IDX, LENGTH, IS_SPACE]).astype(int).T.tolist()
    ends = list(map(add, starts, lengths))
    texts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    doc.user_data["thoughtmark"] = Notes(text, texts, starts, ends, blank)
    return doc


def notes(doc: Doc) -> Notes:
    """Return the notes of a doc."""
    found: Notes = doc.user_data["thoughtmark"]
    return found


def bounded(doc: Doc) -> Notes:
    """Return the notes of a doc whose sentences are marked, with their bounds."""
    found = notes(doc)
    if not found.bounds:
        found.bounds = [*np.flatnonzero(doc.to_array(SENT_START) == 1).tolist(), len(doc)]
    return found
