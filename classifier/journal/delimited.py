"""A CSV or TSV file in, one entry for each row out."""

from __future__ import annotations

import csv
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions, Columns, choose_columns, entry_of, is_plain_name, no_text_column
from classifier.journal.decoding import MAX_CHARACTERS, DecodedLine, read_lines
from classifier.journal.entry import Entry, FileProblem, Unreadable

_DELIMITERS = "\t;,"  # of two that give equally many columns the first is taken: a comma may be part of a name
_NO_DELIMITER = "\0"  # for a table of one column; a line that contains NUL is a problem before it is parsed
_HEADER_LINES = 20  # lines at the beginning of a file in which the header is expected

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
        Line of the file on which the row starts.
    fields
        Column name and cell; of columns with the same name, the first.
    problem
        Why the row cannot be used; None where it can.
    """

    line: int
    fields: dict[str, str]
    problem: str | None = None


def read_delimited(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Read a table with one entry in each row; parameters as in `formats.Read`."""
    columns, rows = read_table(stream, wanted)
    if columns.text is None:
        raise FileProblem(no_text_column(columns))
    for number, row in enumerate(rows, start=1):
        place = f"{source}:{row.line}"
        if row.problem:
            yield Unreadable(place, row.problem)
        else:
            yield entry_of(row.fields, columns, source=place, default_id=f"{name}:{number}")


def delimited_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a table."""
    return read_table(stream, wanted)[0]


def read_table(stream: BinaryIO, wanted: ColumnOptions) -> tuple[Columns, Iterator[TableRow]]:
    """Return the columns that the header names, and an iterator over the rows below it that are not empty.

    Raises
    ------
    FileProblem
        There is no header, or it cannot be used.
    """
    # This limit is global to the process and 128 KiB by default, so it is raised and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    lines = read_lines(stream)
    head = list(itertools.islice(lines, _HEADER_LINES))
    rows = _parse(itertools.chain(head, lines), _delimiter([line.text for line in head]))
    header = next((cells for _, cells in rows if isinstance(cells, str) or not _is_blank(cells)), None)
    if header is None:
        raise FileProblem("is empty; expected a first row with the column names")
    if isinstance(header, str):
        raise FileProblem(f"has a header that {header}")
    names = [name.strip() for name in header]
    columns = choose_columns(names, wanted)
    # The only column is the text under any name, unless its name says that it is something else.
    if not (wanted.text or columns.text or columns.id or columns.date) and len(names) == 1 and is_plain_name(names[0]):
        columns = replace(columns, text=names[0])
    return columns, _rows(rows, names)


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(map(str.strip, cells))


def _delimiter(head: Sequence[str]) -> str:
    """Return the delimiter that splits the header into most columns. `csv.Sniffer` is misled by the prose below it."""

    def width(delimiter: str) -> int:
        try:
            return len(next(filter(None, csv.reader(head, delimiter=delimiter)), []))
        except csv.Error:
            return 0

    best = max(_DELIMITERS, key=width)
    return best if width(best) > 1 else _NO_DELIMITER


def _rows(parsed: Iterator[tuple[int, list[str] | str]], names: Sequence[str]) -> Iterator[TableRow]:
    width = len(names)
    firsts = {name: names.index(name) for name in names}
    for line, cells in parsed:
        if isinstance(cells, str):
            yield TableRow(line, {}, cells)
        elif width > 1 and _is_blank(cells):
            continue  # spreadsheets export the empty rows below a table
        elif len(cells) < width or not _is_blank(cells[width:]):
            problem = f"has {len(cells)} cells where the header has {width}; put quotation marks around the text"
            yield TableRow(line, {}, problem)
        else:
            yield TableRow(line, {name: cells[i] for name, i in firsts.items()})


def _parse(lines: Iterator[DecodedLine], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the line on which a row starts, and its cells or the reason why it cannot be parsed.

    Rows are parsed one at a time. After a row that cannot be parsed, parsing resumes on the line below the row's first
    line. Otherwise a quotation mark that is never closed would swallow all rows that follow.
    """
    again: deque[DecodedLine] = deque()
    while True:
        taken: list[DecodedLine] = []
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
    """Yield lines to parse, those of `again` first, and append them to `taken`; stop at the limit for an entry."""
    characters = 0
    while line := again.popleft() if again else next(lines, None):
        taken.append(line)
        characters += len(line.text)
        if characters > MAX_CHARACTERS:
            raise csv.Error
        yield line.text
