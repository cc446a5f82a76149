"""Reads a text or Markdown file as one entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.dates import date_in_front_matter, date_in_name
from classifier.journal.decoding import read_text
from classifier.journal.entry import Entry


def read_plain_text(stream: BinaryIO, _: ColumnOptions, *, source: str, name: str) -> Iterator[Entry]:
    """Yield a file as one entry. Its date comes from the front matter or, if there is none, from the file's name.

    The parameters are those of `formats.Read`.
    """
    text = read_text(stream)
    yield Entry(name, text, date_in_front_matter(text) or date_in_name(name), None, source)
