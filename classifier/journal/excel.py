"""Reads entries from the sheets of an Excel file (.xlsx), one from each row. The library openpyxl decodes the files.

A cell with a formula has the value that Excel calculated last. No macro is run.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from classifier.journal.archive import open_archive
from classifier.journal.columns import ColumnOptions, Columns, choose_table_columns, entry_of, no_text_column
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
            yield from _read_sheet(_rows(sheet), wanted, source=source + suffix, name=name + suffix)


def excel_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of the first sheet that has a text column, or else of the first sheet that is not empty."""
    with _open_workbook(stream) as sheets:
        headers = filter(None, (next(_rows(sheet), None) for sheet in sheets))
        tables = [choose_table_columns(_names(cells), wanted) for _, cells in headers]
    if not tables:
        raise FileProblem(_EMPTY)
    return next((columns for columns in tables if columns.text is not None), tables[0])


def _read_sheet(
    rows: Iterator[tuple[int, list[object]]], wanted: ColumnOptions, *, source: str, name: str
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of a sheet, or one `Unreadable` if the sheet has no column for the text."""
    header = next(rows, None)
    if header is None:
        return
    names = _names(header[1])
    columns = choose_table_columns(names, wanted)
    if columns.text is None:
        yield Unreadable(source, no_text_column(columns))
        return
    firsts = {column: names.index(column) for column in names}  # index of the first column with each name
    for number, (row, cells) in enumerate(rows, start=1):
        padded = [*cells, *[""] * (len(names) - len(cells))]
        fields = {column: padded[i] for column, i in firsts.items()}
        yield entry_of(fields, columns, source=f"{source}:{row}", default_id=f"{name}:{number}")


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


def _names(cells: list[object]) -> list[str]:
    return [str(cell).strip() for cell in cells]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the warnings of openpyxl, and raise `FileProblem` for its errors, which are of many kinds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception:
        raise FileProblem(_NO_EXCEL) from None
