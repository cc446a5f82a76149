"""Builds the entries of a file whose text is extracted, such as a Word document, and tidies extracted text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from classifier.journal.columns import ColumnOptions
from classifier.journal.decoding import MAX_CHARACTERS, without_surrogates
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.plain_text import entries_of_text

NO_TEXT = "contains no text; if it holds pictures of pages, type what they say into a text file"
_TOO_LONG = f"contains more than {MAX_CHARACTERS:,} characters of text, the limit for one entry; split it"

_LINE_BREAK = re.compile(r"\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")
_BLANKS_AT_END = re.compile(r"(?<![ \t])[ \t]+(?=\n)")  # looks behind, so that a long run of blanks is tried only once
_BLANK_LINES = re.compile(r"\n{3,}")


def document_entries(
    text: str,
    wanted: ColumnOptions,
    *,
    source: str,
    name: str,
    date: datetime.date | None = None,
    author: str | None = None,
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of a document, or its dated entries.

    Parameters
    ----------
    text
        The extracted text. It is tidied here.
    wanted, source, name, date, author
        Those of `entries_of_text`.

    Raises
    ------
    FileProblem
        The text is blank, or longer than an entry may be.
    """
    text = tidy(text)
    if not text:
        raise FileProblem(NO_TEXT)
    if len(text) > MAX_CHARACTERS:
        raise FileProblem(_TOO_LONG)
    yield from entries_of_text(text, wanted, source=source, name=name, date=date, author=author)


def tidy(text: str) -> str:
    r"""Return extracted text whose lines end in \n, without blanks at their ends and with single blank lines.

    NUL characters are removed, and lone surrogates are replaced.
    """
    lines = _LINE_BREAK.sub("\n", without_surrogates(text).replace("\0", ""))
    return _BLANK_LINES.sub("\n\n", _BLANKS_AT_END.sub("", lines)).strip()


def attachments_not_read(number: int) -> str:
    """Return the problem of an entry with a number of attachments, which are not read."""
    files = "a file" if number == 1 else f"{number} files"
    return f"has {files} attached, which the program does not read; save what holds a journal, and give its path"


def with_title(title: object, text: str) -> str:
    """Return a text below its title. The title is left out if it is no text, or if the text begins with it."""
    heading = title.strip() if isinstance(title, str) else ""
    return text if not heading or text.lstrip().startswith(heading) else f"{heading}\n\n{text}"
