"""A text or Markdown file in, one entry out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.dates import date_in_front_matter, date_in_name
from classifier.journal.decoding import read_text
from classifier.journal.entry import Entry


def read_plain_text(stream: BinaryIO, _: ColumnOptions, *, source: str, name: str) -> Iterator[Entry]:
    """Read a file as one entry, dated by its front matter or else by its name; parameters as in `formats.Read`."""
    text = read_text(stream)
    yield Entry(name, text, date_in_front_matter(text) or date_in_name(name), None, source)
