"""Finds an output format by its name or by the name of a file, and creates its writer.

To add a format, write one module with a class for it and add one row to `OUTPUT_FORMATS`. The `kind` of the row says
what the class must do:

- `report`: the class has the methods of `Writer`, and takes the stream and the settings. People read the result. It
  cannot be written in parts.
- `rows`: the class is a subclass of `rows.RowFormat`, and takes the settings. The result can be written to a stream or
  in parts.
- `parts`: the class has the methods of `PartFormat`, and takes the settings. The result can only be written in parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePath
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, Protocol, TextIO

from classifier.errors import UnknownName
from classifier.report.rows import RowWriter

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.model_card import ModelCard
    from classifier.tagging import TaggedEntry
    from classifier.taxonomy import Taxonomy

    Pairs = Sequence[tuple[Entry, TaggedEntry]]


class Writer(Protocol):
    """Writes tagged entries to a text stream. The stream stays open."""

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Add one entry.

        Raises
        ------
        ValueError
            A tag points outside the text of the entry, so the two do not belong together.
        UnknownName
            The label of a tag is not in the taxonomy.
        """

    def close(self) -> None:
        """Write what comes after the last entry. Call this method once."""


class PartFormat(Protocol):
    """Writes a result in parts, and later joins the parts into one file."""

    def render(self, pairs: Pairs) -> bytes:
        """Return some entries as one part. The errors are those of `Writer.write`."""

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        """Join the parts, in their order, into one file. The division into parts has no effect on the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Everything that a writer needs besides the entries.

    Parameters
    ----------
    taxonomy
        The labels, with their names and explanations.
    model
        Facts about the model. Only the table and the page show them.
    with_text
        Whether JSONL, CSV and Parquet contain the tagged sentences. The table and the page always show them.
    made
        Time of the report. Only the page shows this time.
    """

    taxonomy: Taxonomy
    model: ModelCard
    with_text: bool = False
    made: datetime = field(default_factory=datetime.now)


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One output format.

    Parameters
    ----------
    name
        Name of the format on the command line.
    home
        Module in `classifier.report`, and class in this module, separated by a colon. The module is imported when it is
        first needed, because some modules need large libraries.
    kind
        Kind of the class; see the docstring of this module.
    endings
        Endings of file names, in lower case, that select this format.
    standalone_parts
        Whether each part is a complete file by itself. A result in partitions requires this.
    """

    name: str
    home: str
    kind: Literal["report", "rows", "parts"]
    endings: tuple[str, ...] = ()
    standalone_parts: bool = False

    @property
    def streams(self) -> bool:
        """Whether the format can be written to a stream."""
        return self.kind != "parts"

    @property
    def grows(self) -> bool:
        """Whether the format can be written in parts, so that an interrupted run can be resumed."""
        return self.kind != "report"

    def writer(self, out: TextIO, settings: ReportSettings) -> Writer:
        """Return a writer to a text stream.

        Open a file as UTF-8 with `newline=""`. A character that the stream's encoding lacks is written as `?`, or as an
        escape sequence in JSON and HTML.
        """
        if self.kind == "rows":
            return RowWriter(out, self._class()(settings))
        writer: Writer = self._class()(out, settings)
        return writer

    def part_format(self, settings: ReportSettings) -> PartFormat:
        """Return the object that renders and joins parts.

        Raises
        ------
        UnknownName
            The format cannot be written in parts.
        MissingExtra
            The format needs a library that is not installed.
        """
        if not self.grows:
            raise UnknownName(
                "format for parts", self.name, [name for name, row in OUTPUT_FORMATS.items() if row.grows]
            )
        part_format: PartFormat = self._class()(settings)
        return part_format

    def _class(self) -> Any:
        return resolve_name(f"{__package__}.{self.home}")


_TABLE: Final = (
    OutputFormat("table", "table:TerminalTable", "report"),
    OutputFormat("jsonl", "jsonl:JsonlRows", "rows", (".jsonl",), standalone_parts=True),
    OutputFormat("csv", "csv:CsvRows", "rows", (".csv",)),
    OutputFormat("parquet", "parquet:ParquetParts", "parts", (".parquet",), standalone_parts=True),
    OutputFormat("html", "html:HtmlPage", "report", (".html", ".htm")),
)
OUTPUT_FORMATS: Final = {format.name: format for format in _TABLE}
"""The formats by name. The first format is the default."""


def find_format(name: str) -> OutputFormat:
    """Return the format with this name. Raise `UnknownName` if no format has this name."""
    if name not in OUTPUT_FORMATS:
        raise UnknownName("format", name, OUTPUT_FORMATS)
    return OUTPUT_FORMATS[name]


def format_for_file(path: PurePath) -> OutputFormat:
    """Return the format for the ending of a file's name. For an unknown ending, return the table."""
    return next((format for format in _TABLE if path.suffix.lower() in format.endings), _TABLE[0])
