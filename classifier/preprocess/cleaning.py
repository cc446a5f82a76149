"""Replaces what spaCy cannot store or reads slowly. The length of the text does not change."""

from __future__ import annotations

import re

_REPLACED = re.compile(r"(?P<control>[\x00-\x08\x0e-\x1f])|[\ud800-\udfff]")

_MAX_WORD = 300
"""The longest word, in code points. Longer ones are cut, because spaCy's time for a word grows with the square of its
length."""

_TOO_LONG = re.compile(rf"(\S{{{_MAX_WORD}}})\S")


def clean(text: str) -> str:
    """Replace control characters by spaces, lone surrogates by U+FFFD, and each 301st character of a word by a space.

    Each of them is replaced by exactly one character, so offsets stay valid.
    """
    text = _REPLACED.sub(lambda match: " " if match["control"] else "\ufffd", text)
    return _TOO_LONG.sub(r"\1 ", text) if max(map(len, text.split()), default=0) > _MAX_WORD else text
