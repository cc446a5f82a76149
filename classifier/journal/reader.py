"""Journal files in, a stream of entries out: text, Markdown, CSV, JSON Lines, Parquet and standard input.

Whatever is wrong with one file or row comes out in its place as an `Unreadable`, and reading goes on; only a
call that makes no sense as a whole raises. Rows are read one at a time, so memory is bound by the longest
entry and not by the file. A new format is one more row of `_FORMATS`.
"""

from __future__ import annotations

import datetime
import io
import itertools
import json
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from classifier.errors import EntriesError, MissingExtra
from classifier.journal.decoding import WRONG_BYTES, Content, DecodingError, read_lines, read_text, without_surrogates
from classifier.journal.tables import Asked, Columns, read_table

_ROWS = 500  # of a Parquet file that are in memory at a time
_BUFFER = 1 << 20  # bytes of a column of it; without a bound a row group would be read at a time
_PEEKED = 1000  # objects of a JSON Lines file from which its fields are told

_NO_OBJECT = 'is not a JSON object; write one object a line, such as {"text": "..."}'
_NO_STRING = "has no text: expected a string in the field 'text'; name another field with --text-column"
_NO_ENTRY = "is empty; expected at least one entry"
_NO_PARQUET = "is not a whole Parquet file; copy it again, or export it again"
_NO_FILE = "is not a regular file, or no longer there; give a file that can be read twice"
_LOOP = "is a link back to a folder that it lies in, expected none; remove the link"

