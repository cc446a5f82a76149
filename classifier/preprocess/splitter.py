"""Component `thoughtmark_sentences`: sentence boundaries for journals as people type them.

Text without capitals, without full stops, with one thought a line, with bullets, "...", "!!", emoji
and smileys. A boundary falls

- after a run of `.`, `!` or `?` with its closing quotes, brackets, emoji and smileys,
- at a line break, unless the lines are hard-wrapped (all about one width, as pasted from an e-mail),
- before a bullet,
- after "...", an abbreviation or an emoji only where a capital follows.

It does not fall after a title or an initial ("Dr. Lee", "J. Lee"), a numbered list's marker, or a quotation that runs
on ('"you ok?" he said').
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language

from classifier.preprocess.notes import Notes, notes

if TYPE_CHECKING:
    from spacy.tokens import Doc

_TERMINAL = re.compile(r"^(?:[.!?\u2026\u203c\u2049\u3002\uff01\uff1f]+|\.{2,}[!?]*)$")
_ELLIPSIS = re.compile(r"(?:\.\s?\.|\u2026\s?\.?)$")
_WRITER = re.compile(r"I\b")
_CLOSERS = frozenset("\"')]}*_~\u2019\u201d\u00bb\u203a`")
_DOTTED = re.compile(r"^[^\W\d_][\w.]*\.$")
_NEVER_LAST = frozenset("dr mr mrs ms mx prof rev st sgt capt lt gov sen mt vs e.g i.e cf approx ps p.s".split())
_LAST_BEFORE_CAPITAL = frozenset("mg g ml kg lb lbs oz ft hrs hr mins min yrs yr wks mths etc esp incl".split())
_WITHIN = frozenset(",;:'()-/&\"")
"""Marks that end no sentence by themselves."""

_MARKER = re.compile(r"^\d{1,2}(?:st|nd|rd|th)?$")
_BEFORE_GRADE = frozenset({"a", "an", "the"})

_BULLETS = frozenset("\u2022\u2023\u25aa\u25cf\u25e6\u25a0")
_ITEM = re.compile(rf"\s*(?:[-*+{''.join(_BULLETS)}]|\d{{1,2}}[.)])\s")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_WRAP_MIN, _WRAP_MAX = 45, 120

_KEPT = 4096
"""Marks of which what they are is kept."""

_EMOJI_PARTS = frozenset("\u200d\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Joiner, variation selectors, keycap and skin tones: tokens of their own in "❤️" and "👍🏽"."""


@Language.component("thoughtmark_sentences", assigns=["token.is_sent_start"])
def sentences(doc: Doc) -> Doc:
    """Mark the first token of each sentence, unless somebody else has."""
    if doc.to_array(SENT_START)[1:].any():
        return doc
    return mark(doc, _starts(doc))


def mark(doc: Doc, starts: Iterable[int]) -> Doc:
    """Set the sentence starts of a doc: its first token, those of the indices given, and no other."""
    values = np.full(len(doc), -1)
    values[[i for i in starts if i < len(doc)]] = 1
    values[:1] = 1
    # All at once: `token.is_sent_start = ...` looks through the whole doc each time.
    return doc.from_array(["SENT_START"], values.astype(np.uint64))  # type: ignore[arg-type]


def _starts(doc: Doc) -> Iterator[int]:
    """Yield the index after each sentence."""
    found = notes(doc)
    wraps = _wraps(found.text)
    first = done = 0  # the first token of the sentence, and the one after those looked at
    for i in _closer_looks(found):
        if i < done:
            continue
        done = _run_end(found, i)
        if found.blank[i]:
            ends = _ends_line(found, i, wraps)
            first += first == i  # a sentence opens with its first word
        else:
            if found.texts[i] in _BULLETS:
                yield i
                first = i
            ends = _ends_sentence(doc, found, i, done, first, _next_on_line(found, done, wraps))
        if ends:
            yield done
            first = done


def _closer_looks(found: Notes) -> list[int]:
    """Indices of the tokens that a sentence may end or start with; the others are plain words."""
    return [
        i
        for i, text in enumerate(found.texts)
        if not text.isalnum() and text not in _WITHIN and (not text[0].isalnum() or text[-1] == ".")
    ]


def _run_end(found: Notes, i: int) -> int:
    """The index after token `i` and, where it may end a sentence, after the marks and emoji that cling to it."""
    end, texts = i + 1, found.texts
    if _may_end(texts[i]):
        while end < len(texts) and _clings(found, end):
            end += 1
    return end


