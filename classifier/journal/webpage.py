"""Reads an HTML file, and extracts the text of HTML in other formats, with Beautiful Soup.

Block elements and <br> end lines. Scripts, styles and the title of the window are left out. Apple Journal exports one
such file for each entry.
"""

from __future__ import annotations

import datetime
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.dated import date_at_start
from classifier.journal.dates import Dates, date_in_cell, date_in_name
from classifier.journal.decoding import MAX_CHARACTERS, read_text
from classifier.journal.document import document_entries, tidy
from classifier.journal.entry import Entry, FileProblem, Unreadable

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr
    ul en-note""".split()
)
_LEFT_OUT = frozenset("script style template title noscript iframe object svg math select textarea".split())
_SPACES = re.compile(r"[ \t\r\n\f]+")  # white space in HTML; no-break spaces are characters of the text

_EDGE = "\f"  # the beginning or end of a block; white space in the text never contains it, see `_SPACES`
_EDGES = re.compile(f"(?<! ) *{_EDGE}[ {_EDGE}]*")  # looks behind, so that a long run of blanks is tried only once
_AROUND_BREAKS = re.compile(r"(?<! ) *\n *")
_DATE_NAME = re.compile(r"^(?:dc\.|dcterms\.)?(?:date|created)$", re.IGNORECASE)
_REPORT = b'<meta name="generator" content="thoughtmark">'
_REPORT_HEAD = 2**12  # the mark of a report is within this number of bytes
_IS_REPORT = "is a report that this program wrote, and no journal; give the files that the report was made from"
_TOO_DEEP = "has elements inside elements more than a thousand deep; save it as plain text"


def read_html(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a file. The parameters are those of `formats.Read`.

    If neither the text nor the name of a single entry begins with its date, the date is that of <meta name="date">.
    """
    data = stream.read(MAX_CHARACTERS + 1)
    if _REPORT in data[:_REPORT_HEAD]:
        raise FileProblem(_IS_REPORT)
    soup = _parse(_decode(data))
    text = _text_of(soup)
    date = None if date_at_start(text) or date_in_name(source) else _meta_date(soup)
    yield from document_entries(text, wanted, source=source, name=name, date=date)


def is_own_report(path: Path) -> bool:
    """Return whether a file is an HTML report that this program wrote. A file that cannot be opened is none."""
    try:
        if path.suffix.lower() not in {".html", ".htm"} or not path.is_file():  # opening a named pipe would wait
            return False
        with path.open("rb") as stream:
            return _REPORT in stream.read(_REPORT_HEAD)
    except OSError:
        return False


def html_text(markup: str, *, without: str | None = None) -> str:
    """Return the tidied text of an HTML document or fragment.

    Parameters
    ----------
    markup
        The HTML.
    without
        A CSS selector of elements to leave out.

    Raises
    ------
    FileProblem
        The elements are nested too deeply.
    """
    return _text_of(_parse(markup), without=without)


def _parse(markup: str) -> BeautifulSoup:
    """Parse HTML. Beautiful Soup's warnings, such as that a text looks like a file's name, do not matter here."""
    from bs4 import BeautifulSoup

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BeautifulSoup(markup, "html.parser")


def _text_of(soup: BeautifulSoup, *, without: str | None = None) -> str:
    """Return the text of parsed HTML, as `html_text` describes it."""
    try:
        left_out = {id(element) for element in soup.select(without)} if without else set()
        text = _EDGES.sub("\n", "".join(_pieces(soup, left_out)))
    except RecursionError:
        raise FileProblem(_TOO_DEEP) from None
    return tidy(_AROUND_BREAKS.sub("\n", text))


def _pieces(element: Tag, left_out: set[int], *, is_pre: bool = False) -> Iterator[str]:
    """Yield the text of an element in pieces. `is_pre` says whether its line breaks are text."""
    from bs4.element import CData, NavigableString, Tag

    for child in element.children:
        if isinstance(child, Tag):
            if child.name in _LEFT_OUT or id(child) in left_out:
                continue
            edge = _EDGE if child.name in _BLOCKS else ""
            yield "\n" if child.name == "br" else edge
            yield from _pieces(child, left_out, is_pre=is_pre or child.name == "pre")
            yield edge
        elif type(child) in {NavigableString, CData}:  # and not one of their subclasses, such as `Comment`
            text = str(child)
            yield text.replace(_EDGE, " ") if is_pre else _SPACES.sub(" ", text)


def _decode(data: bytes) -> str:
    """Return the text of an HTML file: in UTF-8, in the encoding that it names, or in the one that is detected."""
    from bs4.dammit import EncodingDetector

    if len(data) <= MAX_CHARACTERS:
        for encoding in ("utf-8-sig", EncodingDetector.find_declared_encoding(data, is_html=True)):
            with suppress(UnicodeError, LookupError):
                if encoding:
                    return data.decode(encoding)
    return read_text(io.BytesIO(data))


def _meta_date(soup: BeautifulSoup) -> datetime.date | None:
    """Return the date in the head of a document, as LibreOffice and others write it."""
    metas = soup.find_all("meta", attrs={"name": _DATE_NAME})
    dates = Dates()
    return next((date for meta in metas if (date := dates.read(date_in_cell(meta.get("content"))))), None)
