"""Replaces characters that a reader cannot see before spaCy reads the text. The length of the text does not change."""

from __future__ import annotations

import re

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_CONTROLS = {code: 0x20 for code in range(0x20) if chr(code) not in "\t\n\r\x0b\x0c"}
_REPLACED = _SURROGATES | _CONTROLS

_INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_ODD = re.compile(rf"[{_INVISIBLE}\ud800-\udfff\x00-\x08\x0e-\x1f]")
"""Matches any character that may be replaced. Few texts contain one, so this check saves time."""

_INVISIBLE_OUTSIDE_WORDS = re.compile(rf"(?<![\w{_INVISIBLE}])[{_INVISIBLE}]+|[{_INVISIBLE}]+(?![\w{_INVISIBLE}])")
"""Matches invisible characters that are not inside a word. Inside a word they stay, and `normalizer` removes them."""

_MAX_WORD = 300
"""The longest word, in code points. Longer ones are cut, because spaCy's time for a word grows with the square of its
length."""

_TOO_LONG = re.compile(rf"(\S{{{_MAX_WORD}}})\S")


def clean(text: str) -> str:
    """Replace the characters that spaCy cannot store or that nobody typed.

    Each of them is replaced by exactly one character, so offsets stay valid:

    - A lone surrogate becomes U+FFFD.
    - A control character becomes a space.
    - An invisible character outside a word becomes a space.
    - In a run without white space, each 301st character becomes a space.
    """
    if _ODD.search(text):
        text = _INVISIBLE_OUTSIDE_WORDS.sub(lambda match: " " * len(match[0]), text.translate(_REPLACED))
    return _TOO_LONG.sub(r"\1 ", text) if max(map(len, text.split()), default=0) > _MAX_WORD else text
