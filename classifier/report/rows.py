"""Writes entries as lines of text, to a stream or in parts. JSONL and CSV use this module, Parquet uses parts of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from classifier.report.marks import check_spans

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import Pairs
    from classifier.tagging import TaggedEntry

SENTENCE: Final = "sentence"
"""Name of the field or column for the tagged sentence. It exists only if text is requested."""


class RowFormat(ABC):
    """A format whose entries are lines of text. It can therefore be written in parts.

    Parameters
    ----------
    head
        Start of the file, such as a header line. May be empty.
    """

    head = ""

    @abstractmethod
    def lines(self, entry: Entry, tagged: TaggedEntry) -> str:
        """Return the lines of one entry, each with its line break."""

    def render(self, pairs: Pairs) -> bytes:
        """Return the lines of some entries in UTF-8, without the head."""
        lines = []
        for entry, tagged in pairs:
            check_spans(entry.text, tagged.tags)
            lines.append(self.lines(entry, tagged))
        return "".join(lines).encode("utf-8", "replace")

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        """Write the head and then the parts."""
        if self.head:
            out.write(self.head.encode("utf-8-sig"))  # with a signature, by which spreadsheets recognise UTF-8
        for part in parts:
            out.write(part.read_bytes())


class RowWriter:
    """Writes each entry to a stream immediately, so the stream keeps the finished entries of an interrupted run."""

    def __init__(self, out: TextIO, row_format: RowFormat) -> None:
        self._out = out
        self._format = row_format
        self._put(row_format.head)

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Write the lines of one entry."""
        check_spans(entry.text, tagged.tags)
        self._put(encodable(self._format.lines(entry, tagged), self._out))

    def close(self) -> None:
        """Do nothing, because all entries are already written."""

    def _put(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def as_row(entry: Entry, tagged: TaggedEntry, *, with_text: bool) -> dict[str, Any]:
    """Return an entry as a dict, with the fields of a JSONL line or a Parquet row."""
    row = {**tagged.as_dict(), "id": entry.id}
    if with_text:
        for tag in row["tags"]:
            tag[SENTENCE] = entry.text[tag["start"] : tag["end"]]
    return row


def encodable(text: str, out: TextIO) -> str:
    """Return the text with `?` for each character that the stream's encoding lacks (a lone surrogate in UTF-8)."""
    encoding = out.encoding or "utf-8"  # io.StringIO has none
    return text.encode(encoding, "replace").decode(encoding)
