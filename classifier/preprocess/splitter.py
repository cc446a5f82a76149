"""spaCy component `thoughtmark_sentences`: finds the sentences of a journal.

It handles text as people type it: without capitals or full stops, with one thought per line, bullets, "...", "!!",
emoji and smileys. It sets a sentence boundary

- after a run of `.`, `!` or `?` and the closing quotes, brackets, emoji and smileys that follow it,
- at a line break (`classifier.readable` has joined hard-wrapped lines before),
- before a bullet,
- after "...", an abbreviation or an emoji only if a capital follows.

It sets no boundary after a title or an initial ("Dr. Lee", "J. Lee"), after the number of a list item, or after a
quotation whose sentence continues ('"you ok?" he said').
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

from classifier.preprocess.notes import SENTENCES, Notes, notes_of

if TYPE_CHECKING:
    from spacy.tokens import Doc

_TERMINAL = re.compile(r"^(?:[.!?\u2026\u203c\u2049\u3002\uff01\uff1f]+|\.{2,}[!?]*)$")
_ELLIPSIS = re.compile(r"(?:\.\s?\.|\u2026\s?\.?)$")
_PRONOUN_I = re.compile(r"I\b")
_CLOSERS = frozenset("\"')]}*_~\u2019\u201d\u00bb\u203a`")
_DOTTED = re.compile(r"^[^\W\d_][\w.]*\.$")
"""Matches a token that includes its full stop: an abbreviation or an initial."""

# Abbreviations that never end a sentence.
_NEVER_LAST = frozenset("dr mr mrs ms mx prof rev st sgt capt lt gov sen mt vs e.g i.e cf approx ps p.s".split())
# Abbreviations that end a sentence unless a word in lower case follows.
_LAST_BEFORE_CAPITAL = frozenset("mg g ml kg lb lbs oz ft hrs hr mins min yrs yr wks mths etc esp incl".split())
_INSIDE_SENTENCE = frozenset(",;:'()-/&\"")
"""Punctuation that never ends a sentence by itself."""

_ITEM_NUMBER = re.compile(r"^\d{1,2}(?:st|nd|rd|th)?$")
_BEFORE_GRADE = frozenset({"a", "an", "the"})

_BULLETS = frozenset("\u2022\u2023\u25aa\u25cf\u25e6\u25a0")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")

_CACHED = 4096
"""Number of tokens for which the result of `_may_end` and of `_is_pictograph` is cached."""

_EMOJI_PARTS = frozenset("\u200d\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Joiner, variation selectors, keycap and skin tones, which spaCy makes separate tokens in "❤️" and "👍🏽"."""


@Language.component("thoughtmark_sentences", assigns=[SENTENCES, "doc.sents"])
def split_sentences(doc: Doc) -> Doc:
    """Mark the first token of each sentence, unless the doc has sentence boundaries already."""
    if doc.to_array(SENT_START)[1:].any():
        return doc
    return set_sentence_starts(doc, _sentence_starts(doc))


def set_sentence_starts(doc: Doc, starts: Iterable[int]) -> Doc:
    """Start a sentence at each of these token indices and at the first token. Remove all other boundaries."""
    values = np.full(len(doc), -1)  # for spaCy, -1 means "starts no sentence" and 1 "starts a sentence"
    values[[i for i in starts if i < len(doc)]] = 1
    values[:1] = 1
    # All tokens are set in one call, because `token.is_sent_start = ...` searches the whole doc each time.
    return doc.from_array(["SENT_START"], values.astype(np.uint64))  # type: ignore[arg-type]


def _sentence_starts(doc: Doc) -> Iterator[int]:
    """Yield the index of the first token of each sentence except the first.

    The last index that is yielded may be the number of tokens; then no sentence starts there.
    """
    notes = notes_of(doc)
    first = 0  # the first token of the current sentence
    end = 0  # the exclusive end of the last run of punctuation
    for i in _candidates(notes):
        if i < end:
            continue
        end = _run_end(notes, i)
        if notes.is_space[i]:
            is_end = _ends_line(notes, i)
            first += first == i  # a sentence does not begin with white space
        else:
            if notes.texts[i] in _BULLETS:
                yield i
                first = i
            is_end = _ends_sentence(doc, notes, i, end, first, _next_on_line(notes, end))
        if is_end:
            yield end
            first = end


def _candidates(notes: Notes) -> list[int]:
    """Return the indices of the tokens that may end or start a sentence. Plain words are left out, for speed."""
    return [
        i
        for i, text in enumerate(notes.texts)
        if not text.isalnum() and text not in _INSIDE_SENTENCE and (not text[0].isalnum() or text[-1] == ".")
    ]


