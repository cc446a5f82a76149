"""Reads entries from JSON Lines files, one from each object.

It can also read one block of a file, so that several processes or machines can share the work.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions, Columns, choose_columns, entry_of
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


def read_jsonl(
    stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str, lines_before: int = 0, entries_before: int = 0
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each JSON object. A file has one JSON object on each line.

    `lines_before` and `entries_before` are `Block.lines` and `Block.entries`; the other parameters are those of
    `formats.Read`.
    """
    filled = (line for line in read_lines(stream) if line.problem or line.text.strip())
    for number, line in enumerate(filled, start=entries_before + 1):
        place = f"{source}:{lines_before + line.number}"
        fields = None if line.problem else json_object(line.text)
        if fields is None:
            yield Unreadable(place, line.problem or _NO_OBJECT)
        else:
            columns = choose_columns(list(fields), wanted)
            yield entry_of(fields, columns, source=place, default_id=f"{name}:{number}")


def jsonl_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a file. They are the fields of its first objects."""
    objects = (json_object(line.text) for line in itertools.islice(read_lines(stream), _SAMPLE))
    return choose_columns(list(dict.fromkeys(name for fields in objects for name in fields or ())), wanted)


def read_block(
    block: Block, *, source: str, name: str, text_column: str | None, id_column: str | None
) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a block, exactly as `read_entries` yields them when it reads the whole file."""
    stream, wanted = io.BytesIO(block.content), ColumnOptions(text_column, id_column)
    before = {"lines_before": block.lines, "entries_before": block.entries}
    try:
        yield from read_jsonl(stream, wanted, source=source, name=name, **before)
    except FileProblem as problem:
        yield Unreadable(source, str(problem))


def json_object(line: str) -> dict[str, object] | None:
    """Return the JSON object on a line, or None if the line is not a JSON object."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
