"""Reads entries from Parquet files, one from each row.

It can also read one row group of a file, so that several processes or machines can share the work. The library pyarrow
decodes the files. It is installed by the extra `parquet`, and is imported only when a file is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from classifier.errors import MissingExtra
from classifier.journal.columns import ColumnOptions, Columns, choose_columns, entry_of, no_text_column
from classifier.journal.decoding import INVALID_BYTES
from classifier.journal.entry import Entry, FileProblem, Unreadable

_BATCH = 500  # number of rows that are in memory at a time
_BUFFER = (
    1 << 20
)  # number of bytes that are read of a column at a time; without this limit, pyarrow reads a whole row group
_NO_PARQUET = "is not a whole Parquet file; copy it again, or export it again"


def read_parquet(
    stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str, before: int = 0, groups: list[int] | None = None
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each row of a table.

    `groups` are the numbers of the row groups to read; None reads all of them. `before` is the number of rows before
    the first of these groups. The other parameters are those of `formats.Read`.
    """
    with _open_parquet(stream) as file:
        columns = choose_columns(file.schema_arrow.names, wanted)
        if columns.text is None:
            raise FileProblem(no_text_column(columns))
        for number, fields in enumerate(_rows(file, columns, groups), start=before + 1):
            place = f"{source}:{number}"
            if isinstance(fields[columns.text], bytes):  # the text is not valid UTF-8
                yield Unreadable(place, INVALID_BYTES)
            else:
                yield entry_of(fields, columns, source=place, default_id=f"{name}:{number}")


def parquet_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a file; its rows are not read."""
    with _open_parquet(stream) as file:
        return choose_columns(file.schema_arrow.names, wanted)


def read_row_group(
    stream: BinaryIO, group: int, *, source: str, name: str, text_column: str | None, id_column: str | None, rows: int
) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a row group, exactly as `read_entries` yields them when it reads the whole file.

    `rows` is the number of rows before the group in the file.
    """
    wanted = ColumnOptions(text_column, id_column)
    try:
        yield from read_parquet(stream, wanted, source=source, name=name, before=rows, groups=[group])
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


def _rows(file: Any, columns: Columns, groups: list[int] | None) -> Iterator[dict[str, object]]:
    """Yield the cells of each row by column name, only for the chosen columns.

    A text that is not valid UTF-8 is yielded as bytes.
    """
    chosen = (columns.text, columns.id, columns.date, columns.author)
    names = list(dict.fromkeys(name for name in chosen if name is not None))
    for batch in file.iter_batches(_BATCH, columns=names, row_groups=groups):
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
