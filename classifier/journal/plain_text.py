"""Reads a text or Markdown file as one entry, or as several if it certainly holds several dated entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.dated import date_at_start, split_dated
from classifier.journal.dates import Dates, date_in_front_matter, date_in_name, is_day_first, years_in_name
from classifier.journal.decoding import read_text
from classifier.journal.entry import Entry, Unreadable


def read_plain_text(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a text file. The parameters are those of `formats.Read`."""
    yield from entries_of_text(read_text(stream), wanted, source=source, name=name)


def entries_of_text(text: str, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield a text as one entry, or the dated entries that `dated` splits it into.

    The date of a single entry comes from its front matter, from the heading at its beginning, or from the file's name:
    the first of them that can be read. The parameters are those of `formats.Read`.
    """
    parts = split_dated(text)
    if parts is None:
        yield from _single(text, wanted, source=source, name=name)
        return
    written = [part.written for part in parts if part.written]
    years = {date.year for date in written if date.year is not None} | years_in_name(source)
    dates = Dates(is_day_first(written) if wanted.day_first is None else wanted.day_first, years)
    for number, part in enumerate(parts, start=1):
        date = dates.read(part.written)
        yield Entry(f"{name}:{number}", part.text, date, part.author, f"{source}:{part.line}")
    yield from dates.problems(source)


def _single(text: str, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield a text as one entry. If none of its dates can be read, also yield the reason for the last one."""
    date, dates = None, Dates()
    for written in filter(None, (date_in_front_matter(text), date_at_start(text), date_in_name(source))):
        dates = Dates(wanted.day_first, years_in_name(source))
        if date := dates.read(written):
            break
    yield Entry(name, text, date, None, source)
    yield from dates.problems(source)
