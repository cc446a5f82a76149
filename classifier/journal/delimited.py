"""Reads entries from CSV and TSV files, one from each row."""

from __future__ import annotations

import csv
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from classifier.journal.columns import (
    ColumnOptions,
    Columns,
    choose_table_columns,
    date_of,
    entries_of,
    no_text_column,
    text_not_read,
    with_prose,
)
from classifier.journal.dates import Dates, is_day_first
from classifier.journal.decoding import MAX_CHARACTERS, DecodedLine, read_lines
from classifier.journal.entry import Entry, FileProblem, Unreadable

_DELIMITERS = "\t;,"  # on a tie the first one wins; the comma is last, because it may also occur inside a column name
_NO_DELIMITER = "\0"  # used for a table of one column; no valid line contains NUL
_HEADER_LINES = 20  # the header is expected within this number of lines

_QUOTES = (
    "has a quotation mark that is not closed or not doubled; put the text in quotation marks, and double every "
    "quotation mark inside it"
)


@dataclass(frozen=True, slots=True, repr=False)
class TableRow:
    """A row of a table.

    Parameters
    ----------
    line
        The number of the line on which the row starts.
    fields
        The row's cells by column name. If several columns have the same name, the cell of the first one. Empty if the
        row cannot be used.
    problem
        The reason why the row cannot be used. None if it can be used.
    """

    line: int
    fields: dict[str, str]
    problem: str | None = None


def read_delimited(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of a table. The parameters are those of `formats.Read`."""
    columns = delimited_columns(stream, wanted)
    if columns.text is None:
        raise FileProblem(no_text_column(columns))
    day_first = wanted.day_first
    if day_first is None and columns.dates:
        stream.seek(0)
        _, rows = read_table(stream, wanted)
        day_first = is_day_first(date for fields in _fields(rows) if (date := date_of(fields, columns)))
    dates = Dates(day_first)
    stream.seek(0)
    _, rows = read_table(stream, wanted)
    for number, row in enumerate(rows, start=1):
        place = f"{source}:{row.line}"
        if row.problem:
            yield Unreadable(place, row.problem)
        else:
            yield from entries_of(row.fields, columns, source=place, default_id=f"{name}:{number}", dates=dates)
    yield from dates.problems(source)
    yield from text_not_read(columns, source)


def delimited_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a table; only a sample of its rows is read."""
    columns, rows = read_table(stream, wanted)
    return with_prose(columns, wanted, _fields(rows))


def read_table(stream: BinaryIO, wanted: ColumnOptions) -> tuple[Columns, Iterator[TableRow]]:
    """Read the header. Return its columns, chosen by name, and an iterator over the rows below. Empty rows are skipped.

    Raises
    ------
    FileProblem
        The file has no header, or the header cannot be parsed.
    """
    # The limit of the `csv` module is 128 KiB by default. Other code of the process shares it, so it is never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    lines = read_lines(stream)
    head = list(itertools.islice(lines, _HEADER_LINES))
    rows = _parse(itertools.chain(head, lines), _delimiter([line.text for line in head]))
    # The first row that is not blank. It is a string if it cannot be parsed (see `_parse`).
    header = next((cells for _, cells in rows if isinstance(cells, str) or not _is_blank(cells)), None)
    if header is None:
        raise FileProblem("is empty; expected a first row with the column names")
    if isinstance(header, str):
        raise FileProblem(f"has a header that {header}")
    names = [name.strip() for name in header]
    return choose_table_columns(names, wanted), _rows(rows, names)


def _fields(rows: Iterator[TableRow]) -> Iterator[dict[str, str]]:
    """Yield the cells of the usable rows up to the end, or up to a `FileProblem`, which is reported later."""
    with suppress(FileProblem):
        yield from (row.fields for row in rows if not row.problem)


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(map(str.strip, cells))


def _delimiter(head: Sequence[str]) -> str:
    """Return the delimiter that splits the header into the most columns, or `_NO_DELIMITER`.

    `csv.Sniffer` is not used, because the commas and semicolons in journal texts mislead it.
    """

    def width(delimiter: str) -> int:
        try:
            return len(next(filter(None, csv.reader(head, delimiter=delimiter)), []))
        except csv.Error:
            return 0

    best = max(_DELIMITERS, key=width)
    return best if width(best) > 1 else _NO_DELIMITER


def _rows(parsed: Iterator[tuple[int, list[str] | str]], names: Sequence[str]) -> Iterator[TableRow]:
    """Yield the rows below the header; `names` are the column names."""
    width = len(names)
    firsts = {name: names.index(name) for name in names}  # index of the first column with each name
    for line, cells in parsed:
        if isinstance(cells, str):  # the reason why the row cannot be parsed
            yield TableRow(line, {}, cells)
        elif width > 1 and _is_blank(cells):
            continue  # spreadsheets export the empty rows below a table
        elif len(cells) < width or not _is_blank(cells[width:]):
            problem = f"has {len(cells)} cells where the header has {width}; put quotation marks around the text"
            yield TableRow(line, {}, problem)
        else:
            yield TableRow(line, {name: cells[i] for name, i in firsts.items()})


def _parse(lines: Iterator[DecodedLine], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the number of the line on which each row starts, and the row's cells or the reason why it cannot be parsed.

    Each row is parsed by a new `csv.reader`. After a row that cannot be parsed, parsing resumes on the line below the
    row's first line. Otherwise a quotation mark that is never closed would swallow all rows that follow.
    """
    again: deque[DecodedLine] = deque()  # lines to parse a second time
    while True:
        taken: list[DecodedLine] = []  # the lines of the current row
        try:
            cells = next(csv.reader(_take(again, lines, taken), delimiter=delimiter, strict=True), None)
        except csv.Error:
            again.extendleft(reversed(taken[1:]))
            yield taken[0].number, taken[0].problem or _QUOTES
            continue
        if cells is None:
            return
        problem = next((line.problem for line in taken if line.problem), None)
        if problem or cells:
            yield taken[0].number, problem or cells


def _take(again: deque[DecodedLine], lines: Iterator[DecodedLine], taken: list[DecodedLine]) -> Iterator[str]:
    """Yield the text of the next lines, first those of `again`, and append each line to `taken`.

    Raises `csv.Error` as soon as the lines together are longer than an entry may be.
    """
    characters = 0
    while line := again.popleft() if again else next(lines, None):
        taken.append(line)
        characters += len(line.text)
        if characters > MAX_CHARACTERS:
            raise csv.Error
        yield line.text
