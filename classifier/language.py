"""Decides whether a text can be judged: it must be English and neither too short nor too long.

The language is identified by py3langid (Lui & Baldwin 2012, "langid.py"; maintained by A. Barbaresi). Its package
includes the model, and the answer can also be "no language". No identifier is reliable for short texts. So a text is
refused only if another language is likely and English is very unlikely. Of 3,168 English entries of the pilot corpora,
some with only two words, none was refused.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

Reason = Literal["empty", "too_short", "too_long", "not_english", "not_text"]

MAX_CODE_POINTS = 200_000
"""The longest text that is judged as one entry, in code points. This is about 40,000 words."""

_ENGLISH = ("en", "pcm", "sco")  # English, Nigerian Pidgin, Scots
_NO_LANGUAGE = "zxx"  # code of ISO 639 for "no linguistic content"
_SAMPLE = 3_000  # only this number of code points is checked, counted from the first word

_OPENING = 300
_ENOUGH_COMMON_WORDS = 5
"""A text is English if its first 300 code points contain five of the words below. So most texts do not need the slower
identifier."""
_COMMON_WORDS = frozenset(
    "the and my with that have just not but this they what when she would could about from because been were your you "
    "how then there which their don't i'm it's didn't can't think know want feel going really".split()
)

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
        - `not_english`: the text is in another language.
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
    if letters < 12 and sum(any(map(str.isalpha, word)) for word in head.split()) < 2:
        return "too_short"
    opening = head[:_OPENING].lower().replace("\u2019", "'").split()
    if len(_COMMON_WORDS.intersection(opening)) >= _ENOUGH_COMMON_WORDS:
        return None
    ranked: list[tuple[str, float]] = load().rank(head.encode("utf-8", "replace").decode("utf-8"))
    if sum(probability for language, probability in ranked if language in _ENGLISH) < 0.02:
        language, probability = ranked[0]
        if language == _NO_LANGUAGE and probability >= 0.5:
            return "not_text"
        if probability >= 0.35:
            return "not_english"
    return None


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
