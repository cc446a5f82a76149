"""A Parquet file in, one entry for each row out; also one row group, for work on several machines.

Parquet is read by pyarrow, which is imported when the first file is opened: it comes with the extra `parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from classifier.errors import MissingExtra
from classifier.journal.columns import ColumnOptions, Columns, choose_columns, entry_of, no_text_column
from classifier.journal.decoding import INVALID_BYTES
from classifier.journal.entry import Entry, FileProblem, Unreadable

_BATCH = 500  # rows that are in memory at a time
_BUFFER = 1 << 20  # bytes read of a column at a time; without this limit, pyarrow reads a whole row group
_NO_PARQUET = "is not a whole Parquet file; copy it again, or export it again"


def read_parquet(
    stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str, before: int = 0, groups: list[int] | None = None
) -> Iterator[Entry | Unreadable]:
    """Read a table with one entry in each row; parameters as in `formats.Read`.

    `groups` are the numbers of the row groups to read, by default all; `before` is the number of rows before them.
    """
    with _open_parquet(stream) as file:
        columns = choose_columns(file.schema_arrow.names, wanted)
        if columns.text is None:
            raise FileProblem(no_text_column(columns))
        for number, fields in enumerate(_rows(file, columns, groups), start=before + 1):
            place = f"{source}:{number}"
            if isinstance(fields[columns.text], bytes):
                yield Unreadable(place, INVALID_BYTES)
            else:
                yield entry_of(fields, columns, source=place, default_id=f"{name}:{number}")


def parquet_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a file."""
    with _open_parquet(stream) as file:
        return choose_columns(file.schema_arrow.names, wanted)


def read_row_group(
    stream: BinaryIO, group: int, *, source: str, name: str, text_column: str | None, id_column: str | None, rows: int
) -> Iterator[Entry | Unreadable]:
    """Read a row group with the same result as `read_entries` gives for its rows; `rows` are before it in the file."""
    wanted = ColumnOptions(text_column, id_column)
    try:
        yield from read_parquet(stream, wanted, source=source, name=name, before=rows, groups=[group])
    except FileProblem as problem:
        yield Unreadable(source, str(problem))


@contextmanager
def _open_parquet(stream: BinaryIO) -> Iterator[Any]:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MissingExtra("Parquet", "parquet") from None
    try:
        with ParquetFile(stream, buffer_size=_BUFFER, page_checksum_verification=True) as file:
            yield file
    except (pa.ArrowException, OSError):  # without their messages, which may quote the file
        raise FileProblem(_NO_PARQUET) from None


def _rows(file: Any, columns: Columns, groups: list[int] | None) -> Iterator[dict[str, object]]:
    """Yield the cells of the chosen columns by column name; a text that is not UTF-8 stays bytes."""
    chosen = (columns.text, columns.id, columns.date, columns.author)
    names = list(dict.fromkeys(name for name in chosen if name is not None))
    for batch in file.iter_batches(_BATCH, columns=names, row_groups=groups):
        cells = [(_texts if name == columns.text else _labels)(_column(batch, name)) for name in names]
        for row in zip(*cells, strict=True):
            yield dict(zip(names, row, strict=True))


def _column(batch: Any, name: str) -> Any:
    column = batch.column(batch.schema.get_all_field_indices(name)[0])  # of columns with the same name, the first
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def _texts(column: Any) -> Iterator[str | bytes | None]:
    """Yield cells as strings, as bytes where they are not UTF-8, and as None where they are no text."""
    from pyarrow import types

    if not (types.is_string(column.type) or types.is_large_string(column.type) or types.is_string_view(column.type)):
        yield from [None] * len(column)
        return
    for cell in column.cast("large_binary").to_pylist():
        try:
            yield None if cell is None else cell.decode()
        except UnicodeDecodeError:
            yield cell


def _labels(column: Any) -> list[object]:
    """Return cells that may hold ids, dates or names; None where they are neither text nor number."""
    from pyarrow import types

    if types.is_integer(column.type) or types.is_floating(column.type) or types.is_boolean(column.type):
        return list(column.to_pylist())
    if types.is_date(column.type) or types.is_timestamp(column.type) or types.is_decimal(column.type):
        return list(column.cast("string").to_pylist())  # Python has no year 30,000, and no nanoseconds
    return [cell if isinstance(cell, str) else None for cell in _texts(column)]
