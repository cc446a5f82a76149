"""What reading gives: an `Entry`, or an `Unreadable` with the reason in place of one."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One journal entry.

    Parameters
    ----------
    id
        As given in the file, or else made from the file's name and the number of the entry.
    text
        The decoded content, including front matter and line breaks, so that offsets into it are offsets into the
        file's text. A lone surrogate, which JSON can contain, is replaced by U+FFFD.
    date
        None where the file gives no ISO 8601 date.
    author
        Who wrote it or whom it is about; None where the file does not say.
    source
        `file`, or `file:line` with the line on which the row starts. Lines, and rows of Parquet, count from 1.
    """

    id: str
    text: str
    date: datetime.date | None
    author: str | None
    source: str

    def __repr__(self) -> str:
        return f"Entry(id={self.id!r}, source={self.source!r}, length={len(self.text)})"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or row that could not be read.

    Parameters
    ----------
    source
        As in `Entry`.
    problem
        The reason. Together, `source` and `problem` make one sentence.
    """

    source: str
    problem: str

    def as_dict(self) -> dict[str, object]:
        """Return the file, the line or row in it (None for the whole file), and the reason."""
        file, _, row = self.source.rpartition(":")
        place = {"source": file, "row": int(row)} if file and row.isdecimal() else {"source": self.source, "row": None}
        return {**place, "reason": self.problem}


class FileProblem(Exception):
    """A whole file, or the rest of it, cannot be read.

    Only for use inside this folder: `reader` turns it into an `Unreadable`. The message completes a sentence that
    begins with the file's name, such as "is empty; expected at least one entry".
    """
