"""The forms that a result of any size can take: parts of rows in, one file of them out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, TextIO, get_args

from classifier.report.rows import Csv, JsonLines

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import Writer
    from classifier.tagging import TaggedEntry
    from classifier.taxonomy import Taxonomy

RowFormat = Literal["jsonl", "csv", "parquet"]
ROW_FORMATS: tuple[RowFormat, ...] = get_args(RowFormat)

Pairs = Sequence[tuple["Entry", "TaggedEntry"]]


class Rowwise(Protocol):
    """A form whose rows can be written in parts."""

    def render(self, rows: Pairs) -> bytes:
        """Return a part: some entries, without what stands once in a file, such as a header."""

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        """Write parts in their order as one file, which equals that of all rows at once."""


def rowwise(form: RowFormat, *, taxonomy: Taxonomy, with_text: bool = False) -> Rowwise:
    """Return a form by its name; `MissingExtra` where it needs a library that is not installed."""
    match form:
        case "jsonl":
            return _Text(lambda out: JsonLines(out, with_text=with_text))
        case "csv":
            header = io.StringIO()
            Csv(header, taxonomy=taxonomy, with_text=with_text)
            return _Text(
                lambda out: Csv(out, taxonomy=taxonomy, with_text=with_text, header=False),
                head=header.getvalue().encode("utf-8-sig"),  # by the signature a spreadsheet knows UTF-8
            )
        case "parquet":
            from classifier.report.parquet import Parquet

            return Parquet(taxonomy, with_text=with_text)


class _Text:
    def __init__(self, writer: Callable[[TextIO], Writer], *, head: bytes = b"") -> None:
        self._writer = writer
        self._head = head

    def render(self, rows: Pairs) -> bytes:
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        to = self._writer(out)
        for entry, tagged in rows:
            to.write(entry, tagged)
        out.flush()
        return raw.getvalue()

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        out.write(self._head)
        for part in parts:
            out.write(part.read_bytes())
