"""Defines `View`: a readable form of a text, with a map back to the text that was given."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Edit(NamedTuple):
    """Replaces the characters from `start` to `end` (exclusive) by `text`, which may be empty."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """The readable form of a given text.

    All offsets count code points, and all ends are exclusive.

    Parameters
    ----------
    text
        The readable text.
    starts, ends
        For each character of `text`: the range of the given text that it stands for.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def __repr__(self) -> str:
        return f"View(length={len(self.text)})"

    @classmethod
    def of(cls, text: str) -> View:
        """Return the view that shows a text unchanged."""
        return cls(text, range(len(text)), range(1, len(text) + 1))

    def edited(self, edits: Iterable[Edit]) -> View:
        """Return the view after some edits, whose offsets count characters of `self.text`.

        Edits are in order and do not overlap. If a replacement is as long as what it replaces, each character stands
        for the one that it replaces. Otherwise each character stands for all that it replaces.
        """
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for start, end, replacement in edits:
            texts += (self.text[position:start], replacement)
            starts += self.starts[position:start]
            ends += self.ends[position:start]
            if len(replacement) == end - start:
                starts += self.starts[start:end]
                ends += self.ends[start:end]
            else:
                first, last = self.given(start, end)
                starts += [first] * len(replacement)
                ends += [last] * len(replacement)
            position = end
        if not texts:
            return self
        texts.append(self.text[position:])
        starts += self.starts[position:]
        ends += self.ends[position:]
        return View("".join(texts), starts, ends)

    def given(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the given text that a range of `text` stands for. An empty range stays empty."""
        if start < end:
            return self.starts[start], self.ends[end - 1]
        place = self.starts[start] if start < len(self.starts) else self.ends[-1] if self.ends else 0
        return place, place

    def position(self, offset: int) -> int:
        """Return the index in `text` of the first character that stands for the given text at or after an offset."""
        return bisect_left(self.starts, offset)
