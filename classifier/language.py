"""Decides whether a text can be judged: it must be English and neither too short nor too long.

Two things show another language. First, words: a text is divided into pieces at line breaks and ends of sentences, and
a piece is foreign if few of its words are among the 7,784 in `english_words.txt`. `data/samples/README.md` says where
the words are from. This recognizes romanised languages, and texts of which only the beginning is English.

Second, py3langid (Lui & Baldwin 2012, "langid.py"; maintained by A. Barbaresi), which also says "no language". No
identifier is reliable for short texts, so its answer counts only if another language is likely and English is very
unlikely. Of 5,823 English posts (1,823 of them not among those that gave the words), none was refused.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import compress
from typing import Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

Reason = Literal["empty", "too_short", "too_long", "not_english", "not_text"]

MAX_CODE_POINTS = 200_000
"""The longest text that is judged as one entry, in code points. This is about 40,000 words."""

_ENGLISH = ("en", "pcm", "sco")  # English, Nigerian Pidgin, Scots
_NO_LANGUAGE = "zxx"  # code of ISO 639 for "no linguistic content"
_SAMPLE = 3_000  # the kinds of characters, and py3langid, see only this number of code points

_PIECE_END = re.compile(r"(?<=[.!?\u2026])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_FOREIGN_BELOW = 0.5
"""A piece is foreign if less than this share of its words is English. A piece of two or three words is foreign only if
none is."""
_CERTAIN_WORDS, _CERTAIN_SHARE = 5, 0.7
"""A text with at least this number and this share of English words is English. So most texts do not need the slower
identifier."""
_PURE = 0.9
"""If at least this share of all words is English, the pieces need not be looked at: too few words can be foreign."""
_FOREIGN_TEXT = 0.5
_PARTLY_FOREIGN = 0.25
"""If at least this share of the words is in foreign pieces, a text is not judged, or not clear without tags."""
_FEW_WORDS = 3
"""A text with fewer words is never clear."""

_REPEATED = re.compile(r"(\S)\1{3,}")  # repeated characters are cut to three, such as "!!!!!!" to "!!!"

_JUNK = frozenset({"Cc", "Cs", "Co", "Cn"})  # Unicode categories: control, surrogate, private use, unassigned
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_VISIBLE_ASCII = [c for c in map(chr, range(128)) if not c.isspace()]
_ASCII_KINDS = (
    "".join(_VISIBLE_ASCII).encode(),
    "".join(c for c in _VISIBLE_ASCII if c.isalpha()).encode(),
    "".join(c for c in _VISIBLE_ASCII if unicodedata.category(c) in _JUNK).encode(),
)
"""Three sets of ASCII characters: visible characters, letters, and junk."""


@cache
def load() -> LanguageIdentifier:
    """Load the language identifier once. Call this early so that the first text does not wait for it."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def reason_not_to_judge(text: str) -> Reason | None:
    """Return the reason why a text cannot be judged, or None if it can be judged.

    Parameters
    ----------
    text
        Any string.

    Returns
    -------
    Reason or None
        - `empty`: the text has no visible character.
        - `too_short`: the text has fewer than two words and fewer than 12 letters. Twelve letters without a space may
          be several words in a script that does not separate words.
        - `too_long`: the text has more than `MAX_CODE_POINTS`.
        - `not_text`: many control characters, mostly digits and punctuation, or letters of no language.
        - `not_english`: most letters are of another script, or at least half of the words are in sentences of another
          language.
    """
    if len(text) > MAX_CODE_POINTS:
        return "too_long"
    head = _REPEATED.sub(r"\1\1\1", text.lstrip()[:_SAMPLE])
    visible, letters, junk = _count(head)
    if not visible:
        return "empty"
    if junk > max(1, 0.05 * visible):  # one broken character does not make a short note unreadable
        return "not_text"
    if letters < 0.3 * visible and visible > 40:
        return "not_text"
    if letters < 12 and _count_words(head) < 2:
        return "too_short"
    if _is_foreign_script(text):
        return "not_english"
    english, counted, foreign, total = _count_english(text)
    is_foreign = foreign >= _FOREIGN_TEXT * max(total, 1)
    if english >= max(_CERTAIN_WORDS, _CERTAIN_SHARE * counted) and not is_foreign:
        return None
    ranked: list[tuple[str, float]] = load().rank(head.encode("utf-8", "replace").decode("utf-8"))
    language, probability = ranked[0]
    if is_foreign:
        return "not_text" if language == _NO_LANGUAGE and probability >= 0.5 else "not_english"
    if sum(probability for language, probability in ranked if language in _ENGLISH) < 0.05:
        if language == _NO_LANGUAGE and probability >= 0.5:
            return "not_text"
        if probability >= 0.35:
            return "not_english"
    return None


