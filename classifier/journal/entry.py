"""Defines the results of reading: an `Entry`, or an `Unreadable` with the reason why there is no entry."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One journal entry.

    Parameters
    ----------
    id
        The id in the file. If the file gives none, the file's name and the number of the entry, such as `diary:3`.
        If a row has several texts, each id ends with the name of its column, such as `diary:3:Thought`.
    text
        The text of the entry, which offsets point into. In a text file with one entry and in tables, it is the decoded
        content, including front matter and line breaks. So an offset is the same in the file's content. An entry of a
        file with several dated entries is the text below its heading, or after its time stamp. In a format whose text
        is extracted (documents, web pages, e-mail, PDF, Evernote, and apps that write HTML), it is the extracted text.
        A lone surrogate, which JSON can contain, is replaced by U+FFFD.
    date
        The date of the entry. None if the file gives none, or none that can be read without guessing.
    author
        The person who wrote the entry or whom it is about. If the file names nobody, the first folder below the folder
        that was given, such as `anna` for `journals/anna/monday.txt`. None if there is no such folder.
    source
        The place of the entry: `diary.txt` for a whole file, `diary.csv:12` for the row or entry that starts on line
        12 of the file or of the extracted text, `diary.parquet:12` for row 12, `diary.json:12` for object 12,
        `diary.mbox:12` for message 12, `diary.mbox:12:3` for the entry on line 3 of its text, `diary.xlsx:12` or
        `diary.xlsx sheet 2:12` for row 12 of a sheet, or `diary.zip/Journal.json:12` for a file in an archive. The
        first of each has number 1.
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
    """A file or row that could not be read, or a file whose dates could not be read.

    Parameters
    ----------
    source
        The place of the file or row, in the form of `Entry.source`.
    problem
        The reason why it could not be read. `source` followed by `problem` makes one sentence.
    """

    source: str
    problem: str

    def as_dict(self) -> dict[str, object]:
        """Return plain data: the file, the line or row number (None for a whole file), and the reason."""
        file, _, row = self.source.rpartition(":")
        place = {"source": file, "row": int(row)} if file and row.isdecimal() else {"source": self.source, "row": None}
        return {**place, "reason": self.problem}


class FileProblem(Exception):
    """A whole file, or the rest of it, cannot be read.

    Raised only inside this package, where `reader` turns it into an `Unreadable`. The message completes a sentence that
    begins with the file's name, such as "is empty; expected at least one entry".
    """
