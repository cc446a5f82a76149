"""An entry's text in, text of the same length out in which spaCy sees only what a reader sees."""

from __future__ import annotations

import re

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_CONTROLS = {code: 0x20 for code in range(0x20) if chr(code) not in "\t\n\r\x0b\x0c"}
_REPLACED = _SURROGATES | _CONTROLS

_INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_ODD = re.compile(rf"[{_INVISIBLE}\ud800-\udfff\x00-\x08\x0e-\x1f]")
"""Any character that may be replaced. Few texts have one."""

_INVISIBLE_OUTSIDE_WORDS = re.compile(rf"(?<![\w{_INVISIBLE}])[{_INVISIBLE}]+|[{_INVISIBLE}]+(?![\w{_INVISIBLE}])")
"""Direction marks, soft hyphens and the like. Inside a word they stay, and the normalizer removes them."""

_MAX_WORD = 300
"""Code points of the longest word. spaCy's time for a word grows with the square of its length."""

_TOO_LONG = re.compile(rf"(\S{{{_MAX_WORD}}})\S")


def clean(text: str) -> str:
    """Return a text without the characters that spaCy cannot store or that nobody typed.

    Each is replaced by exactly one character, so offsets stay valid: lone surrogates by U+FFFD; control characters,
    invisible characters outside words, and each 301st character of a run without white space by a blank.
    """
    if _ODD.search(text):
        text = _INVISIBLE_OUTSIDE_WORDS.sub(lambda run: " " * len(run[0]), text.translate(_REPLACED))
    return _TOO_LONG.sub(r"\1 ", text) if max(map(len, text.split()), default=0) > _MAX_WORD else text
