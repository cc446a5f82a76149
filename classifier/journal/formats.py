"""Lists the input formats: which functions read a file with a given ending.

To add a format, write a module with a function that has the signature of `Read`, and add it to `FORMATS`.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, Protocol

from classifier.journal.columns import ColumnOptions, Columns
from classifier.journal.decoding import read_lines
from classifier.journal.delimited import delimited_columns, read_delimited
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.evernote import read_enex
from classifier.journal.excel import excel_columns, read_excel
from classifier.journal.json_export import json_columns, read_json
from classifier.journal.jsonl import json_object, jsonl_columns, read_jsonl
from classifier.journal.mail import read_eml, read_mbox
from classifier.journal.office import read_odt, read_word
from classifier.journal.parquet import parquet_columns, read_parquet
from classifier.journal.pdf import read_pdf
from classifier.journal.plain_text import read_plain_text
from classifier.journal.rtf import read_rtf
from classifier.journal.webpage import read_html
from classifier.journal.zip_export import read_zip


class Read(Protocol):
    """A function that reads one file."""

    def __call__(
        self, stream: BinaryIO, wanted: ColumnOptions, /, *, source: str, name: str
    ) -> Iterator[Entry | Unreadable]:
        """Yield the entries of a file, and an `Unreadable` in place of each row that cannot be read.

        Parameters
        ----------
        stream
            The open file, at its beginning. Every file except standard input can be rewound.
        wanted
            Columns that the caller asked for.
        source
            The file's path for error messages. `Entry.source` begins with it.
        name
            The file's path without its ending. The id of an entry begins with it if the file gives no id.

        Raises
        ------
        FileProblem
            The file, or the rest of it, cannot be read.
        """


class Format(NamedTuple):
    """The functions that read files of one format.

    Parameters
    ----------
    read
        Yields the entries of a file.
    columns
        Returns the columns of a file without reading its entries. None for a format without columns.
    """

    read: Read
    columns: Callable[[BinaryIO, ColumnOptions], Columns] | None = None


FORMATS = {
    "": Format(read_plain_text),  # a file without an ending; if it is not text, it is listed as that
    ".txt": Format(read_plain_text),
    ".text": Format(read_plain_text),
    ".md": Format(read_plain_text),
    ".markdown": Format(read_plain_text),
    ".org": Format(read_plain_text),
    ".log": Format(read_plain_text),
    ".docx": Format(read_word),
    ".odt": Format(read_odt),
    ".rtf": Format(read_rtf),
    ".html": Format(read_html),
    ".htm": Format(read_html),
    ".pdf": Format(read_pdf),
    ".eml": Format(read_eml),
    ".mbox": Format(read_mbox),
    ".csv": Format(read_delimited, delimited_columns),
    ".tsv": Format(read_delimited, delimited_columns),
    ".jsonl": Format(read_jsonl, jsonl_columns),
    ".ndjson": Format(read_jsonl, jsonl_columns),
    ".parquet": Format(read_parquet, parquet_columns),
    ".xlsx": Format(read_excel, excel_columns),
    ".json": Format(read_json, json_columns),
    ".enex": Format(read_enex),
    ".zip": Format(read_zip),
}

ENDINGS = ", ".join(filter(None, FORMATS))
"""The endings of files that are read, as messages name them."""

_PICTURES = frozenset((".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff", ".webp"))
_DOCUMENTS = frozenset((".doc", ".docm", ".epub", ".fodt", ".msg", ".pages", ".wpd", ".wps"))
_SHEETS = frozenset((".numbers", ".ods", ".xls", ".xlsb", ".xlsm"))
_RECORDINGS = frozenset((".aac", ".m4a", ".mov", ".mp3", ".mp4", ".ogg", ".opus", ".wav"))


def why_not_read(suffix: str) -> str:
    """Return why files with an ending are not read, and what to do. `suffix` is no key of `FORMATS`.

    Together with the name of the file, the reason makes one sentence.
    """
    suffix = suffix.lower()
    if suffix in _PICTURES:
        return "is a picture, which is not read; type what it says into a text file"
    if suffix in _RECORDINGS:
        return "is a recording, which is not read; type what it says into a text file"
    if suffix in _DOCUMENTS:
        return f"is a document ({suffix}), which is not read; save it as .docx, .odt, .pdf or .txt"
    if suffix in _SHEETS:
        return f"is a spreadsheet ({suffix}), which is not read; save it as .xlsx or .csv"
    return f"has the ending {suffix!r}, which is not read; if it holds a journal, save it with one of these: {ENDINGS}"


def detect_format(head: bytes) -> Format:
    """Detect the format of standard input from its first bytes: JSON Lines or plain text.

    The format is JSON Lines if the first line that is not blank begins with a brace, and at least one line is a JSON
    object. So JSON Lines are recognized even if one line is cut short, and plain text that only quotes JSON stays plain
    text.
    """
    lines = (line.text for line in read_lines(io.BytesIO(head)) if line.text.strip())
    first = next(lines, "")
    is_json = first.lstrip().startswith("{") and any(map(json_object, itertools.chain([first], lines)))
    return FORMATS[".jsonl" if is_json else ".txt"]
