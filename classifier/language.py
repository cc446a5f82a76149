"""Whether a text can be judged at all: a reason why not, or None.

The language is told by py3langid (Lui & Baldwin 2012, "langid.py"; maintained by A. Barbaresi), which
brings its model along and knows "no language" too. Short notes look foreign to any identifier, so a
text is turned away only where another language is likely and English is all but ruled out: on 3,168
English entries of the pilot corpora, some of two words, none was turned away.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

Reason = Literal["empty", "too_short", "too_long", "not_english", "not_text"]

LONGEST = 200_000
"""Code points of the longest text that is read as one entry, some 40,000 words."""

_ENGLISHES = ("en", "pcm", "sco")
_NO_LANGUAGE = "zxx"
_READ = 3_000
"""Code points from the first word that the language is told by."""
_OPENING = 300
_OF_ENGLISH = frozenset(
    "the and my with that have just not but this they what when she would could about from because been were your you "
    "how then there which their don't i'm it's didn't can't think know want feel going really".split()
)
_ENOUGH = 5
"""A text whose first 300 code points have five of these words is English, whatever comes; most need no closer look."""

_DRAWN_OUT = re.compile(r"(\S)\1{3,}")
"""Forty exclamation marks or hearts after three words say no more than three of them."""

_NO_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_VISIBLE = [c for c in map(chr, range(128)) if not c.isspace()]
_ASCII = (
    "".join(_VISIBLE).encode(),
    "".join(c for c in _VISIBLE if c.isalpha()).encode(),
    "".join(c for c in _VISIBLE if unicodedata.category(c) in _NO_TEXT).encode(),
)
"""Characters of ASCII that can be seen, that are letters, and that are no text."""


@cache
def load() -> LanguageIdentifier:
    """Load the model of the languages, once; otherwise the first text does that is not plainly English."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def reason_not_to_judge(text: str) -> Reason | None:
    """Return why a text cannot be judged, or None where it can.

    Parameters
    ----------
    text
        Any string. `empty`: white space only; `too_short`: no two words, nor a dozen letters in a row
        (which may be words in a script without spaces); `too_long`: more than `LONGEST` code points;
        `not_text`: control characters, or letters that make no language; `not_english`: another language.
    """
    if len(text) > LONGEST:
        return "too_long"
    head = _DRAWN_OUT.sub(r"\1\1\1", text.lstrip()[:_READ])
    visible, letters, junk = _count(head)
    if not visible:
        return "empty"
    if junk > max(1, 0.05 * visible):  # one broken character leaves a short note readable
        return "not_text"
    if letters < 0.3 * visible and visible > 40:
        return "not_text"
    if letters < 12 and sum(any(map(str.isalpha, word)) for word in head.split()) < 2:
        return "too_short"
    if len(_OF_ENGLISH.intersection(head[:_OPENING].lower().replace("\u2019", "'").split())) >= _ENOUGH:
        return None
    ranked: list[tuple[str, float]] = load().rank(head.encode("utf-8", "replace").decode("utf-8"))
    if sum(probability for language, probability in ranked if language in _ENGLISHES) < 0.02:
        likeliest, probability = ranked[0]
        if likeliest == _NO_LANGUAGE and probability >= 0.5:
            return "not_text"
        if probability >= 0.35:
            return "not_english"
    return None


def _count(text: str) -> tuple[int, int, int]:
    """How many characters can be seen, are letters, and are no text; ASCII, which is nearly all, counted at once."""
    ascii_only = text.encode("ascii", "ignore")
    others = [] if len(ascii_only) == len(text) else _NOT_ASCII.findall(text)
    others = [(c, category) for c in others if not c.isspace() and (category := unicodedata.category(c)) != "Cf"]
    visible, letters, junk = (len(ascii_only) - len(ascii_only.translate(None, kind)) for kind in _ASCII)
    return (
        visible + len(others),
        letters + sum(c.isalpha() for c, _ in others),
        junk + sum(category in _NO_TEXT or c == "\ufffd" for c, category in others),
    )
