"""Reads a Rich Text (.rtf) file. The library striprtf extracts the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.decoding import MAX_CHARACTERS
from classifier.journal.document import document_entries
from classifier.journal.entry import Entry, FileProblem, Unreadable

_NO_RTF = "is not a whole Rich Text file; open it, and save it again as .rtf or .docx"
_TOO_LONG = f"is longer than {MAX_CHARACTERS >> 20} MiB, the limit for Rich Text; save it without pictures"


def read_rtf(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a file. The parameters are those of `formats.Read`."""
    from striprtf.striprtf import rtf_to_text

    data = stream.read(MAX_CHARACTERS + 1)
    if len(data) > MAX_CHARACTERS:
        raise FileProblem(_TOO_LONG)
    if not data.lstrip().startswith(b"{\\rtf"):
        raise FileProblem(_NO_RTF)
    try:
        # The format has only ASCII characters and codes for all others. Some programs write bytes of Windows anyway.
        text: str = rtf_to_text(data.decode("cp1252", errors="replace"), errors="replace")
    except (ValueError, TypeError, LookupError, OverflowError):
        raise FileProblem(_NO_RTF) from None
    # An emoji is written as two codes, the halves of a surrogate pair.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    yield from document_entries(text, wanted, source=source, name=name)
