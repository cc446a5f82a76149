"""The values that preprocessing hands on: sentences made of terms, with no trace of spaCy; and its own notes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import add
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
from spacy.attrs import IDX, IS_SPACE, LENGTH, SENT_START

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Term(NamedTuple):
    """A word, a folded word class or a cue, and where it stands.

    `start` and `end` count Unicode code points of the entry's text.
    """

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Terms(Sequence[Term]):
    """Terms in the order of the text, as columns, which are cut and counted far quicker than the terms one by one.

    Not frozen, as they should be, since the checks of that would take longer than all else about them.
    """

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.texts)

    def __iter__(self) -> Iterator[Term]:
        """Yield each as a `Term`."""
        return map(Term, self.texts, self.starts, self.ends)

    @overload
    def __getitem__(self, index: int) -> Term: ...
    @overload
    def __getitem__(self, index: slice) -> Terms: ...
    def __getitem__(self, index: int | slice) -> Term | Terms:
        """Return one, or a run of them."""
        if isinstance(index, slice):
            return self.run(index)
        return Term(self.texts[index], self.starts[index], self.ends[index])

    def run(self, run: slice) -> Terms:
        """Return a run of them."""
        return Terms(self.texts[run], self.starts[run], self.ends[run])

    def chosen(self, chosen: Sequence[bool]) -> Terms:
        """Return those that are chosen."""
        return Terms(
            tuple(compress(self.texts, chosen)),
            tuple(compress(self.starts, chosen)),
            tuple(compress(self.ends, chosen)),
        )

    def __repr__(self) -> str:
        """Their number only: a journal's words stay out of logs and tracebacks."""
        return f"Terms({len(self)})"

    def within(self, start: int, end: int) -> Terms:
        """Return those that lie between two offsets of the entry's text."""
        if not self.texts:
            return self
        run = self.run(slice(bisect_left(self.starts, start), bisect_left(self.starts, end)))
        inside = [last <= end for last in run.ends]
        return run if all(inside) else run.chosen(inside)


@dataclass(slots=True)
class Sentence:
    """One sentence of an entry; `entry_text[start:end] == text`.

    words
        Normalized words and punctuation, in order.
    folded
        The same stream with substances, amounts, clean time and other word classes folded into
        common tokens such as `<substance>`, and with terms under a negation marked `not:`.
    cues
        Linguistic markers found in the sentence (`negation`, `quoted`, `distancing`, ...), in order
        of their place; the text of a cue term is the name of the cue.
    """

    text: str
    start: int
    end: int
    words: Terms
    folded: Terms
    cues: Terms

    def __repr__(self) -> str:
        """Offsets only: a journal's words stay out of logs and tracebacks."""
        return f"Sentence(start={self.start}, end={self.end})"


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
    doc.user_data["mindmark"] = Notes(text, texts, starts, ends, blank)
    return doc


def notes(doc: Doc) -> Notes:
    """Return the notes of a doc."""
    found: Notes = doc.user_data["mindmark"]
    return found


def bounded(doc: Doc) -> Notes:
    """Return the notes of a doc whose sentences are marked, with their bounds."""
    found = notes(doc)
    if not found.bounds:
        found.bounds = [*np.flatnonzero(doc.to_array(SENT_START) == 1).tolist(), len(doc)]
    return found
