"""Defines the values that preprocessing returns: sentences made of terms. They contain no spaCy objects."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple, overload


class Term(NamedTuple):
    """A word, a word class or a cue, with its offsets in the entry's text, in code points. The end is exclusive."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Terms(Sequence[Term]):
    """A sequence of terms in the order of the text.

    The terms are stored as three columns, because these are much faster to slice and count than single terms. The class
    is mutable for speed: frozen dataclasses take longer to construct. Do not change its values.
    """

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self.texts)

    def __iter__(self) -> Iterator[Term]:
        """Yield each term."""
        return map(Term, self.texts, self.starts, self.ends)

    @overload
    def __getitem__(self, index: int) -> Term: ...
    @overload
    def __getitem__(self, index: slice) -> Terms: ...
    def __getitem__(self, index: int | slice) -> Term | Terms:
        """Return one term, or the terms of a slice."""
        if isinstance(index, slice):
            return Terms(self.texts[index], self.starts[index], self.ends[index])
        return Term(self.texts[index], self.starts[index], self.ends[index])

    def __repr__(self) -> str:
        """Return the number of terms only, so that a journal's words stay out of logs and tracebacks."""
        return f"Terms({len(self)})"

    def where(self, mask: Sequence[bool]) -> Terms:
        """Return the terms whose mask value is true. The mask has one value for each term."""
        return Terms(
            tuple(compress(self.texts, mask)), tuple(compress(self.starts, mask)), tuple(compress(self.ends, mask))
        )

    def within(self, start: int, end: int) -> Terms:
        """Return the terms that lie completely between two offsets in the entry's text."""
        if not self.texts:
            return self
        terms = self[bisect_left(self.starts, start) : bisect_left(self.starts, end)]
        is_inside = [last <= end for last in terms.ends]
        return terms if all(is_inside) else terms.where(is_inside)


@dataclass(slots=True)
class Sentence:
    """One sentence of an entry, or one clause of a sentence. Like `Terms`, the class is mutable only for speed.

    text
        The text of the sentence after `cleaning.clean` has replaced invisible characters.
    start, end
        The sentence is `entry_text[start:end]`. Offsets count code points.
    words
        The normalized words and punctuation, in order.
    folded
        The same words, with two changes. Substances, amounts, clean time and other word classes are replaced by tokens
        such as `<substance>`. Terms in the scope of a negation get the prefix `not:`.
    cues
        The cues in the order of the text. The text of each term is the name of the cue (`negation`, `quoted`, ...).
    """

    text: str
    start: int
    end: int
    words: Terms
    folded: Terms
    cues: Terms

    def __repr__(self) -> str:
        """Return the offsets only, so that a journal's words stay out of logs and tracebacks."""
        return f"Sentence(start={self.start}, end={self.end})"
