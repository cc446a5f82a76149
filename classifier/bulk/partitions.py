"""Cuts Parquet and JSON Lines files on any file system into partitions, each of which a worker reads by itself.

A partition is a row group of a Parquet file, or a block of bytes of a JSON Lines file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any, Final

from classifier.errors import EntriesError, MissingExtra
from classifier.journal.columns import ColumnOptions, choose_columns, no_text_column
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.jsonl import Block, read_block
from classifier.journal.parquet import read_row_group

try:
    import fsspec
    import pyarrow as pa
    from fsspec.utils import read_block as read_bytes
    from pyarrow import parquet as pq
except ImportError:
    raise MissingExtra("--engine dask", "dask") from None

_ENDINGS: Final = (".parquet", ".jsonl", ".ndjson")
_SMALLEST: Final = 1 << 18
_LARGEST: Final = 1 << 23
"""Smallest and largest number of bytes in a block of JSON Lines: half a second to twenty seconds of work."""

_ENOUGH: Final = 64
"""Number of blocks to aim at. With many blocks, no worker waits long for the last one."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read. The values describe the file at the start of the run.

    Parameters
    ----------
    url
        Address of the file.
    name
        Rows without an id get an id that starts with this name.
    size
        Length in bytes.
    changed
        Date of the last change, or a checksum. Empty if the file system gives neither.
    groups
        For Parquet, the number of rows in each row group. For JSON Lines, None.
    """

    url: str
    name: str
    size: int
    changed: str
    groups: tuple[int, ...] | None

    @property
    def has_rows(self) -> bool:
        """Whether the file has any rows (Parquet) or bytes (JSON Lines)."""
        return self.size > 0 if self.groups is None else any(self.groups)


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of an input file.

    Parameters
    ----------
    number
        Position among all partitions, from 0.
    start, size
        For Parquet, `start` is the number of the row group, and `size` is not used. For JSON Lines, they are the byte
        offset and length of a block. Every line that starts in a block belongs to that block.
    lines, entries
        Number of lines, and of non-blank lines, that precede the partition in its file. The line numbers and ids of
        rows continue from these numbers. For Parquet, both are the number of preceding rows.
    """

    number: int
    file: InputFile
    start: int
    size: int
    lines: int
    entries: int

    def read(self, columns: ColumnOptions) -> Iterator[Entry | Unreadable]:
        """Yield the entries of the partition, as `read_entries` does. Raise `OSError` if the file cannot be read."""
        file = {"source": self.file.url, "name": self.file.name}
        if self.file.groups is not None:
            with fsspec.open(self.file.url, "rb") as stream:
                yield from read_row_group(stream, columns, self.start, rows=self.entries, **file)
        else:
            block = Block(read_lines(self.file.url, self.start, self.size), self.lines, self.entries)
            yield from read_block(block, columns, **file)


def find_input_files(given: str, columns: ColumnOptions) -> list[InputFile]:
    """Return the files of a path, URL, pattern or folder.

    Raises
    ------
    EntriesError
        No file is found, or a Parquet file is damaged or has no column for the text.
    """
    try:
        fs, path = fsspec.core.url_to_fs(given)
        folder = path  # names of files are relative to this folder
        if fs.isdir(path):
            paths = [file for ending in _ENDINGS for file in fs.glob(f"{path}/**/*{ending}")]
        elif any(character in path for character in "*?["):
            paths, folder = fs.glob(path), re.split(r"[*?\[]", path)[0].rpartition("/")[0]
        else:
            paths, folder = [path] if fs.exists(path) else [], path.rpartition("/")[0]
    except (OSError, ValueError, ImportError) as error:
        raise EntriesError(f"{given}: cannot be reached ({type(error).__name__}); check the address") from None
    paths = sorted(file for file in paths if PurePosixPath(file).suffix in _ENDINGS)
    if not paths:
        raise EntriesError(f"{given}: expected Parquet or JSON Lines files, found none; known: {', '.join(_ENDINGS)}")
    return [_inspected(fs, path, path.removeprefix(folder).lstrip("/"), columns) for path in paths]


def _inspected(fs: Any, path: str, inner_path: str, columns: ColumnOptions) -> InputFile:
    """Return what has to be known about a file. `inner_path` is its path relative to the folder that was given."""
    url, name, info = fs.unstrip_protocol(path), PurePosixPath(inner_path), fs.info(path)
    # File systems name the date or checksum differently.
    changed = next((str(info[key]) for key in ("mtime", "LastModified", "updated", "ETag") if key in info), "")
    groups = _row_groups(url, columns) if name.suffix == ".parquet" else None
    return InputFile(url, str(name.with_suffix("")), info["size"], changed, groups)


def _row_groups(url: str, columns: ColumnOptions) -> tuple[int, ...]:
    """Return the number of rows in each row group of a Parquet file."""
    try:
        with fsspec.open(url, "rb") as stream, pq.ParquetFile(stream) as table:
            chosen, metadata = choose_columns(table.schema_arrow.names, columns), table.metadata
    except (pa.ArrowException, OSError):
        raise EntriesError(f"{url}: is not a complete Parquet file; copy it or export it again") from None
    if chosen.text is None:
        raise EntriesError(f"{url}: {no_text_column(chosen)}")
    return tuple(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups))


def cut(files: Sequence[InputFile], count_blocks: Callable[..., list[tuple[int, int]]]) -> list[Partition]:
    """Cut files into partitions.

    Parameters
    ----------
    files
        The files, in their order.
    count_blocks
        A function that gets lists of URLs, byte offsets and lengths, and returns the result of `count_lines` for each
        block. All lines are counted first, so that each row gets its line number in the file.
    """
    partitions: list[Partition] = []
    length = sum(file.size for file in files if file.groups is None)
    size = min(_LARGEST, max(_SMALLEST, length // _ENOUGH))
    for file in files:
        if file.groups is not None:
            starts, counts = list(range(len(file.groups))), [(rows, rows) for rows in file.groups]
        else:
            starts = list(range(0, file.size, size))
            counts = count_blocks([file.url] * len(starts), starts, [size] * len(starts))
        # For each partition, the counts of all partitions before it in the file.
        before = accumulate(counts, lambda total, more: (total[0] + more[0], total[1] + more[1]), initial=(0, 0))
        for start, (lines, entries) in zip(starts, before, strict=False):
            partitions.append(Partition(len(partitions), file, start, size, lines, entries))
    return partitions


def count_lines(url: str, start: int, size: int) -> tuple[int, int]:
    """Return the number of lines of a block, and the number of its non-blank lines."""
    counted = Block(read_lines(url, start, size)).counted()
    return counted.lines, counted.entries


def read_lines(url: str, start: int, size: int) -> bytes:
    """Return the lines that start in a block."""
    with fsspec.open(url, "rb") as stream:
        lines: bytes = read_bytes(stream, start, size, delimiter=b"\n")
    return lines
