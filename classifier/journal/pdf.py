"""Reads a PDF file: the text of all its pages. The library pypdf extracts the text.

Pages that are pictures, as in a scan, have no text. They are reported.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.document import document_entries
from classifier.journal.entry import Entry, FileProblem, Unreadable

_LOCKED = "is encrypted, and cannot be read without its password; save it without one"
_SCAN = "is a PDF without text, such as a scan; type what it says into a text file"
_NO_PDF = "is not a whole PDF file, or is damaged; save it again, or save its text as plain text"


def read_pdf(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a file, and an `Unreadable` if some of its pages are pictures without text.

    The parameters are those of `formats.Read`.
    """
    pages = _pages(stream)
    texts = [text for text, _ in pages if text]
    if not texts:
        raise FileProblem(_SCAN)
    yield from document_entries("\n\n".join(texts), wanted, source=source, name=name)
    scanned = sum(has_picture and not text for text, has_picture in pages)
    if scanned:
        problem = f"has pages that are pictures without text ({scanned} of {len(pages)}), which are not read"
        yield Unreadable(source, f"{problem}; type what they say into a text file")


def _pages(stream: BinaryIO) -> list[tuple[str, bool]]:
    """Return the text of each page, and whether the page has a picture."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings go to the screen and may quote the file
    try:
        return [(_text_of(page), bool(page.images.keys())) for page in PdfReader(stream).pages]
    except (DependencyError, FileNotDecryptedError):
        raise FileProblem(_LOCKED) from None
    except Exception:  # the library raises errors of many kinds for damaged files
        raise FileProblem(_NO_PDF) from None


def _text_of(page: Any) -> str:
    """Return the text of a page, or an empty string if it has none."""
    return str(page.extract_text()).strip()
