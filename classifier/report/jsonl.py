"""Writes JSON Lines: one object per entry, with the fields of the endpoint's answer. Text is written on request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from classifier.report.rows import RowFormat, as_row

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import ReportSettings
    from classifier.tagging import TaggedEntry


class JsonlRows(RowFormat):
    """Writes one line of plain ASCII per entry."""

    def __init__(self, settings: ReportSettings) -> None:
        self._with_text = settings.with_text

    def lines(self, entry: Entry, tagged: TaggedEntry) -> str:
        """Return the line of one entry."""
        # ASCII with escapes, because most encodings cannot hold a lone surrogate, which an id may contain.
        return json.dumps(as_row(entry, tagged, with_text=self._with_text), ensure_ascii=True) + "\n"
