"""Tagged entries as JSON Lines: one object per entry, as the endpoint answers it; text only if requested."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from classifier.report.rows import RowFormat, as_row

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import ReportSettings
    from classifier.tagging import TaggedEntry


class JsonlRows(RowFormat):
    """One line of plain ASCII per entry."""

    def __init__(self, settings: ReportSettings) -> None:
        self._with_text = settings.with_text

    def lines(self, entry: Entry, tagged: TaggedEntry) -> str:
        """Return one line."""
        # ASCII, because a lone surrogate in an id has no other form that every stream can hold.
        return json.dumps(as_row(entry, tagged, with_text=self._with_text), ensure_ascii=True) + "\n"
