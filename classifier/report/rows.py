"""Tagged entries for programs (JSONL) and spreadsheets (CSV), each written out at once."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TextIO

from classifier.report.encoding import encodable
from classifier.report.marks import check

if TYPE_CHECKING:
    from classifier.entries import Entry
    from classifier.tagging import TaggedEntry
    from classifier.taxonomy import Taxonomy

COLUMNS: Final = (
    "entry",
    "date",
    "status",
    "reason",
    "label",
    "probability",
    "threshold",
    "start",
    "end",
    "sentence",
)

_FORMULA: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")  # with full-width forms, which spreadsheets read alike
_BREAKS: Final = frozenset("\t\r\n")


class JsonLines:
    """One line of JSON an entry, in plain ASCII: offsets and no text, as the endpoint answers."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Write one line."""
        check(entry.text, tagged.tags)
        # ASCII, because a lone surrogate in an id has no other form that every stream can hold.
        self._out.write(json.dumps({**tagged.as_dict(), "id": entry.id}, ensure_ascii=True) + "\n")
        self._out.flush()

    def close(self) -> None:
        """Do nothing: every line is out."""


class Csv:
    """One row a tag with the sentence that it marks, and one row for an entry without tags."""

    def __init__(self, out: TextIO, *, taxonomy: Taxonomy) -> None:
        self._out = out
        self._taxonomy = taxonomy
        self._rows = csv.writer(out, lineterminator="\n")
        self._rows.writerow(COLUMNS)
        out.flush()

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Write the rows of one entry."""
        check(entry.text, tagged.tags)
        for row in self._of(entry, tagged):
            self._rows.writerow(
                [encodable(_no_formula(cell), self._out) if isinstance(cell, str) else cell for cell in row]
            )
        self._out.flush()

    def close(self) -> None:
        """Do nothing: every row is out."""

    def _of(self, entry: Entry, tagged: TaggedEntry) -> Iterator[tuple[str | float | None, ...]]:
        start = (entry.id, entry.date.isoformat() if entry.date else None, tagged.status, tagged.reason)
        if not tagged.tags:
            yield (*start, *(None,) * (len(COLUMNS) - len(start)))
        for tag in tagged.tags:
            yield (
                *start,
                self._taxonomy[tag.label].id,
                round(tag.probability, 4),
                round(tag.threshold, 4),
                tag.start,
                tag.end,
                entry.text[tag.start : tag.end],
            )


def _no_formula(cell: str) -> str:
    """Return a cell that a spreadsheet shows and never runs: an apostrophe goes before what looks like a formula."""
    risky = cell.lstrip()[:1] in _FORMULA or cell[:1] in _BREAKS
    return f"'{cell}" if cell and risky else cell
