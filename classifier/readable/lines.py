"""Removes what stands before or between the words of the writer: front matter, fields, quoted replies, time stamps.

Each step works on lines, which end with a line feed. What is removed is not judged, but offsets into the given text
stay exact. A line that somebody else wrote or said (a quoted reply, "Mum: ...") is removed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from classifier.readable.view import Edit

_FRONT_MATTER = re.compile(r"\A(?P<fence>---|\+\+\+)[ \t]*\n.*?\n(?P=fence)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(
    r"^ *(?:[-*] )?[\w][\w /-]{0,40}::[^\n]*$|[\[(][\w][\w /-]{0,40}::[^\]\)\n]{0,300}[\])]", re.MULTILINE
)
_PROPERTY = re.compile(
    r"^ *(?:title|song|music|tags?|labels?|date|created|modified|updated|last edited(?: time)?|location|weather|"
    r"temperature|url|author|aliases|id|uuid|device|client|patient)(?: at)? *: [^\n]*$",
    re.MULTILINE | re.IGNORECASE,
)

_REPLY_HEADING = re.compile(
    r"^ *(?:On\b[^\n]{5,300}|[^\n]{0,200}<[^<>\s@\n]{1,80}@[^<>\s\n]{1,80}>[^\n]{0,60})wrote: *$", re.MULTILINE
)
_REPLY = re.compile(r"(?:\n *)*+>[^\n]*+(?:\n *(?:>[^\n]*+|(?=\n|\Z)))*+")
"""Matches quoted lines, and blank lines before and between them."""
_QUOTE_PREFIX = re.compile(r"^(?: {0,3}> ?)+", re.MULTILINE)

_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY: Final = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|rs|rsday|urday)?\.?"
_TIME: Final = r"\d{1,2}(?:[:.h]\d{2}(?::\d{2})?(?: ?[ap]\.?m\b\.?)?| ?[ap]\.?m\b\.?)(?:Z|[+-]\d{2}:?\d{2})?"
_DATE: Final = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?)"
)
_SEPARATOR: Final = r"(?: *[-\u2013\u2014:|,;.]+(?=\s)| *[\u2013\u2014|]+)"
_STAMP = re.compile(
    rf"^ *(?:"
    rf"[\[(] *(?:{_WEEKDAY},? )?(?:(?P<date>{_DATE}[ ,T]+(?:at )?{_TIME})|{_DATE}|{_TIME}) *[\])]"
    rf"(?: *[-\u2013\u2014:|])?"
    rf"|(?:{_WEEKDAY},? )?(?P<chat>{_DATE}[ ,T]+(?:at )?{_TIME}{_SEPARATOR}?(?=\s))"
    rf"|(?:{_WEEKDAY},? )?{_DATE}{_SEPARATOR}"
    rf"|\d{{4}}-\d{{2}}-\d{{2}}(?=\s)"
    rf"|(?:{_WEEKDAY},? )?{_TIME}{_SEPARATOR}?(?=\s)"
    rf"|{_WEEKDAY} *[-\u2013\u2014:|.]+(?=\s)"
    rf"|day \d{{1,5}}(?: *[-\u2013\u2014:|]+(?=\s))"
    rf")(?P<rest> *)",
    re.MULTILINE | re.IGNORECASE,
)
_CHAT_NAME = re.compile(r" *~? *(?P<name>[^\W\d_][^\n:]{0,40}): +(?=\S)")
_WORDS_AFTER = re.compile(r" *[^\W\d_]{2}|[ \n]*\Z| *[iI]\b| *\n| *[\"'(\[*_]| *[^\w\s]| *\d")

_BULLETS: Final = r"[-*+\u2022\u2023\u25aa\u25cf\u25e6\u25a0\u2043\u00b7\u2013\u2014]"
_MARKER = re.compile(rf"^ *(?:(?:{_BULLETS}|\(?\d{{1,2}}[.)]|\(?[a-h]\)) +)?(?:\[[ xX]\] +)?(?=\S)", re.MULTILINE)
_HASHTAGS = re.compile(r"(?<!\S)#[^\W\d]\w{0,60}(?: +#[^\W\d]\w{0,60})*(?!\S) *")
_HASH = re.compile(r"(?<!\S)#(?=[^\W\d_]\w)")

_SPEAKER = re.compile(
    r"^ *(?P<name>(?:my )?[^\W\d_][\w'.-]{0,30}(?: [^\W\d_][\w'.-]{0,30}){0,2}) ?: +(?=\S)", re.MULTILINE
)
_SAID = re.compile(r"[\"\u201c][^\"\u201c\u201d\n]*[\"\u201d]")
"""Matches what is said in quotation marks after the name of a speaker. What follows is the writer's again."""

_OTHERS: Final = frozenset(
    "mum mom mam mama mummy mommy mother ma dad daddy papa father pa nan nana gran grandma granny grandad grandpa "
    "sister sis brother bro wife husband partner boyfriend girlfriend bf gf ex son daughter aunt auntie uncle cousin "
    "boss manager teacher doctor doc dr gp nurse therapist counsellor counselor sponsor psychiatrist friend mate "
    "neighbour neighbor roommate flatmate voice him her he she they them".split()
)
_SELF: Final = frozenset({"me", "i", "myself"})

