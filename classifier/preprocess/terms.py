"""The values that preprocessing hands on: sentences made of terms, with no trace of spaCy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple, overload


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
