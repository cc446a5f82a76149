"""Repairs damaged characters, and removes those that nobody sees: the first steps towards a readable text.

Damage is repaired only where it is certain: UTF-8 that was read as Windows-1252 or Latin-1 (by `ftfy`, Speer 2019,
doi:10.5281/zenodo.2591652), C1 control characters that are punctuation of Windows-1252, and an apostrophe that became a
question mark or U+FFFD inside a contraction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ftfy import fix_encoding

from classifier.readable.view import Edit

_DAMAGED = re.compile(r"[^\x00-\x7f]{2,}|[\x80-\x84\x86-\x9f]")
"""Matches where damage is possible. Damage by a wrong encoding makes at least two characters, or a C1 control."""

_LOST_APOSTROPHE = re.compile(
    r"(?<=n)\?(?=t\b)|\b(?:(?:i|you|we|they|he|she|it|that|there|what|who)(?P<mark>\?)(?:m|ve|re|ll|d|s))\b"
    r"|(?<=[^\W\d_])\ufffd(?=[^\W\d_])",
    re.IGNORECASE,
)

_LINE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028]|\u2029")
_BLANK = re.compile(r"[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800]")
_INVISIBLE = re.compile(
    r"[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    r"\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]|(?<=\w)\u200d|\u200d(?=\w)"
)
"""Matches invisible characters. A zero-width joiner between two emoji makes them one and is kept."""

_STYLED = re.compile(r"[\uff01-\uff5e\ufb00-\ufb06\U0001d400-\U0001d7ff]")
"""Matches full-width letters, ligatures of PDF files, and bold and italic letters of places without markup."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def damage(text: str) -> Iterator[Edit]:
    """Yield edits that repair damaged characters. A lone surrogate becomes U+FFFD."""
    if text.isascii():
        return
    for match in _DAMAGED.finditer(text):
        repaired = _repaired(match[0])
        if repaired != match[0]:
            yield Edit(match.start(), match.end(), repaired)


@lru_cache(4096)
def _repaired(run: str) -> str:
    return fix_encoding(_SURROGATE.sub("\ufffd", run))


def lost_apostrophes(text: str) -> Iterator[Edit]:
    """Yield edits that put back the apostrophes of "don?t" and "I?m"."""
    if "?" not in text and "\ufffd" not in text:
        return
    for match in _LOST_APOSTROPHE.finditer(text):
        start = match.start() if match["mark"] is None else match.start("mark")
        yield Edit(start, start + 1, "'")


def plain(text: str) -> Iterator[Edit]:
    r"""Yield edits that leave only `\n` as a line break, only blanks as white space, and no invisible character.

    Control characters stay, because many of them show that the text is binary data.
    """
    replaced = [Edit(m.start(), m.end(), "\n\n" if m[0] == "\u2029" else "\n") for m in _LINE_BREAK.finditer(text)]
    replaced += [Edit(match.start(), match.end(), " ") for match in _BLANK.finditer(text)]
    if not text.isascii():
        replaced += [Edit(match.start(), match.end(), "") for match in _INVISIBLE.finditer(text)]
        replaced += [Edit(match.start(), match.end(), "\ufffd") for match in _SURROGATE.finditer(text)]
        replaced += [
            Edit(match.start(), match.end(), unicodedata.normalize("NFKC", match[0]))
            for match in _STYLED.finditer(text)
        ]
    return iter(sorted(replaced))
