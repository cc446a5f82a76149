"""Tagged entries for programs (JSONL) and spreadsheets (CSV), each written out at once; text only where asked for."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TextIO

from classifier.report.encoding import encodable
from classifier.report.marks import check

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
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
    "any_label",
    "model",
)
SENTENCE: Final = "sentence"
"""The last column, where text is asked for."""

_FORMULA: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")  # with full-width forms, which spreadsheets read alike
_BREAKS: Final = frozenset("\t\r\n")


class JsonLines:
    """One line of JSON an entry, in plain ASCII: offsets, as the endpoint answers, and text where it is asked for."""

    def __init__(self, out: TextIO, *, with_text: bool = False) -> None:
        self._out = out
        self._with_text = with_text

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Write one line."""
        check(entry.text, tagged.tags)
        # ASCII, because a lone surrogate in an id has no other form that every stream can hold.
        self._out.write(json.dumps(as_row(entry, tagged, with_text=self._with_text), ensure_ascii=True) + "\n")
        self._out.flush()

    def close(self) -> None:
        """Do nothing: every line is out."""


class Csv:
    """One row a tag, where text is asked for with the sentence that it marks, and one row for an entry without tags."""

    def __init__(self, out: TextIO, *, taxonomy: Taxonomy, with_text: bool = False, header: bool = True) -> None:
        self._out = out
        self._taxonomy = taxonomy
        self._columns = (*COLUMNS, SENTENCE) if with_text else COLUMNS
        self._rows = csv.writer(out, lineterminator="\n")
        if header:
            self._rows.writerow(self._columns)
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
        end = (None if tagged.any_label is None else round(tagged.any_label, 4), tagged.model)
        if not tagged.tags:
            yield (*start, *(None,) * 5, *end, *(None,) * (SENTENCE in self._columns))
        for tag in tagged.tags:
            yield (
                *start,
                self._taxonomy[tag.label].id,
                round(tag.probability, 4),
                round(tag.threshold, 4),
                tag.start,
                tag.end,
                *end,
                *([entry.text[tag.start : tag.end]] if SENTENCE in self._columns else ()),
            )


def as_row(entry: Entry, tagged: TaggedEntry, *, with_text: bool) -> dict[str, Any]:
    """Return an entry as one line of JSONL or one row of Parquet has it."""
    row = {**tagged.as_dict(), "id": entry.id}
    if with_text:
        for tag in row["tags"]:
            tag[SENTENCE] = entry.text[tag["start"] : tag["end"]]
    return row


def _no_formula(cell: str) -> str:
    """Return a cell that a spreadsheet shows and never runs: an apostrophe goes before what looks like a formula."""
    risky = cell.lstrip()[:1] in _FORMULA or cell[:1] in _BREAKS
    return f"'{cell}" if cell and risky else cell
