"""Reads entries from an export of Evernote (.enex)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from classifier.journal.archive import damage_reported
from classifier.journal.columns import ColumnOptions
from classifier.journal.dates import Dates, date_in_cell
from classifier.journal.document import attachments_not_read, document_entries, with_title
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.webpage import html_text


def read_enex(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of each note, with its title above its text, and an `Unreadable` for its attachments.

    The parameters are those of `formats.Read`.
    """
    for number, (title, content, created, author, attachments) in enumerate(_notes(stream), start=1):
        place = f"{source}:{number}"
        try:
            text = with_title(title, html_text(content))
            date = Dates().read(date_in_cell(created))
            inner = f"{name}:{number}"
            yield from document_entries(text, wanted, source=place, name=inner, date=date, author=author or None)
        except FileProblem as problem:
            yield Unreadable(place, str(problem))
        if attachments:
            yield Unreadable(place, attachments_not_read(attachments))


def _notes(stream: BinaryIO) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield the title, content, time of creation, author and number of attachments of each note."""
    from defusedxml.ElementTree import iterparse

    events = iterparse(stream, events=("end",))
    while True:
        with damage_reported("Evernote export"):
            _, element = next(events, (None, None))
        if element is None:
            return
        if element.tag == "note":
            paths = ("title", "content", "created", "note-attributes/author")
            title, content, created, author = ((element.findtext(path) or "").strip() for path in paths)
            yield title, content, created, author, len(element.findall("resource"))
        if element.tag in {"note", "resource"}:
            element.clear()
