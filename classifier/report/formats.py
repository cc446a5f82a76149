"""The output formats: the name of a format or of a file in, the writer of that format out.

To add a format, write one module with a class for it and add one row to `OUTPUT_FORMATS`. The `kind` of the row says
what the class must do:

- `report`: a class like `Writer` that takes the stream and the settings. For people to read; cannot grow in parts.
- `rows`: a subclass of `rows.RowFormat` that takes the settings. It can be written to a stream, or grow in parts.
- `parts`: a class like `PartFormat` that takes the settings. It grows in parts only.
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
    """Writes tagged entries to a text stream, which stays open."""

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
        """Write the rest. Call it once, after the last entry."""


class PartFormat(Protocol):
    """Writes a result in parts that are later joined to one file."""

    def render(self, pairs: Pairs) -> bytes:
        """Return some entries as one part; errors as in `Writer.write`."""

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        """Write the parts, in their order, as one file. It equals the file of all entries written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What a writer needs to know besides the entries.

    Parameters
    ----------
    taxonomy
        The labels, with their names and explanations.
    model
        Facts about the model, for the formats that people read.
    with_text
        Whether JSONL, CSV and Parquet hold the tagged sentences; the table and the page always do.
    made
        When the report is made; the page shows it.
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
        Its name on the command line.
    home
        Module in `classifier.report` and class in it. Imported when first needed, because some need large libraries.
    kind
        What the class must do; see the docstring of this module.
    endings
        Endings of file names, in lower case, that mean this format.
    standalone_parts
        Whether each part is a complete file, as a result in partitions needs.
    """

    name: str
    home: str
    kind: Literal["report", "rows", "parts"]
    endings: tuple[str, ...] = ()
    standalone_parts: bool = False

    @property
    def streams(self) -> bool:
        """Whether it can be written to a stream."""
        return self.kind != "parts"

    @property
    def grows(self) -> bool:
        """Whether it can be written in parts, so that an interrupted run can be resumed."""
        return self.kind != "report"

    def writer(self, out: TextIO, settings: ReportSettings) -> Writer:
        """Return a writer to a stream.

        Open files as UTF-8 with `newline=""`. Characters that the encoding of the stream lacks are written as `?`, in
        JSON and HTML as an escape.
        """
        if self.kind == "rows":
            return RowWriter(out, self._class()(settings))
        writer: Writer = self._class()(out, settings)
        return writer

    def part_format(self, settings: ReportSettings) -> PartFormat:
        """Return what renders and joins parts.

        Raises
        ------
        UnknownName
            The format does not grow in parts.
        MissingExtra
            It needs a library that is not installed.
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
"""The formats by their names. The first is the default."""


def find_format(name: str) -> OutputFormat:
    """Return the format with this name, or raise `UnknownName`."""
    if name not in OUTPUT_FORMATS:
        raise UnknownName("format", name, OUTPUT_FORMATS)
    return OUTPUT_FORMATS[name]


def format_for_file(path: PurePath) -> OutputFormat:
    """Return the format that the ending of a file means; for other endings the table."""
    return next((format for format in _TABLE if path.suffix.lower() in format.endings), _TABLE[0])
