"""Reads entries from files, folders and standard input. START HERE: this module uses all others of the package.

paths → `files` (finds the files) → `formats` (chooses the format of each) → one module per format → `entry`

In place of a file or row that cannot be read, an `Unreadable` is yielded, and reading goes on. An exception is raised
only for a mistake in the call, such as a path that does not exist. Rows are read one at a time. So the memory needed
depends on the longest entry and not on the size of a file.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from classifier.errors import EntriesError
from classifier.journal.columns import ColumnOptions, Columns, no_text_column
from classifier.journal.decoding import peekable
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.files import JournalFile, cannot_open, find_files
from classifier.journal.formats import detect_format

_NO_ENTRY = "is empty; expected at least one entry"
_NO_FILE = "is not a regular file, or no longer exists; save it as a file, or pass it to standard input ('-')"


def read_entries(
    paths: Iterable[str | Path],
    *,
    text_column: str | None = None,
    id_column: str | None = None,
    date_column: str | None = None,
    day_first: bool | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[Entry | Unreadable]:
    """Find the files at once, and return an iterator that reads their entries one at a time.

    Parameters
    ----------
    paths
        Paths of files and folders; `-` is standard input. Folders are read at any depth, sorted by name, and hidden
        files and HTML reports of this program are skipped. A file that is given twice is read once.
    text_column, id_column, date_column
        The names of the table columns (or fields of JSON objects) to use. By default, usual names are used.
    day_first
        Whether the day comes before the month in dates such as 03/04/2026. By default, each file's other dates show it.
        Dates of a file that does not show it are None, and an `Unreadable` after its entries says so.
    stdin
        The stream to read for `-`. By default, the standard input of the process.

    Raises
    ------
    EntriesError
        A path does not exist or has an unknown ending, a folder contains no journal file, no file has one of the named
        columns, or a table whose own path was given has no text column. Raised by the call itself, before any entry
        is read.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    if not given:
        raise EntriesError("no journal was given; name a file or a folder, or '-' for standard input")
    items = find_files(given)
    wanted = ColumnOptions(text_column, id_column, date_column, day_first)
    _check_columns([item for item in items if isinstance(item, JournalFile)], wanted)
    return _read_all(items, wanted, stdin)


def _check_columns(files: Iterable[JournalFile], wanted: ColumnOptions) -> None:
    """Raise `EntriesError` if no file has a wanted column, or if a table whose own path was given has no text column.

    A table that was found in a folder may lack a text column. It is reported later, when it is read, and does not stop
    the other files from being read.
    """
    # Standard input counts as a table, because it may be JSON Lines. Its columns cannot be checked before it is read.
    tables = [file for file in files if file.format is None or file.format.columns]
    named = {"text": wanted.text, "id": wanted.id, "date": wanted.date}
    relevant = [file for file in tables if file.is_explicit or any(named.values())]
    known = [(file, columns) for file in relevant if (columns := _columns_of(file, wanted))]
    for kind, name in named.items():
        if name is None or any(file.format is None for file in tables):
            continue
        option = f"--{kind}-column {name!r}"
        if not tables:
            raise EntriesError(f"{option}: none of the files has columns; leave the option out")
        if known and all(getattr(columns, kind) is None for _, columns in known):
            file, columns = known[0]
            raise EntriesError(f"{option}: {file.source} has no such column; {columns}; name one of them")
    for file, columns in known:
        if file.is_explicit and wanted.text is None and columns.text is None:
            raise EntriesError(f"{file.source}: {no_text_column(columns)}")


def _columns_of(file: JournalFile, wanted: ColumnOptions) -> Columns | None:
    """Return the columns of a file. Return None if it has no columns, or if they cannot be read.

    A file that cannot be read is reported later, when its entries would be read.
    """
    if file.format is None or file.format.columns is None:
        return None
    try:
        with _opened(file, None) as stream:
            columns = file.format.columns(stream, wanted)
    except (FileProblem, OSError):
        return None
    return columns if columns.names else None


def _read_all(
    items: Iterable[JournalFile | Unreadable], wanted: ColumnOptions, stdin: BinaryIO | None
) -> Iterator[Entry | Unreadable]:
    """Yield the entries of all files in order."""
    for item in items:
        if isinstance(item, Unreadable):
            yield item
            continue
        is_empty = True
        try:
            with _opened(item, stdin) as stream:
                form = item.format or detect_format(stream.peek())
                for result in form.read(stream, wanted, source=item.source, name=item.name):
                    is_empty = False
                    yield _with_person(result, item)
            if is_empty:
                yield Unreadable(item.source, _NO_ENTRY)
        except FileProblem as problem:
            yield Unreadable(item.source, str(problem))
        except OSError as error:
            yield cannot_open(item.source, error)


def _with_person(result: Entry | Unreadable, file: JournalFile) -> Entry | Unreadable:
    """Return an entry that names nobody with the person of its folder."""
    if isinstance(result, Entry) and result.author is None:
        return replace(result, author=file.person)
    return result


@contextmanager
def _opened(file: JournalFile, stdin: BinaryIO | None) -> Iterator[io.BufferedReader]:
    """Open a file, or standard input if the file has no path."""
    if file.path is None:
        yield peekable(stdin or sys.stdin.buffer)
        return
    if not file.path.is_file():  # opening a named pipe would wait for a writer
        raise FileProblem(_NO_FILE)
    with file.path.open("rb") as stream:
        yield stream