@lru_cache(_KEPT)
def _may_end(text: str) -> bool:
    return bool(_TERMINAL.match(text) or _DOTTED.match(text)) or _is_pictograph(text)


def _clings(found: Notes, i: int) -> bool:
    text = found.texts[i]
    if text.isalpha():
        return False
    if _TERMINAL.match(text) or _is_pictograph(text):
        return True
    return text in _CLOSERS and found.starts[i] == found.ends[i - 1]


@lru_cache(_KEPT)
def _is_pictograph(text: str) -> bool:
    """An emoji, a part of one, or a typed smiley."""
    if text[0].isalnum() or text in _BULLETS:
        return False
    if _EMOJI_PARTS.issuperset(text) or any(unicodedata.category(c) == "So" for c in text):
        return True
    return len(text) > 1 and text[0] in ":;=<(" and not text.isalpha()


def _ends_sentence(doc: Doc, found: Notes, i: int, end: int, first: int, following: int | None) -> bool:
    """Whether a sentence that opens with token `first` ends with the run of tokens from `i` to before `end`.

    `following` is the next word on the line, if any.
    """
    texts = found.texts
    next_text = "" if following is None else texts[following]
    marks = [k for k in range(i, end) if _TERMINAL.match(texts[k])]
    if not marks:
        if _DOTTED.match(texts[i]):
            return _abbreviation_ends(doc, i, following)
        return i > first and _is_pictograph(texts[i]) and _opens_with_capital(next_text)
    closed = any(text in _CLOSERS for text in texts[i + 1 : end])
    if closed and _continues(next_text):  # '"you ok?" he said'
        return False
    last = k = marks[-1]
    while k > i and _TERMINAL.match(texts[k - 1]):
        k -= 1
    if _ELLIPSIS.search(found.text, found.starts[k], found.ends[last]):  # ". . ." too
        return _opens_with_capital(next_text)
    if texts[last] != "." or last == 0:
        return True
    before = texts[last - 1]
    if last - 1 == first and _MARKER.match(before):  # "1. milk", "27th. Rain"
        return following is None
    lower = before.lower()
    if lower in _LAST_BEFORE_CAPITAL:  # "20 mg. at night"
        return not _continues(next_text)
    return lower not in _NEVER_LAST or before.isupper()  # "Ms. Lee", but "she has MS."


def _abbreviation_ends(doc: Doc, i: int, following: int | None) -> bool:
    """Whether a sentence ends with the full stop that is part of token `i`."""
    text = doc[i].text
    if following is None or not doc[following].text[0].isupper() or text.lower().rstrip(".") in _NEVER_LAST:
        return False
    if len(text) > 2 or text == "I.":
        return True
    # "J. Smith", but "rang J. He was out", "got an A. Passed", "took 2g. Slept"
    return i > 0 and (doc[following].is_stop or doc[i - 1].lower_ in _BEFORE_GRADE or doc[i - 1].like_num)


def _opens_with_capital(text: str) -> bool:
    return text[:1].isupper() and not _WRITER.match(text)


def _continues(text: str) -> bool:
    """Whether what follows reads on in the same sentence."""
    return text[:1].islower()


def _next_on_line(found: Notes, i: int, wraps: frozenset[int]) -> int | None:
    """The first word from token `i` on, or None where the line ends before one."""
    while i < len(found.texts) and found.blank[i]:
        if _ends_line(found, i, wraps):
            return None
        i += 1
    return i if i < len(found.texts) else None


def _ends_line(found: Notes, space: int, wraps: frozenset[int]) -> bool:
    breaks = [match.start() for match in _BREAK.finditer(found.text, found.starts[space], found.ends[space])]
    return len(breaks) > 1 or any(offset not in wraps for offset in breaks)


def _wraps(text: str) -> frozenset[int]:
    """The offsets of line breaks that only keep the lines to the width of a page, and end no thought."""
    lines = _BREAK.split(text)
    offsets = [match.start() for match in _BREAK.finditer(text)]
    widths = {
        offset: len(line.rstrip())
        for offset, line, following in zip(offsets, lines, lines[1:], strict=False)
        if line.strip() and following.strip() and not _ITEM.match(following)
    }
    widest = max(widths.values(), default=0)
    full = frozenset(offset for offset, width in widths.items() if width >= 0.75 * widest)
    wrapped = len(widths) >= 3 and _WRAP_MIN <= widest <= _WRAP_MAX and len(full) >= 0.85 * len(widths)
    return full if wrapped else frozenset()
