"""The values that preprocessing hands on: sentences made of terms, with no trace of spaCy; and its own notes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Term(NamedTuple):
    """A word, a folded word class or a cue, and where it stands.

    `start` and `end` count Unicode code points of the entry's text.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Terms(Sequence[Term]):
    """Terms in the order of the text, as columns, which are cut and counted far quicker than the terms one by one."""

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
        found = self.texts[index], self.starts[index], self.ends[index]
        return Terms(*found) if isinstance(index, slice) else Term(*found)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        """Their number only: a journal's words stay out of logs and tracebacks."""
        return f"Terms({len(self)})"

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Terms:
        """Return terms as columns."""
        return cls(*zip(*found, strict=True)) if (found := list(terms)) else cls((), (), ())

    def within(self, start: int, end: int) -> Terms:
        """Return those that lie between two offsets of the entry's text."""
        run = self[bisect_left(self.starts, start) : bisect_left(self.starts, end)]
        return run if max(run.ends, default=end) <= end else Terms.of(term for term in run if term.end <= end)


@dataclass(frozen=True, slots=True)
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
    norms
        The norm of each token.
    folds
        Word classes and quantities.
    cues
        Cues, and what they reach.
    """

    text: str
    norms: list[str] = field(default_factory=list)
    folds: list[Mark] = field(default_factory=list)
    cues: list[Mark] = field(default_factory=list)

    def reaching(self, name: str) -> list[Mark]:
        """Return the cues of one name."""
        return [cue for cue in self.cues if cue.name == name]


def noted(doc: Doc, text: str) -> Doc:
    """Open the notes of a doc with this text."""
    doc.user_data["mindmark"] = Notes(text)
    return doc


def notes(doc: Doc) -> Notes:
    """Return the notes of a doc."""
    found: Notes = doc.user_data["mindmark"]
    return found
