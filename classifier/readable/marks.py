"""Makes apostrophes and quotation marks of every kind straight: `'` for an apostrophe, `"` for a quotation mark.

A single mark between two letters is an apostrophe. Other single marks are quotation marks if they come in pairs, as in
British English; otherwise they are apostrophes ("the boys' room", "'cause").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifier.readable.view import Edit

_DOUBLE = re.compile("[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c-\u300f\u301d-\u301f\uff02]|``|''")
_SINGLE = "'\u2019\u2018\u201a\u201b\u02bc\u02b9\u02bb\u00b4`\u2032\uff07\ua78c"
_SINGLE_MARK = re.compile(f"[{_SINGLE}]")
_INSIDE_WORD = re.compile(rf"(?<=\w)[{_SINGLE}](?=\w)")
_SPACED = re.compile(
    rf"(?<=[^\W\d_]) [{_SINGLE}](?=(?:ll|ve|re|m|d|s|t)\b)|(?<=[^\W\d_])[{_SINGLE}] (?=(?:ll|ve|re|m|t)\b)",
    re.IGNORECASE,
)
"""Matches an apostrophe with a blank before or after it, as some dictation programs write it: "I 'm", "don' t"."""

_ELISION = re.compile(r"(?:cause|cuz|cos|coz|em|til|till|bout|round|nuff|tis|twas|ere|n|kay|sup|\d0s)\b", re.IGNORECASE)
"""Matches a word that may begin with an apostrophe."""

_MAX_QUOTATION = 600
"""The closing mark is within this number of characters."""


def straight(text: str) -> Iterator[Edit]:
    """Yield edits that make apostrophes and quotation marks straight."""
    edits = [Edit(match.start(), match.end(), '"') for match in _DOUBLE.finditer(text)]
    taken = {offset for edit in edits for offset in range(edit.start, edit.end)}
    spaced = [Edit(match.start(), match.end(), "'") for match in _SPACED.finditer(text)]
    taken.update(offset for edit in spaced for offset in range(edit.start, edit.end))
    inside = [match.start() for match in _INSIDE_WORD.finditer(text)]
    others = sorted({match.start() for match in _SINGLE_MARK.finditer(text)} - taken - set(inside))
    quoting = {offset for pair in _pairs(text, others) for offset in pair}
    edits += spaced
    edits += [Edit(offset, offset + 1, '"') for offset in quoting]
    edits += [
        Edit(offset, offset + 1, "'") for offset in (*inside, *others) if offset not in quoting and text[offset] != "'"
    ]
    return iter(sorted(edits))


def _pairs(text: str, marks: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the offsets of an opening and a closing mark for each quotation in single marks.

    `marks` are the offsets of the single marks that stand between no two letters.
    """
    opening: int | None = None
    doubtful: int | None = None  # a mark that closes the quotation, or makes a plural possessive
    for offset in marks:
        if opening is not None and (offset - opening > _MAX_QUOTATION or "\n\n" in text[opening:offset]):
            if doubtful is not None:
                yield opening, doubtful
            opening = doubtful = None
        before, after = text[offset - 1 : offset], text[offset + 1 : offset + 2]
        if opening is None:
            if after and not after.isspace() and not before.isalnum() and not _ELISION.match(text, offset + 1):
                opening = offset
        elif before and not before.isspace() and not after.isalnum():
            if before == "s" and after == " " and text[offset + 2 : offset + 3].isalpha():
                doubtful = offset if doubtful is None else doubtful
            else:
                yield opening, offset
                opening = doubtful = None
    if opening is not None and doubtful is not None:
        yield opening, doubtful