def reason_not_clear(text: str) -> Reason | None:
    """Return the reason why a judged text without tags is not clear, or None if it is.

    Returns
    -------
    Reason or None
        - `too_short`: the text has fewer than three words, such as "used again".
        - `not_english`: at least a quarter of the words is in sentences of another language, which were not understood.
    """
    if _count_words(text) < _FEW_WORDS:
        return "too_short"
    _, _, foreign, total = _count_english(text)
    return "not_english" if foreign >= _PARTLY_FOREIGN * total else None


def _count_words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _is_foreign_script(text: str) -> bool:
    """Return whether most letters belong to another script than the Latin one."""
    if text.isascii():
        return False
    letters = sum(map(str.isalpha, text))
    foreign = sum(
        c.isalpha() and not unicodedata.name(c, "LATIN").startswith("LATIN") for c in _NOT_ASCII.findall(text)
    )
    return bool(foreign > 0.5 * letters)


def _count_english(text: str) -> tuple[int, int, int, int]:
    """Return the numbers of English words, of words that count, of words in foreign pieces, and of all words.

    Capitalized words do not count, because they may be names. The first word of a piece counts if it is English.
    """
    known = _english_words()
    text = text.replace("\u2019", "'")
    words = _WORD.findall(text.lower())
    english = sum(len(word) == 1 or word in known for word in words)
    if english >= _PURE * len(words):
        return english, len(words), 0, len(words)
    all_english = all_counted = foreign = total = 0
    for piece in _PIECE_END.split(text):
        words = _WORD.findall(piece)
        is_capitals = piece.isupper()
        is_english = [len(word) == 1 or bool(known & {word, word.replace("'", "")}) for word in map(str.lower, words)]
        counts = [is_capitals or word.islower() or (i == 0 and is_english[i]) for i, word in enumerate(words)]
        counted, english = sum(counts), sum(compress(is_english, counts))
        is_foreign = not english if counted <= 3 else english < _FOREIGN_BELOW * counted
        foreign += len(words) if is_foreign and counted > 1 else 0
        total += len(words)
        all_english += english
        all_counted += counted
    return all_english, all_counted, foreign, total


@cache
def _english_words() -> frozenset[str]:
    return frozenset(files("classifier").joinpath("english_words.txt").read_text("utf-8").split())


def _count(text: str) -> tuple[int, int, int]:
    """Return the numbers of visible characters, of letters, and of junk characters.

    For speed, ASCII characters are counted with `bytes.translate`: it deletes all characters of a set, and the text
    becomes shorter by their number. Only the other characters need a loop.
    """
    ascii_only = text.encode("ascii", "ignore")
    others = [] if len(ascii_only) == len(text) else _NOT_ASCII.findall(text)
    others = [(c, category) for c in others if not c.isspace() and (category := unicodedata.category(c)) != "Cf"]
    visible, letters, junk = (len(ascii_only) - len(ascii_only.translate(None, kind)) for kind in _ASCII_KINDS)
    return (
        visible + len(others),
        letters + sum(c.isalpha() for c, _ in others),
        junk + sum(category in _JUNK or c == "\ufffd" for c, category in others),
    )
