r"""Splits a text into its dated entries, if it certainly holds several.

An entry begins with a mark, which is one of these:

- a heading: a line that is only a date, such as "## 2026-03-01" or "Sat 7 Mar:", or `Date:` and a date (Day One)
- a stamp: a date and a time before the text, such as "[2026-03-06 21:10] Long shift." (jrnl)
- a chat stamp, which names a person too, such as "07/03/2026, 21:15 - Maria: on my way" (WhatsApp)

A text is split only if two marks or more are of the same kind. A date inside a sentence is never a mark.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from classifier.journal.dates import WrittenDate, date_in_text, end_of_front_matter

_LEVEL = re.compile(r"[#*]*(?=\s)")  # a heading of Markdown or Org
_AROUND = " \t\r\n#*_[]<>:."  # characters around the date of a heading
_LABEL = re.compile(r"\tDate:\t")  # Day One
_PROPERTIES = re.compile(r"\A(?:\t[A-Z][\w ]{0,30}:\t.*\r?\n)+")  # such as the weather, below a heading of Day One
_LONGEST_LINE = 120  # characters; a longer line is no heading

_CLOCK = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[ap]\.?m\.?)?"
_IN_BRACKETS = rf"\[(?P<inside>[^\]\r\n,]{{6,30}}(?P<comma>,)?\s{_CLOCK})\]"
_PLAIN = rf"(?P<plain>\d[\d./-]{{5,9}},?\s{_CLOCK})(?P<dash>[ ]-)?"
_STAMP = re.compile(rf"\u200e?(?:{_IN_BRACKETS}|{_PLAIN})(?=\s)", re.IGNORECASE)
_PERSON = re.compile(r"\s*(?:~\s?)?(?P<name>[^\s:][^:\r\n]{0,60}):\s")
_OF_THE_APP = re.compile(
    r"messages and calls are end-to-end encrypted.*|<media omitted>|null|<attached: .*>|.*\(file attached\)"
    r"|(?:image|video|audio|sticker|gif|document|contact card) omitted|missed (?:voice|video) call.*"
    r"|(?:this message was|you) deleted(?: this message)?\.?",
    re.IGNORECASE | re.DOTALL,
)
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e]")


@dataclass(frozen=True, slots=True, repr=False)
class DatedText:
    """A part of a text that is an entry of its own.

    Parameters
    ----------
    text
        The text of the entry without its heading or stamp, and without blank lines at its beginning and end.
    written
        The date of the heading or stamp. None for the text before the first heading or stamp.
    author
        The person who wrote a message of a chat. None outside of chats.
    line
        The number of the line on which the entry begins.
    """

    text: str
    written: WrittenDate | None
    author: str | None
    line: int


@dataclass(frozen=True, slots=True, repr=False)
class _Mark:
    """A heading or stamp: its kind, its line, where it starts and ends in the text, and its date."""

    kind: str
    line: int
    start: int
    end: int
    written: WrittenDate


def split_dated(text: str) -> list[DatedText] | None:
    """Return the dated entries of a text. None if the text is one entry.

    The text before the first heading or stamp is an entry without a date, unless it is blank or front matter. In a
    chat, the messages of one person on one day are one entry, and the lines of the app itself are left out.
    """
    marks = list(_marks(text))
    forms = Counter((mark.kind, mark.written.form) for mark in marks)
    kind = next((mark.kind for mark in marks if forms[mark.kind, mark.written.form] > 1), None)
    marks = [mark for mark in marks if mark.kind == kind]
    ends = [*(mark.start for mark in marks[1:]), len(text)]
    contents = [_content(text[mark.end : end]) for mark, end in zip(marks, ends, strict=False)]
    # A list of dates is no diary. In a diary, most dates have text below.
    if sum(map(bool, contents)) * 2 <= len(contents):
        return None
    if kind == "chat" and sum(map(bool, map(_PERSON.match, contents))) * 2 > len(contents):
        parts = _messages(marks, contents)
    else:
        pairs = zip(marks, contents, strict=True)
        parts = [DatedText(content, mark.written, None, mark.line) for mark, content in pairs]
    start = end_of_front_matter(text)
    before = text[start : marks[0].start]
    if before.strip():
        start += len(before) - len(before.lstrip())
        parts.insert(0, DatedText(before.strip(), None, None, len(list(_lines(text[:start] + ".")))))
    return parts


def date_at_start(text: str) -> WrittenDate | None:
    """Return the date of the heading or stamp that a text begins with, below its front matter. None without one."""
    body = text[end_of_front_matter(text) :].lstrip("\r\n")[:_LONGEST_LINE]
    mark = next(_marks(body), None)
    return mark.written if mark and mark.line == 1 else None


def _marks(text: str) -> Iterator[_Mark]:
    """Yield all headings and stamps of a text in order."""
    start = 0
    for number, line in enumerate(_lines(text), start=1):
        end = start + len(line)
        if written := _heading(line):
            level = _LEVEL.match(line)
            yield _Mark(f"heading {level[0] if level else ''}", number, start, end, written)
        elif (match := _STAMP.match(line)) and (written := date_in_text(match["inside"] or match["plain"])):
            kind = "chat" if match["dash"] or match["comma"] else "stamp in brackets" if match["inside"] else "stamp"
            yield _Mark(kind, number, start, start + match.end(), written)
        start = end


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their line breaks, as `read_lines` counts them."""
    return iter(io.StringIO(text, newline=""))


def _heading(line: str) -> WrittenDate | None:
    """Return the date of a line that is only a date. None for any other line."""
    if len(line) > _LONGEST_LINE:
        return None
    return date_in_text(_LABEL.sub("", line, count=1).strip(_AROUND))


def _content(text: str) -> str:
    """Return the text below or after a mark without the properties of Day One and without blank lines around it."""
    return _PROPERTIES.sub("", text, count=1).strip()


def _messages(marks: list[_Mark], contents: list[str]) -> list[DatedText]:
    """Return one entry for the messages of each person on each day, in the order of the first messages."""
    firsts: dict[tuple[WrittenDate, str], int] = {}
    texts: dict[tuple[WrittenDate, str], list[str]] = {}
    for mark, content in zip(marks, contents, strict=True):
        person = _PERSON.match(content)
        message = content[person.end() :].strip() if person else ""
        if person and message and not _OF_THE_APP.fullmatch(_INVISIBLE.sub("", message)):
            key = mark.written, _INVISIBLE.sub("", person["name"])
            firsts.setdefault(key, mark.line)
            texts.setdefault(key, []).append(message)
    return [DatedText("\n".join(texts[key]), *key, line) for key, line in firsts.items()]
