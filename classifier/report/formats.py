"""Tagged entries in; a table, JSONL, CSV or one HTML page out.

`writer` gives the writer of a format. JSONL, CSV and the table come out entry by entry, so that a
journal of any size needs no more memory than its longest entry; HTML gathers the entries, because it
says first which of them to read first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TextIO, get_args

from classifier.errors import UnknownName

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.tagging import TaggedEntry
    from classifier.taxonomy import Taxonomy

__all__ = ["FORMATS", "Format", "ModelCard", "Writer", "writer"]

Format = Literal["table", "jsonl", "csv", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a report says of the model that tagged.

    thresholds
        Label id and the probability from which it is tagged.
    aim
        One sentence: what the operating point aims for. May be empty.
    measured
        One or two sentences: how often the model was right and how much it missed, and on what
        writing. May be empty.
    steps
        For each of the five steps of odds, from the least: how many such tags that writing got, and how many of
        them were right. May be empty.
    """

    version: str
    operating_point: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    aim: str = ""
    measured: str = ""
    steps: Sequence[tuple[int, int]] = ()


class Writer(Protocol):
    """Writes tagged entries to a stream, which stays open."""

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Take one entry and what the classifier says of it.

        Raises
        ------
        ValueError
            A tag points outside the entry's text: the two do not belong together.
        UnknownName
            A tag's label is not in the taxonomy.
        """

    def close(self) -> None:
        """Write what is left. To be called once, after the last entry."""


def writer(
    format: Format,
    out: TextIO,
    *,
    taxonomy: Taxonomy,
    model: ModelCard,
    made: datetime | None = None,
    with_text: bool = False,
) -> Writer:
    """Return the writer of a format.

    Parameters
    ----------
    format
        `table` for a person at a terminal, `jsonl` and `csv` for programs and spreadsheets, `html` for
        a page that opens in any browser, offline.
    out
        Where to write. Open files as UTF-8 with `newline=""`; a spreadsheet wants `utf-8-sig`. What
        another encoding lacks is written as `?`, in JSON and HTML as an escape.
    taxonomy
        The labels, with their names and explanations.
    model
        What to say of the model.
    made
        When the report was made, by default now.
    with_text
        Whether JSONL and CSV hold the tagged sentences; the table and the page always do.

    Raises
    ------
    UnknownName
        There is no such format.
    """
    # Each writer is imported where it is wanted: a stream of JSONL should not wait for a plotting library.
    match format:
        case "jsonl":
            from classifier.report.rows import JsonLines

            return JsonLines(out, with_text=with_text)
        case "csv":
            from classifier.report.rows import Csv

            return Csv(out, taxonomy=taxonomy, with_text=with_text)
        case "table":
            from classifier.report.table import Table

            return Table(out, taxonomy=taxonomy, model=model)
        case "html":
            from classifier.report.html import Html

            return Html(out, taxonomy=taxonomy, model=model, made=made or datetime.now())
        case _:
            raise UnknownName("format", format, FORMATS)