def _run_end(notes: Notes, i: int) -> int:
    """Return the exclusive end of the run that starts at token `i`.

    If token `i` may end a sentence, the run includes the marks and emoji after it. Otherwise the run is token `i`.
    """
    end, texts = i + 1, notes.texts
    if _may_end(texts[i]):
        while end < len(texts) and _is_attached(notes, end):
            end += 1
    return end


@lru_cache(_CACHED)
def _may_end(text: str) -> bool:
    """Return whether a token may end a sentence."""
    return bool(_TERMINAL.match(text) or _DOTTED.match(text)) or _is_pictograph(text)


def _is_attached(notes: Notes, i: int) -> bool:
    """Return whether token `i` belongs to the sentence before it."""
    text = notes.texts[i]
    if text.isalpha():
        return False
    if _TERMINAL.match(text) or _is_pictograph(text):
        return True
    return text in _CLOSERS and notes.starts[i] == notes.ends[i - 1]


@lru_cache(_CACHED)
def _is_pictograph(text: str) -> bool:
    """Return whether a token is an emoji, a part of an emoji, or a typed smiley."""
    if text[0].isalnum() or text in _BULLETS:
        return False
    if _EMOJI_PARTS.issuperset(text) or any(unicodedata.category(c) == "So" for c in text):
        return True
    return len(text) > 1 and text[0] in ":;=<(" and not text.isalpha()


def _ends_sentence(doc: Doc, notes: Notes, i: int, end: int, first: int, next_word: int | None) -> bool:
    """Return whether the run of tokens from `i` to `end` (exclusive) ends the sentence that starts at token `first`.

    `next_word` is the index of the next word on the same line, or None if the line ends.
    """
    texts = notes.texts
    next_text = "" if next_word is None else texts[next_word]
    marks = [k for k in range(i, end) if _TERMINAL.match(texts[k])]
    if not marks:
        if _DOTTED.match(texts[i]):
            return _abbreviation_ends(doc, i, next_word)
        return i > first and _is_pictograph(texts[i]) and _opens_with_capital(next_text)
    is_closed = any(text in _CLOSERS for text in texts[i + 1 : end])
    if is_closed and next_text[:1].islower():  # '"you ok?" he said'
        return False
    # Go back to the first mark of the last series of marks.
    last = k = marks[-1]
    while k > i and _TERMINAL.match(texts[k - 1]):
        k -= 1
    if _ELLIPSIS.search(notes.text, notes.starts[k], notes.ends[last]):  # also ". . ."
        return _opens_with_capital(next_text)
    # From here on, the last mark is a full stop after a word.
    if texts[last] != "." or last == 0:
        return True
    before = texts[last - 1]
    if last - 1 == first and _ITEM_NUMBER.match(before):  # "1. milk", "27th. Rain"
        return next_word is None
    lower = before.lower()
    if lower in _LAST_BEFORE_CAPITAL:  # "20 mg. at night"
        return not next_text[:1].islower()
    return lower not in _NEVER_LAST or before.isupper()  # "Ms. Lee", but "she has MS."


def _abbreviation_ends(doc: Doc, i: int, next_word: int | None) -> bool:
    """Return whether a sentence ends at token `i`, an abbreviation or initial that includes its full stop."""
    text = doc[i].text
    if next_word is None or not doc[next_word].text[0].isupper() or text.lower().rstrip(".") in _NEVER_LAST:
        return False
    if len(text) > 2 or text == "I.":
        return True
    # A letter with a full stop ends no sentence in "J. Smith". It ends one in "rang J. He was out" (before a common
    # word), "got an A. Passed" (a grade) and "took 2g. Slept" (a unit).
    return i > 0 and (doc[next_word].is_stop or doc[i - 1].lower_ in _BEFORE_GRADE or doc[i - 1].like_num)


def _opens_with_capital(text: str) -> bool:
    """Return whether a word has a capital that shows a new sentence. The word "I" does not count."""
    return text[:1].isupper() and not _PRONOUN_I.match(text)


def _next_on_line(notes: Notes, i: int) -> int | None:
    """Return the index of the first word at or after token `i`, or None if the line ends before that word."""
    while i < len(notes.texts) and notes.is_space[i]:
        if _ends_line(notes, i):
            return None
        i += 1
    return i if i < len(notes.texts) else None


def _ends_line(notes: Notes, space: int) -> bool:
    """Return whether a white space token holds a line break."""
    return bool(_LINE_BREAK.search(notes.text, notes.starts[space], notes.ends[space]))
