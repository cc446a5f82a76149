"""Lines in, rows out: delimited tables, and which of their columns holds the text, the id, the date, the author."""

from __future__ import annotations

import csv
import itertools
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from classifier.journal.decoding import LONGEST, DecodingError, Line

# Usual names in the order of preference, as `_plain` writes them.
_TEXT = (
    *("text", "entry", "entry text", "journal", "journal entry", "content", "body", "note", "notes"),
    *("message", "post", "selftext", "question", "patient question"),
)
_ID = ("id", "entry id", "id number", "uuid")
_DATE = ("date", "entry date", "datetime", "created at", "created", "timestamp", "day")
_AUTHOR = ("author", "user", "username", "writer", "patient", "client")

_DELIMITERS = "\t;,"  # where two fit the header equally, the comma is the likelier to be part of a name
_NO_DELIMITER = "\0"  # for a table of one column: lines that hold it are flawed and never get here
_HEADER_LINES = 20

# A cell that may stand in a message as a column name: of a table without a header, the first row is text.
_NAME = re.compile(r"(?!(?:\S+\s+){4})[^\W\d][\w ()/-]{0,31}")
_QUOTES = "has a quotation mark that is not closed or not doubled; put the text in quotation marks, doubling its own"


class Asked(NamedTuple):
    """The columns that the caller names."""

    text: str | None = None
    id: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, and the names of those that hold what an entry needs."""

    names: tuple[str, ...]
    text: str | None
    id: str | None
    date: str | None
    author: str | None

    @classmethod
    def among(cls, names: Sequence[str], asked: Asked) -> Columns:
        """Choose the columns that are asked for, or else those with the usual names; case does not matter."""
        plain = {_plain(name): name for name in reversed(names)}

        def pick(wanted: str | None, usual: Sequence[str]) -> str | None:
            if wanted in names:
                return wanted
            return next((plain[name] for name in ([_plain(wanted)] if wanted else usual) if name in plain), None)

        return cls(
            names=tuple(names),
            text=pick(asked.text, _TEXT),
            id=pick(asked.id, _ID),
            date=pick(asked.date, _DATE),
            author=pick(None, _AUTHOR),
        )

    def __str__(self) -> str:
        """Name the columns in a message, unless they may be a journal's text."""
        names = [name for name in self.names if name]
        if all(map(_NAME.fullmatch, names)):
            return f"its columns are {', '.join(map(repr, names))}"
        return f"its {len(self.names)} columns have no plain names; the first row must hold the names"


class Row(NamedTuple):
    """A row of a table. `line` is that on which it starts; a row with a `flaw` has no cells."""

    line: int
    cells: list[str]
    flaw: str | None = None


def read_table(lines: Iterator[Line], asked: Asked) -> tuple[Columns, Iterator[Row]]:
    """Return the columns that the header names, and an iterator over the rows below it that are not empty.

    Raises
    ------
    DecodingError
        There is no header, or it is flawed.
    """
    # The limit is one for the whole process, so it is raised and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    first = list(itertools.islice(lines, _HEADER_LINES))
    rows = _rows(itertools.chain(first, lines), _delimiter([line.text for line in first]))
    header = next((row for row in rows if row.flaw or not _is_blank(row.cells)), None)
    if header is None:
        raise DecodingError("is empty; expected a first row with the names of the columns")
    if header.flaw:
        raise DecodingError(f"has a header that {header.flaw}")
    names = tuple(map(str.strip, header.cells))
    columns = Columns.among(names, asked)
    if not (asked.text or columns.text or columns.id or columns.date) and len(names) == 1 and _NAME.fullmatch(names[0]):
        columns = replace(columns, text=names[0])
    return columns, _fitting(rows, len(names))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(map(str.strip, cells))


def _fitting(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for row in rows:
        if row.flaw:
            yield row
        elif width > 1 and _is_blank(row.cells):
            continue  # spreadsheets export the empty rows below a table
        elif len(row.cells) < width or not _is_blank(row.cells[width:]):
            flaw = f"has {len(row.cells)} cells where the header has {width}; put quotation marks around the text"
            yield Row(row.line, [], flaw)
        else:
            yield Row(row.line, row.cells[:width])


def _delimiter(first: Sequence[str]) -> str:
    """Return what cuts the header into most columns. Below it is prose, which misleads `csv.Sniffer`."""

    def width(delimiter: str) -> int:
        try:
            return len(next(filter(None, csv.reader(first, delimiter=delimiter)), []))
        except csv.Error:
            return 0

    best = max(_DELIMITERS, key=width)
    return best if width(best) > 1 else _NO_DELIMITER


def _rows(lines: Iterator[Line], delimiter: str) -> Iterator[Row]:
    """Parse one row at a time, strictly, and after a broken one go on with the line below its first.

    A quotation mark that is never closed would otherwise swallow the rows that follow.
    """
    again: deque[Line] = deque()
    while True:
        taken: list[Line] = []
        try:
            cells = next(csv.reader(_take(again, lines, taken), delimiter=delimiter, strict=True), None)
        except csv.Error:
            again.extendleft(reversed(taken[1:]))
            yield Row(taken[0].number, [], taken[0].flaw or _QUOTES)
            continue
        if cells is None:
            return
        flaw = next((line.flaw for line in taken if line.flaw), None)
        if flaw or cells:
            yield Row(taken[0].number, [] if flaw else cells, flaw)


def _take(again: deque[Line], lines: Iterator[Line], taken: list[Line]) -> Iterator[str]:
    length = 0
    while (line := again.popleft() if again else next(lines, None)) is not None:
        taken.append(line)
        length += len(line.text)
        if length > LONGEST:
            raise csv.Error
        yield line.text
