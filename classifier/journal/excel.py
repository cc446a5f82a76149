"""Reads entries from the sheets of an Excel file (.xlsx), one from each row. The library openpyxl decodes the files.

A cell with a formula has the value that Excel calculated last. No macro is run.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from classifier.journal.archive import open_archive
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
from classifier.journal.entry import Entry, FileProblem, Unreadable

_NO_EXCEL = "is not a whole Excel file, or is damaged; open it, and save it again as .xlsx or .csv"
_EMPTY = "is empty; expected a first row with the column names"


def read_excel(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of each sheet. Empty rows and empty sheets are skipped.

    In a file with several sheets, ids and places include the number of the sheet. The parameters are those of
    `formats.Read`.
    """
    with _open_workbook(stream) as sheets:
        for sheet_number, sheet in enumerate(sheets, start=1):
            suffix = f" sheet {sheet_number}" if len(sheets) > 1 else ""
            yield from _read_sheet(sheet, wanted, source=source + suffix, name=name + suffix)


def excel_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of the first sheet that has a text column, or else of the first sheet that is not empty."""
    with _open_workbook(stream) as sheets:
        tables = [columns for sheet in sheets if (columns := _columns(sheet, wanted)).names]
    if not tables:
        raise FileProblem(_EMPTY)
    return next((columns for columns in tables if columns.text is not None), tables[0])


def _read_sheet(sheet: Any, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of a sheet, or one `Unreadable` if the sheet has no column for the text."""
    columns = _columns(sheet, wanted)
    if not columns.names:
        return
    if columns.text is None:
        yield Unreadable(source, no_text_column(columns))
        return
    day_first = wanted.day_first
    if day_first is None and columns.dates:
        _, rows = _table(sheet)
        day_first = is_day_first(date for fields in _fields(rows) if (date := date_of(fields, columns)))
    dates = Dates(day_first)
    _, rows = _table(sheet)
    for number, (row, fields) in enumerate(rows, start=1):
        yield from entries_of(fields, columns, source=f"{source}:{row}", default_id=f"{name}:{number}", dates=dates)
    yield from dates.problems(source)
    yield from text_not_read(columns, source)


def _columns(sheet: Any, wanted: ColumnOptions) -> Columns:
    """Return the columns of a sheet. An empty sheet has none."""
    names, rows = _table(sheet)
    return with_prose(choose_table_columns(names, wanted), wanted, _fields(rows))


def _fields(rows: Iterator[tuple[int, dict[str, object]]]) -> Iterator[dict[str, object]]:
    """Yield the cells of the rows up to the end, or up to a `FileProblem`, which is reported later."""
    with suppress(FileProblem):
        yield from (fields for _, fields in rows)


@contextmanager
def _open_workbook(stream: BinaryIO) -> Iterator[list[Any]]:
    """Open a file and return its sheets."""
    from openpyxl import load_workbook

    with open_archive(stream, "Excel file"):  # checks that the file is safe to unpack
        pass
    stream.seek(0)
    with _quiet():
        workbook = load_workbook(stream, read_only=True, data_only=True)
    try:
        yield workbook.worksheets
    finally:
        workbook.close()


def _table(sheet: Any) -> tuple[list[str], Iterator[tuple[int, dict[str, object]]]]:
    """Return the column names of a sheet, and the number and the cells by column name of each row below them.

    An empty sheet has no names. If several columns have the same name, the cell of the first one is yielded.
    """
    rows = _rows(sheet)
    _, header = next(rows, (0, []))
    names = [str(cell).strip() for cell in header]
    return names, ((row, _by_name(names, cells)) for row, cells in rows)


def _by_name(names: list[str], cells: list[object]) -> dict[str, object]:
    """Return the cells of a row by column name. The row may be shorter than the header."""
    padded = [*cells, *[""] * (len(names) - len(cells))]
    return {name: padded[i] for i, name in reversed(list(enumerate(names)))}


def _rows(sheet: Any) -> Iterator[tuple[int, list[object]]]:
    """Yield the number and the cells of each row that is not blank."""
    with _quiet():
        sheet.reset_dimensions()  # some programs write wrong ones
        rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        with _quiet():
            values = next(rows, None)
        if values is None:
            return
        number += 1
        cells = [_cell(value) for value in values]
        if any(not isinstance(cell, str) or cell.strip() for cell in cells):
            yield number, cells


def _cell(value: object) -> object:
    """Return a date as it is, and any other value as text. An empty cell is an empty text."""
    if value is None:
        return ""
    return value if isinstance(value, datetime.date) else str(value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the warnings of openpyxl, and raise `FileProblem` for its errors, which are of many kinds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception:
        raise FileProblem(_NO_EXCEL) from None
