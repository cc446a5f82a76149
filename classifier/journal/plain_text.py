"""Reads a text or Markdown file as one entry, or as several if it certainly holds several dated entries."""

from __future__ import annotations

import datetime
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


def entries_of_text(
    text: str,
    wanted: ColumnOptions,
    *,
    source: str,
    name: str,
    date: datetime.date | None = None,
    author: str | None = None,
) -> Iterator[Entry | Unreadable]:
    """Yield a text as one entry, or the dated entries that `dated` splits it into.

    Parameters
    ----------
    text
        The text of a file, or of one message or note in it.
    wanted, source, name
        Those of `formats.Read`.
    date
        The date that the file gives beside the text, such as that of an e-mail. Without it, the date of a single entry
        comes from its front matter, from the heading at its beginning, or from the file's name: the first of them that
        can be read.
    author
        The author that the file names beside the text.
    """
    parts = split_dated(text)
    if parts is None:
        if date is None:
            date, dates = _date_of_single(text, wanted, source)
        else:
            dates = Dates()
        yield Entry(name, text, date, author, source)
        yield from dates.problems(source)
        return
    written = [part.written for part in parts if part.written]
    years = {mark.year for mark in written if mark.year is not None} | years_in_name(source)
    dates = Dates(is_day_first(written) if wanted.day_first is None else wanted.day_first, years)
    for number, part in enumerate(parts, start=1):
        part_date = dates.read(part.written) if part.written else date
        yield Entry(f"{name}:{number}", part.text, part_date, part.author or author, f"{source}:{part.line}")
    yield from dates.problems(source)


def _date_of_single(text: str, wanted: ColumnOptions, source: str) -> tuple[datetime.date | None, Dates]:
    """Return the date of a text that is one entry. If it has dates of which none can be read, the last is counted."""
    dates = Dates()
    for written in filter(None, (date_in_front_matter(text), date_at_start(text), date_in_name(source))):
        dates = Dates(wanted.day_first, years_in_name(source))
        if date := dates.read(written):
            return date, dates
    return None, dates