_ISO_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_FRONT_MATTER_DATE = re.compile(r"---[ \t]*\r?\n(?:(?!---).*\n)*?date:(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One journal entry.

    text
        What the file holds once decoded, front matter and line breaks included, so that offsets into it are
        offsets into the file's text. Half a surrogate pair, which JSON can write, becomes U+FFFD.
    source
        `file`, or `file:line` with the line on which the row starts, from 1.
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
    """Stands in place of an entry that could not be read. `source` and `problem` make one sentence."""

    source: str
    problem: str

    def as_dict(self) -> dict[str, object]:
        """Return the file, the line or row in it (None for all of the file), and the reason."""
        file, _, row = self.source.rpartition(":")
        place = {"source": file, "row": int(row)} if file and row.isdecimal() else {"source": self.source, "row": None}
        return {**place, "reason": self.problem}


def read_entries(
    paths: Iterable[str | Path],
    *,
    text_column: str | None = None,
    id_column: str | None = None,
    date_column: str | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[Entry | Unreadable]:
    """Find the files at once, and return an iterator that reads them one entry at a time.

    Parameters
    ----------
    paths
        Files, folders (with all below them, sorted by name, without hidden files), or `-` for standard input.
        A file that is given twice is read once.
    text_column, id_column, date_column
        Columns of tables and fields of JSON objects to read instead of those with the usual names.
    stdin
        What `-` reads, by default the standard input of the process.

    Raises
    ------
    EntriesError
        At the call: a path does not exist or has an unknown ending, a folder has no journal file, no file has a
        column that is asked for, or a table that is given by name has none for the text.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    if not given:
        raise EntriesError("no journal was given; name a file or a folder, or '-' for standard input")
    found = list(_find(given))
    asked = Asked(text_column, id_column, date_column)
    _check_columns([item for item in found if isinstance(item, _File)], asked)
    return _read_all(found, asked, stdin)


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """Some lines of a file of JSON Lines.

    content
        The lines, whole, in UTF-8.
    lines, entries
        Lines, and among them lines that are not blank, before these in the file.
    """

    content: bytes
    lines: int = 0
    entries: int = 0

    def counted(self) -> Block:
        """Return what comes after, still without its content."""
        lines = self.content.splitlines()
        return Block(b"", self.lines + len(lines), self.entries + sum(bool(line.strip()) for line in lines))


def read_block(
    block: Block, *, source: str, name: str, text_column: str | None, id_column: str | None
) -> Iterator[Entry | Unreadable]:
    """Read some lines as `read_entries` reads the file that they are from; `name` is what ids begin with."""
    content = Content.of(io.BytesIO(block.content))
    try:
        yield from _jsonl_entries(content, Asked(text_column, id_column), source, name, block.lines, block.entries)
    except DecodingError as error:
        yield Unreadable(source, str(error))


def read_row_group(
    file: BinaryIO, group: int, *, source: str, name: str, text_column: str | None, id_column: str | None, rows: int
) -> Iterator[Entry | Unreadable]:
    """Read a row group of a Parquet file as `read_entries` reads the file; `rows` are before it in the file."""
    try:
        with _parquet(file) as table:
            yield from _parquet_entries(table, Asked(text_column, id_column), source, name, rows, row_groups=[group])
    except DecodingError as error:
        yield Unreadable(source, str(error))


def fingerprint(paths: Iterable[str | Path]) -> list[tuple[str, int, int]]:
    """Return what tells the files that `read_entries` finds from others: path, bytes and time of the last change.

    Standard input has neither, and gets the number of the process: no other call reads the same.
    """
    found = [item for item in _find(list(paths)) if isinstance(item, _File)]
    facts = [(file, file.path.stat() if file.path and file.path.exists() else None) for file in found]
    return [
        (file.source, stat.st_size, stat.st_mtime_ns) if stat else (file.source, os.getpid(), time.monotonic_ns())
        for file, stat in facts
    ]


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read; `path` is None for standard input.

    name
        What ids begin with: the path inside the folder that was given, without ending.
    by_name
        Given by itself, and not found in a folder.
    """

    path: Path | None
    name: str
    by_name: bool

    @property
    def source(self) -> str:
        return "stdin" if self.path is None else without_surrogates(str(self.path))

    @property
    def ending(self) -> str:
        return "" if self.path is None else self.path.suffix.lower()


def _find(given: Iterable[str | Path]) -> Iterator[_File | Unreadable]:
    seen: set[str] = set()
    for item in itertools.chain.from_iterable(map(_expand, given)):
        if isinstance(item, _File):
            real = "-" if item.path is None else os.path.realpath(item.path)
            if real in seen:
                continue
            seen.add(real)
        yield item


def _expand(given: str | Path) -> list[_File | Unreadable]:
    if str(given) == "-":
        return [_File(None, "stdin", by_name=True)]
    path, known = Path(given), ", ".join(_FORMATS)
    shown = without_surrogates(str(path))
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not path.is_symlink():
            raise EntriesError(f"{shown}: there is no such file or folder; check the path") from None
        return [_closed(path, error)]
    if is_folder:
        found = list(_walk(path))
        if not found:
            raise EntriesError(f"{shown}: expected journal files in this folder, found none; known endings: {known}")
        return found
    if path.suffix.lower() not in _FORMATS:
        raise EntriesError(f"{shown}: unknown ending {path.suffix!r}; known: {known}; save the journal as one of them")
    return [_File(path, without_surrogates(path.stem), by_name=True)]


def _walk(folder: Path) -> Iterator[_File | Unreadable]:
    # Links are followed, so a folder can lie below itself (its real path is `above`) or be reached twice.
    waiting: list[tuple[Path, tuple[str, ...]]] = [(folder, ())]
    entered: set[str] = set()
    while waiting:
        path, above = waiting.pop()
        try:
            if not stat.S_ISDIR(path.stat().st_mode):
                if path.suffix.lower() in _FORMATS:
                    name = path.relative_to(folder).with_suffix("").as_posix()
                    yield _File(path, without_surrogates(name), by_name=False)
                continue
            real = os.path.realpath(path)
            if real in above:
                yield Unreadable(without_surrogates(str(path)), _LOOP)
            elif real not in entered:
                entered.add(real)
                inside = sorted((item for item in path.iterdir() if not item.name.startswith(".")), reverse=True)
                waiting.extend((item, (*above, real)) for item in inside)
        except OSError as error:
            yield _closed(path, error)


def _closed(path: Path | str, error: OSError) -> Unreadable:
    problem = f"cannot be opened ({error.strerror or 'input error'}); check that it exists and that you may read it"
    return Unreadable(without_surrogates(str(path)), problem)


def _check_columns(files: Iterable[_File], asked: Asked) -> None:
    """Raise for columns that no file has, after a look at the beginning of the tables that matter."""
    tables = [file for file in files if file.path is None or _FORMATS[file.ending].columns]
    known = [(file, columns) for file in tables if (file.by_name or any(asked)) and (columns := _peek(file, asked))]
    for kind, wanted in asked._asdict().items():
        if wanted is None or any(file.path is None for file in tables):
            continue
        option = f"--{kind}-column {wanted!r}"
        if not tables:
            raise EntriesError(f"{option}: no file here has columns; leave the option out")
        if known and all(getattr(columns, kind) is None for _, columns in known):
            file, columns = known[0]
            raise EntriesError(f"{option}: {file.source} has no such column; {columns}; name one of them")
    for file, columns in known:
        if file.by_name and asked.text is None and columns.text is None:
            raise EntriesError(f"{file.source}: {_no_text_column(columns)}")


def _no_text_column(columns: Columns) -> str:
    return f"has no column with a name usual for the text; {columns}; name the right one with --text-column"


def _peek(file: _File, asked: Asked) -> Columns | None:
    """Return the columns of a table; None where there are none to see, which reading will report."""
    look = _FORMATS[file.ending].columns if file.path else None
    if look is None:
        return None
    try:
        with _opened(file, None) as content:
            columns = look(file, content, asked)
    except (DecodingError, OSError):
        return None
    return columns if columns.names else None


def _read_all(
    found: Iterable[_File | Unreadable], asked: Asked, stdin: BinaryIO | None
) -> Iterator[Entry | Unreadable]:
    for item in found:
        if isinstance(item, Unreadable):
            yield item
            continue
        try:
            with _opened(item, stdin) as content:
                ending = item.ending or _ending_of_stdin(content)
                empty = True
                for entry in _FORMATS[ending].read(item, content, asked):
                    empty = False
                    yield entry
                if empty:
                    yield Unreadable(item.source, _NO_ENTRY)
        except DecodingError as error:
            yield Unreadable(item.source, str(error))
        except OSError as error:
            yield _closed(item.source, error)


@contextmanager
def _opened(file: _File, stdin: BinaryIO | None) -> Iterator[Content]:
    if file.path is None:
        yield Content.of(stdin or sys.stdin.buffer)
        return
    if not file.path.is_file():  # to open a named pipe would wait for its writer
        raise DecodingError(_NO_FILE)
    with file.path.open("rb") as stream:
        yield Content.of(stream)


def _ending_of_stdin(content: Content) -> str:
    """Tell JSON Lines by a first line that opens an object and a line, be it a later one, that is an object."""
    head = Content(content.head, io.BufferedReader(io.BytesIO(content.head)))
    lines = (line.text for line in read_lines(head) if line.text.strip())
    first = next(lines, "")
    is_json = first.lstrip().startswith("{") and any(json_object(line) for line in itertools.chain([first], lines))
    return ".jsonl" if is_json else ".txt"


def _read_text(file: _File, content: Content, _: Asked) -> Iterator[Entry | Unreadable]:
    text = read_text(content)
    front_matter = _FRONT_MATTER_DATE.match(text)
    date = _date(front_matter[1].strip(" \t\r\"'")) if front_matter else None
    yield Entry(file.name, text, date or _date_in_name(file), None, file.source)


def _read_csv(file: _File, content: Content, asked: Asked) -> Iterator[Entry | Unreadable]:
    columns, rows = read_table(read_lines(content), asked)
    if columns.text is None:
        raise DecodingError(_no_text_column(columns))
    for number, row in enumerate(rows, start=1):
        if row.flaw:
            yield Unreadable(f"{file.source}:{row.line}", row.flaw)
        else:
            # Backwards, so that of two columns with one name the first counts.
            fields = dict(zip(reversed(columns.names), reversed(row.cells), strict=True))
            yield entry_of(fields, columns, source=f"{file.source}:{row.line}", name=f"{file.name}:{number}")


def _read_jsonl(file: _File, content: Content, asked: Asked) -> Iterator[Entry | Unreadable]:
    return _jsonl_entries(content, asked, file.source, file.name)


def _jsonl_entries(
    content: Content, asked: Asked, source: str, name: str, lines: int = 0, entries: int = 0
) -> Iterator[Entry | Unreadable]:
    """Read lines with so many `lines`, and so many `entries` among them, before them."""
    filled = (line for line in read_lines(content) if line.flaw or line.text.strip())
    for number, line in enumerate(filled, start=entries + 1):
        place = f"{source}:{lines + line.number}"
        fields = None if line.flaw else json_object(line.text)
        if fields is None:
            yield Unreadable(place, line.flaw or _NO_OBJECT)
        else:
            yield entry_of(fields, Columns.among(list(fields), asked), source=place, name=f"{name}:{number}")


def _read_parquet(file: _File, content: Content, asked: Asked) -> Iterator[Entry | Unreadable]:
    with _parquet(file.path) as table:
        yield from _parquet_entries(table, asked, file.source, file.name)


def _parquet_entries(
    table: Any, asked: Asked, source: str, stem: str, before: int = 0, row_groups: Sequence[int] | None = None
) -> Iterator[Entry | Unreadable]:
    columns = Columns.among(table.schema_arrow.names, asked)
    if columns.text is None:
        raise DecodingError(_no_text_column(columns))
    others = [name for name in (columns.id, columns.date, columns.author) if name is not None]
    number = before
    for batch in table.iter_batches(_ROWS, columns=[columns.text, *others], row_groups=row_groups):
        cells = {name: _plain_cells(_column(batch, name)) for name in others}
        for row, text in enumerate(_texts(_column(batch, columns.text))):
            number += 1
            place = f"{source}:{number}"
            if isinstance(text, bytes):
                yield Unreadable(place, WRONG_BYTES)
            else:
                fields = {**{name: column[row] for name, column in cells.items()}, columns.text: text}
                yield entry_of(fields, columns, source=place, name=f"{stem}:{number}")


def _column(batch: Any, name: str) -> Any:
    column = batch.column(batch.schema.get_all_field_indices(name)[0])  # of two with one name the first counts
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def _texts(column: Any) -> Iterator[str | bytes | None]:
    """The cells of a column: strings, bytes where they are not UTF-8, None where they are no text."""
    import pyarrow.types as kind

    if not (kind.is_string(column.type) or kind.is_large_string(column.type) or kind.is_string_view(column.type)):
        yield from [None] * len(column)
        return
    for cell in column.cast("large_binary").to_pylist():
        try:
            yield None if cell is None else cell.decode()
        except UnicodeDecodeError:
            yield cell


def _plain_cells(column: Any) -> list[object]:
    """The cells of a column that may hold ids, dates or names; None where they are neither text nor number."""
    import pyarrow.types as kind

    if kind.is_integer(column.type) or kind.is_floating(column.type) or kind.is_boolean(column.type):
        return list(column.to_pylist())
    if kind.is_date(column.type) or kind.is_timestamp(column.type) or kind.is_decimal(column.type):
        return list(column.cast("string").to_pylist())  # Python has no year 30,000, and no nanoseconds
    return [cell if isinstance(cell, str) else None for cell in _texts(column)]


def _parquet_columns(file: _File, _: Content, asked: Asked) -> Columns:
    with _parquet(file.path) as table:
        return Columns.among(table.schema_arrow.names, asked)


@contextmanager
def _parquet(file: Path | BinaryIO | None) -> Iterator[Any]:
    """Open a Parquet file by pyarrow, which comes with the extra `parquet`."""
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MissingExtra("Parquet", "parquet") from None
    try:
        with ParquetFile(file, buffer_size=_BUFFER, page_checksum_verification=True) as table:
            yield table
    except (pa.ArrowException, OSError):  # whose words may be the file's
        raise DecodingError(_NO_PARQUET) from None


def _csv_columns(_: _File, content: Content, asked: Asked) -> Columns:
    return read_table(read_lines(content), asked)[0]


def _jsonl_columns(_: _File, content: Content, asked: Asked) -> Columns:
    objects = (json_object(line.text) for line in itertools.islice(read_lines(content), _PEEKED))
    return Columns.among(list(dict.fromkeys(name for fields in objects for name in fields or ())), asked)


class _Format(NamedTuple):
    """How to read the files of one ending, and, if they are tables, how to look at their columns first."""

    read: Callable[[_File, Content, Asked], Iterator[Entry | Unreadable]]
    columns: Callable[[_File, Content, Asked], Columns] | None = None


_FORMATS = {
    ".txt": _Format(_read_text),
    ".md": _Format(_read_text),
    ".csv": _Format(_read_csv, _csv_columns),
    ".tsv": _Format(_read_csv, _csv_columns),
    ".jsonl": _Format(_read_jsonl, _jsonl_columns),
    ".ndjson": _Format(_read_jsonl, _jsonl_columns),
    ".parquet": _Format(_read_parquet, _parquet_columns),
}


def entry_of(fields: Mapping[str, object], columns: Columns, *, source: str, name: str) -> Entry | Unreadable:
    """Return the entry of a row; `name` is its id where it has none."""
    text, id_, date, author = (
        None if column is None else fields[column]
        for column in (columns.text, columns.id, columns.date, columns.author)
    )
    if not isinstance(text, str):
        return Unreadable(source, _NO_STRING)
    return Entry(_plain(id_) or name, without_surrogates(text), _date(date), _plain(author), source)


def _plain(value: object) -> str | None:
    """Return a string or number as a string; None for an empty one and for what is neither."""
    return without_surrogates(str(value)).strip() or None if isinstance(value, str | int | float) else None


def _date(value: object) -> datetime.date | None:
    try:
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        return datetime.datetime.fromisoformat(value.strip()).date() if isinstance(value, str) else None
    except ValueError:
        return None


def _date_in_name(file: _File) -> datetime.date | None:
    stem = file.path.stem if file.path else ""
    return next((date for written in _ISO_DATE.findall(stem) if (date := _date(written))), None)


def json_object(line: str) -> dict[str, object] | None:
    """Return the JSON object that a line holds, or None where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
