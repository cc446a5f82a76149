"""Joins hard-wrapped lines, and leaves one blank between words and at most one blank line between paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from classifier.readable.view import Edit

_SPACE = re.compile(r" *\n[ \n]*| {2,}")

_MIN_WIDTH, _MAX_WIDTH = 20, 120
"""Lines are hard-wrapped only if the widest has a width in this range, in characters."""

_NARROW = 45
"""Lines of lists and poems are often narrower than this; then every line must be full."""

_MIN_WRAPS, _MIN_SHARE = 3, 0.6
"""At least this number and this share of the line breaks must be wraps."""
_SHARE_OF_FULL = 0.85
"""At least this share of the line breaks that end no sentence must be wraps."""

_IN_SENTENCE = re.compile(r"(?<= )(?:a|an|the|my|your|our|their|and|i'm)\n(?=[a-z])", re.IGNORECASE)
"""Matches a line break after a word that ends no sentence."""

_ENDS_SENTENCE = re.compile(r"""[.!?:\u2026]["')\]]*$""")


def single_spaces(text: str) -> Iterator[Edit]:
    """Yield edits that leave one blank between words, and remove white space around lines and the text."""
    first, last = len(text) - len(text.lstrip(" \n")), len(text.rstrip(" \n"))
    if first:
        yield Edit(0, first, "")
    for match in _SPACE.finditer(text, first, last):
        breaks = match[0].count("\n")
        replacement = "\n" * min(breaks, 2) or " "
        if replacement != match[0]:
            yield Edit(match.start(), match.end(), replacement)
    if last < len(text) and last > first:
        yield Edit(last, len(text), "")


def joined_lines(text: str) -> Iterator[Edit]:
    """Yield edits that replace the line breaks of hard-wrapped lines by blanks.

    A line break is a wrap if the next word would not have fitted on the line. A text is hard-wrapped if nearly all of
    its line breaks are wraps. Blank lines between paragraphs do not count. In any text, a break after a word that ends
    no sentence, such as "the", is a wrap too.
    """
    if "\n" not in text:
        return
    lines = text.split("\n")
    width = max(map(len, lines))
    breaks: list[tuple[int, bool, bool]] = []  # offset; whether the line is full; whether it ends a sentence
    offset = -1
    for line, next_line in pairwise(lines):
        offset += len(line) + 1
        if line and next_line:
            is_full = len(line) + 1 + len(next_line.split(" ", 1)[0]) > width
            breaks.append((offset, is_full, bool(_ENDS_SENTENCE.search(line, max(0, len(line) - 5)))))
    full = [is_full for _, is_full, _ in breaks]
    full_in_sentence = [is_full for _, is_full, ends_sentence in breaks if not ends_sentence]
    is_wrapped = (
        _MIN_WIDTH <= width <= _MAX_WIDTH
        and sum(full) >= max(_MIN_WRAPS, _MIN_SHARE * len(full))
        # The last line of a paragraph may be short, even if no blank line follows it.
        and sum(full_in_sentence) >= (1.0 if width < _NARROW else _SHARE_OF_FULL) * len(full_in_sentence)
    )
    in_sentence = {match.end() - 1 for match in _IN_SENTENCE.finditer(text)}
    for offset, is_full, _ in breaks:
        if (is_wrapped and is_full) or offset in in_sentence:
            yield Edit(offset, offset + 1, " ")
