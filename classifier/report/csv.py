"""Writes CSV for spreadsheets: one row per tag, or one row for an entry without tags. Text is written on request."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from classifier.report.rows import SENTENCE, RowFormat

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import ReportSettings
    from classifier.tagging import TaggedEntry

_BEFORE_TAG: Final = ("entry", "date", "status", "reason")
_OF_TAG: Final = ("label", "probability", "threshold", "start", "end")
_AFTER_TAG: Final = ("any_label", "model")
# Includes the full-width forms, which spreadsheets treat alike.
_FORMULA: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_BREAKS: Final = frozenset("\t\r\n")

Cells = tuple[str | float | None, ...]


class CsvRows(RowFormat):
    """Writes a header and rows. The tagged sentence, if requested, is the last column."""

    def __init__(self, settings: ReportSettings) -> None:
        self._taxonomy = settings.taxonomy
        self._sentence = (SENTENCE,) if settings.with_text else ()
        self.head = _written([(*_BEFORE_TAG, *_OF_TAG, *_AFTER_TAG, *self._sentence)])

    def lines(self, entry: Entry, tagged: TaggedEntry) -> str:
        """Return the rows of one entry as CSV."""
        return _written(self._cells(entry, tagged))

    def _cells(self, entry: Entry, tagged: TaggedEntry) -> Iterator[Cells]:
        before = (entry.id, entry.date.isoformat() if entry.date else None, tagged.status, tagged.reason)
        after = (None if tagged.any_label is None else round(tagged.any_label, 4), tagged.model)
        if not tagged.tags:
            yield (*before, *[None] * len(_OF_TAG), *after, *[None] * len(self._sentence))
        for tag in tagged.tags:
            label = self._taxonomy[tag.label].id
            of_tag = (label, round(tag.probability, 4), round(tag.threshold, 4), tag.start, tag.end)
            yield (*before, *of_tag, *after, *[entry.text[tag.start : tag.end] for _ in self._sentence])


def _written(rows: Iterable[Cells]) -> str:
    out = io.StringIO(newline="")  # keeps line breaks inside cells as they are
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([_no_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()


def _no_formula(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run as a formula. The spreadsheet then only shows it."""
    risky = cell.lstrip()[:1] in _FORMULA or cell[:1] in _BREAKS
    return f"'{cell}" if cell and risky else cell
