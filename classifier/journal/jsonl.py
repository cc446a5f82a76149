"""Reads entries from JSON Lines files, one from each object.

It can also read one block of a file, so that several processes or machines can share the work.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions, Columns, choose_columns, date_of, entry_of
from classifier.journal.dates import Dates, WrittenDate, is_day_first
from classifier.journal.decoding import read_lines
from classifier.journal.entry import Entry, FileProblem, Unreadable

_SAMPLE = 1000  # the fields in this number of lines count as the columns of the file
_NO_OBJECT = 'is not a JSON object; write one object a line, such as {"text": "..."}'


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """Consecutive lines of a JSON Lines file.

    Parameters
    ----------
    content
        The lines of the block in UTF-8. Every line is whole.
    lines, entries
        The number of lines before the block in its file, and the number of those lines that are not blank.
    """

    content: bytes
    lines: int = 0
    entries: int = 0

    def counted(self) -> Block:
        """Return a block with the numbers of the next block, but without its content."""
        lines = self.content.splitlines()
        return Block(b"", self.lines + len(lines), self.entries + sum(bool(line.strip()) for line in lines))


def read_jsonl(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each JSON object. A file has one JSON object on each line.

    The parameters are those of `formats.Read`. Standard input cannot be read twice, so it does not show the order of
    its dates: a date whose order of day and month is ambiguous needs `ColumnOptions.day_first`.
    """
    if wanted.day_first is None and stream.seekable():
        wanted = wanted._replace(day_first=is_day_first(_dates(stream, wanted)))
        stream.seek(0)
    yield from _entries(stream, wanted, source=source, name=name, before=Block(b""))


def _entries(
    stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str, before: Block
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each JSON object. `before` has the numbers of the lines and entries before the stream."""
    filled = (line for line in read_lines(stream) if line.problem or line.text.strip())
    dates = Dates(wanted.day_first)
    for number, line in enumerate(filled, start=before.entries + 1):
        place = f"{source}:{before.lines + line.number}"
        fields = None if line.problem else json_object(line.text)
        if fields is None:
            yield Unreadable(place, line.problem or _NO_OBJECT)
        else:
            columns = choose_columns(list(fields), wanted)
            yield entry_of(fields, columns, source=place, default_id=f"{name}:{number}", dates=dates)
    yield from dates.problems(source)


def _dates(stream: BinaryIO, wanted: ColumnOptions) -> Iterator[WrittenDate]:
    """Yield the dates of the objects up to the end, or up to a `FileProblem`, which is reported later."""
    with suppress(FileProblem):
        for line in read_lines(stream):
            fields = None if line.problem else json_object(line.text)
            if fields and (date := date_of(fields, choose_columns(list(fields), wanted))):
                yield date


def jsonl_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a file. They are the fields of its first objects."""
    objects = (json_object(line.text) for line in itertools.islice(read_lines(stream), _SAMPLE))
    return choose_columns(list(dict.fromkeys(name for fields in objects for name in fields or ())), wanted)


def read_block(block: Block, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a block as `read_entries` yields them when it reads the whole file.

    A block does not show the order of the file's dates. So a date whose order of day and month is ambiguous needs
    `ColumnOptions.day_first`.
    """
    try:
        yield from _entries(io.BytesIO(block.content), wanted, source=source, name=name, before=block)
    except FileProblem as problem:
        yield Unreadable(source, str(problem))


def json_object(line: str) -> dict[str, object] | None:
    """Return the JSON object on a line, or None if the line is not a JSON object."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
