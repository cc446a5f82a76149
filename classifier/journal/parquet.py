"""Reads entries from Parquet files, one from each row.

It can also read one row group of a file, so that several processes or machines can share the work. The library pyarrow
decodes the files. It is installed by the extra `parquet`, and is imported only when a file is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

from classifier.errors import MissingExtra
from classifier.journal.columns import ColumnOptions, Columns, choose_columns, date_of, entry_of, no_text_column
from classifier.journal.dates import Dates, is_day_first
from classifier.journal.decoding import INVALID_BYTES
from classifier.journal.entry import Entry, FileProblem, Unreadable

_BATCH = 500  # number of rows that are in memory at a time
_BUFFER = (
    1 << 20
)  # number of bytes that are read of a column at a time; without this limit, pyarrow reads a whole row group
_NO_PARQUET = "is not a whole Parquet file; copy it again, or export it again"


def read_parquet(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of a table. The parameters are those of `formats.Read`."""
    with _open_parquet(stream) as file:
        columns = choose_columns(file.schema_arrow.names, wanted)
        if columns.text is None:
            raise FileProblem(no_text_column(columns))
        day_first = wanted.day_first
        if day_first is None and columns.dates:
            rows = _rows(file, replace(columns, texts=(), id=None, author=None), None)
            day_first = is_day_first(date for fields in rows if (date := date_of(fields, columns)))
        yield from _entries(file, columns, Dates(day_first), source=source, name=name)


def _entries(
    file: Any, columns: Columns, dates: Dates, *, source: str, name: str, before: int = 0, group: int | None = None
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of an open file, or of one of its row groups, which has `before` rows before it."""
    for number, fields in enumerate(_rows(file, columns, group), start=before + 1):
        place = f"{source}:{number}"
        if columns.text and isinstance(fields[columns.text], bytes):  # the text is not valid UTF-8
            yield Unreadable(place, INVALID_BYTES)
        else:
            yield entry_of(fields, columns, source=place, default_id=f"{name}:{number}", dates=dates)
    yield from dates.problems(source)


def parquet_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a file; its rows are not read."""
    with _open_parquet(stream) as file:
        return choose_columns(file.schema_arrow.names, wanted)


def read_row_group(
    stream: BinaryIO, wanted: ColumnOptions, group: int, *, source: str, name: str, rows: int
) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a row group as `read_entries` yields them when it reads the whole file.

    `rows` is the number of rows before the group in the file. A row group does not show the order of the file's dates.
    So a date whose order of day and month is ambiguous needs `ColumnOptions.day_first`.
    """
    try:
        with _open_parquet(stream) as file:
            columns = choose_columns(file.schema_arrow.names, wanted)
            if columns.text is None:
                raise FileProblem(no_text_column(columns))
            dates = Dates(wanted.day_first)
            yield from _entries(file, columns, dates, source=source, name=name, before=rows, group=group)
    except FileProblem as problem:
        yield Unreadable(source, str(problem))


@contextmanager
def _open_parquet(stream: BinaryIO) -> Iterator[Any]:
    """Open a Parquet file; any error of pyarrow while the file is open becomes a `FileProblem`."""
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MissingExtra("Parquet", "parquet") from None
    try:
        with ParquetFile(stream, buffer_size=_BUFFER, page_checksum_verification=True) as file:
            yield file
    except (pa.ArrowException, OSError):  # their messages are dropped, because they may quote the file
        raise FileProblem(_NO_PARQUET) from None


def _rows(file: Any, columns: Columns, group: int | None) -> Iterator[dict[str, object]]:
    """Yield the cells of each row by column name, only for the chosen columns. `group` None means all row groups.

    A text that is not valid UTF-8 is yielded as bytes.
    """
    names = list(columns.chosen)
    for batch in file.iter_batches(_BATCH, columns=names, row_groups=None if group is None else [group]):
        cells = [(_texts if name == columns.text else _labels)(_column(batch, name)) for name in names]
        for row in zip(*cells, strict=True):
            yield dict(zip(names, row, strict=True))


def _column(batch: Any, name: str) -> Any:
    """Return the first column with a name. Dictionary-encoded values are decoded."""
    column = batch.column(batch.schema.get_all_field_indices(name)[0])
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def _texts(column: Any) -> Iterator[str | bytes | None]:
    """Yield each cell as a string, or as bytes if it is not valid UTF-8, or as None if it holds no text."""
    from pyarrow import types

    if not (types.is_string(column.type) or types.is_large_string(column.type) or types.is_string_view(column.type)):
        yield from [None] * len(column)
        return
    # As binary, so that one cell that is not valid UTF-8 does not stop the others.
    for cell in column.cast("large_binary").to_pylist():
        try:
            yield None if cell is None else cell.decode()
        except UnicodeDecodeError:
            yield cell


def _labels(column: Any) -> list[object]:
    """Return the cells of an id, date or author column. A cell that is no text, number or date becomes None."""
    from pyarrow import types

    if types.is_integer(column.type) or types.is_floating(column.type) or types.is_boolean(column.type):
        return list(column.to_pylist())
    if types.is_date(column.type) or types.is_timestamp(column.type) or types.is_decimal(column.type):
        return list(
            column.cast("string").to_pylist()
        )  # as text, because Python dates have no year 30,000 and no nanoseconds
    return [cell if isinstance(cell, str) else None for cell in _texts(column)]
