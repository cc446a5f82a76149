"""The values that preprocessing hands on: sentences made of terms, with no trace of spaCy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Term(NamedTuple):
    """A word, a folded word class or a cue, and where it stands.

    `start` and `end` count Unicode code points of the entry's text.
    """

    text: str
    start: int
    end: int


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
    words: tuple[Term, ...]
    folded: tuple[Term, ...]
    cues: tuple[Term, ...]

    def __repr__(self) -> str:
        """Offsets only: a journal's words stay out of logs and tracebacks."""
        return f"Sentence(start={self.start}, end={self.end})"