_LINK_LINE = re.compile(r"^ *<?(?:https?://|www\.)\S++(?: +<?(?:https?://|www\.)\S++)*+ *$", re.MULTILINE)
_MIN_TABLE = 5
"""At least this number of neighbouring lines of figures are a table or a log, and no part of the diary."""


def front_matter(text: str) -> Iterator[Edit]:
    """Yield edits that remove front matter, and fields such as `mood:: low`, of notes.

    Properties in the form `Created: ...` are removed only from a block of them at the beginning of the text.
    """
    block = _FRONT_MATTER.match(text)
    start = block.end() if block else 0
    if block:
        yield Edit(0, start, "")
    while (prop := _PROPERTY.match(text, start)) and prop.end() > start:
        end = min(prop.end() + 1, len(text))
        yield Edit(start, end, "")
        start = end
    if "::" in text:
        yield from (Edit(match.start(), match.end(), "") for match in _FIELD.finditer(text, start))


def quoted_replies(text: str) -> Iterator[Edit]:
    """Yield edits that remove the quoted lines after "On ... wrote:", and the mark `>` before other lines."""
    if ">" not in text and "wrote:" not in text:
        return
    removed_to = 0
    for heading in _REPLY_HEADING.finditer(text):
        if heading.start() < removed_to:
            continue
        if reply := _REPLY.match(text, heading.end()):
            yield from _prefixes(text, removed_to, heading.start())
            yield Edit(heading.start(), reply.end(), "\n\n")
            removed_to = reply.end()
    yield from _prefixes(text, removed_to, len(text))


def _prefixes(text: str, start: int, end: int) -> Iterator[Edit]:
    return (Edit(match.start(), match.end(), "") for match in _QUOTE_PREFIX.finditer(text, start, end))


def links_and_figures(text: str) -> Iterator[Edit]:
    """Yield edits that remove lines of links only, and blocks of at least five lines of figures."""
    edits = []
    if "://" in text or "www." in text:
        edits += [Edit(match.start(), match.end(), "") for match in _LINK_LINE.finditer(text)]
    if text.count("\n") >= _MIN_TABLE - 1:
        edits += _tables(text)
    return iter(sorted(edits))


def _tables(text: str) -> Iterator[Edit]:
    position = 0
    for is_figures, group in groupby(text.split("\n"), key=_is_figures):
        lines = list(group)
        length = sum(len(line) + 1 for line in lines)
        if is_figures and len(lines) >= _MIN_TABLE:
            yield Edit(position, min(position + length, len(text)), "\n")
        position += length


def _is_figures(line: str) -> bool:
    """Return whether most of a line is figures: words with a digit, or signs."""
    words = line.split()
    in_figures = sum(len(word) for word in words if any(map(str.isdigit, word)) or not any(map(str.isalpha, word)))
    return len(words) > 1 and in_figures >= 0.6 * sum(map(len, words))


def hashtags(text: str) -> Iterator[Edit]:
    """Yield edits that remove hashtags at the beginning and end of a line, and the `#` of others."""
    if "#" not in text:
        return
    for match in _HASHTAGS.finditer(text):
        at_start = not match.start() or text[match.start() - 1] == "\n"
        if at_start or match.end() == len(text) or text[match.end()] == "\n":
            yield Edit(match.start(), match.end(), "")
        else:
            yield from (Edit(mark.start(), mark.end(), "") for mark in _HASH.finditer(text, match.start(), match.end()))


def markers(text: str) -> Iterator[Edit]:
    """Yield edits that replace the mark of a list item by a blank line, which ends the sentence before it."""
    for match in _MARKER.finditer(text):
        if match[0].strip():
            yield Edit(match.start(), match.end(), "\n\n" if match.start() else "")


def stamps(text: str) -> Iterator[Edit]:
    """Yield edits that replace a time stamp at the beginning of a line by a blank line.

    The name that follows date and time in a chat is removed too, unless it is a relation, which `speakers` removes.
    """
    for match in _STAMP.finditer(text):
        end = match.end()
        label = _CHAT_NAME.match(text, end) if match["date"] or match["chat"] else None
        if label and label["name"].lower() not in _OTHERS:
            end = label.end()
        if _WORDS_AFTER.match(text, end):
            yield Edit(match.start(), end, "\n\n" if match.start() else "")


def speakers(text: str) -> Iterator[Edit]:
    """Yield edits that remove lines which name another person as their speaker, and the label "Me:" of the writer.

    A name that is no relation counts as another person only if the writer's own lines are labelled too.
    """
    matches = list(_SPEAKER.finditer(text))
    names = [match["name"].lower().removeprefix("my ") for match in matches]
    is_dialogue = any(name in _SELF for name in names)
    for match, name in zip(matches, names, strict=True):
        if name in _SELF:
            yield Edit(match.start(), match.end(), "")
        elif name in _OTHERS or (is_dialogue and match["name"].istitle() and " " not in name):
            said = _SAID.match(text, match.end())
            end = said.end() if said else text.find("\n", match.end())
            yield Edit(match.start(), len(text) if end < 0 else end, "")
