"""spaCy component `thoughtmark_quantities`: finds amounts, times and clean time, and adds them to the word classes.

The classes are `clean_time` ("day 9", "six months sober"), `duration` ("three weeks"), `dose` ("20 mg", "two grams"),
`money` ("$300", "40 quid"), `clock` ("8:10", "3am"), `year` and `number`. The word "one" alone is no `number`, because
it carries the meaning of phrases such as "just one".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.notes import CLASSES, NORMS, NamedRange, notes_of

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NUMBER = re.compile(r"^\d[\d.,/]*(?:st|nd|rd|th|x|k)?$")
_NUMBER_WITH_UNIT = re.compile(r"^\d[\d.,]*(?P<unit>[a-z]+)$")
_CLOCK = re.compile(r"^\d{1,2}[:.h]\d{2}(?:am|pm)?$|^\d{1,2}(?:am|pm)$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand dozen".split()
)
_TIME_UNITS = frozenset(
    "second seconds minute minutes hour hours day days night nights week weeks weekend weekends month months year "
    "years decade decades h d".split()
)
_UNITS = {
    unit: name
    for name, units in {
        "clock": "am pm a.m. p.m. o'clock oclock",
        "dose": "mg mgs milligrams g gs gram grams ml mls kg oz ounce ounces units mcg ug cc l "
        "litre litres liter liters",
        "money": "dollars dollar bucks quid pounds pound euros euro grand usd gbp rupees k pence cents £ $ €",
    }.items()
    for unit in units.split()
}
_CURRENCY = frozenset("£$€")
_AFTER_CLEAN_TIME = frozenset(
    "clean sober sobriety dry off without free abstinent quit alcohol-free smoke-free no since af".split()
)
"""If one of these words follows a duration, the duration is clean time: "three weeks sober"."""

_FILLERS = frozenset({"of", "now", "and", "'s"})
"""These words may stand between a duration and a word of `_AFTER_CLEAN_TIME`: "three weeks now sober"."""

_MAX_NUMBERS = 8
"""An amount has at most this number of words. Without a limit, pasted columns of numbers would take quadratic time."""

_FIRST = _NUMBER_WORDS | _CURRENCY | {"day", "one", "a", "half"}
"""A quantity starts with one of these words or with a digit."""


def _is_number(norm: str) -> bool:
    """Return whether a word is a number in digits or in words."""
    return bool(_NUMBER.match(norm)) or norm in _NUMBER_WORDS


def _quantity_at(norms: list[str], i: int) -> tuple[str, int] | None:
    """Return the class and the exclusive end of the quantity that starts at token `i`, or None if none starts there."""
    norm = norms[i]
    following = norms[i + 1] if i + 1 < len(norms) else ""
    if norm == "day" and (_is_number(following) or following == "one"):
        return "clean_time", i + 2
    if norm in _CURRENCY and _is_number(following):
        return "money", i + 2
    if _CLOCK.match(norm):
        return "clock", i + 1
    unit, end = _unit_at(norms, i)
    if unit in _TIME_UNITS:
        return _duration_or_clean_time(norms, end)
    if unit in _UNITS:
        return _UNITS[unit], end
    if _YEAR.match(norm):
        return "year", i + 1
    return ("number", i + 1) if _is_number(norm) and norm not in {"1", "1x"} else None


def _unit_at(norms: list[str], i: int) -> tuple[str, int]:
    """Return the unit of the amount that starts at token `i`, and the exclusive end of amount and unit.

    The unit is the rest of a token such as "20mg", or the word after the amount, which may be any word. It is empty if
    no amount starts at token `i` or if the text ends after it.
    """
    norm = norms[i]
    end = i + 1
    if with_unit := _NUMBER_WITH_UNIT.match(norm):
        return LEXICON.spelling.get(with_unit["unit"], with_unit["unit"]), end
    # "one", "a" and "half" are amounts only before a unit of time.
    is_one = norm in {"one", "a", "half"} and end < len(norms) and norms[end] in _TIME_UNITS
    if not is_one and not _is_number(norm):
        return "", end
    longest = i + _MAX_NUMBERS
    while end < min(longest, len(norms)) and _is_number(norms[end]):  # "two hundred days"
        end += 1
    return (norms[end], end + 1) if end < len(norms) else ("", end)


def _duration_or_clean_time(norms: list[str], end: int) -> tuple[str, int]:
    """Return the class and the exclusive end of a duration whose unit ends before token `end`.

    The range of clean time includes the word that makes it clean time, such as "sober".
    """
    i = end
    while i < len(norms) and norms[i] in _FILLERS:
        i += 1
    if i < len(norms) and norms[i] in _AFTER_CLEAN_TIME:  # "three weeks now sober"
        return "clean_time", i + 1
    return "duration", end


@Language.component("thoughtmark_quantities", requires=[NORMS], assigns=[CLASSES])
def find_quantities(doc: Doc) -> Doc:
    """Find the quantities of a doc, and add them to its `Notes`."""
    notes = notes_of(doc, "thoughtmark_quantities", requires=[NORMS])
    norms = notes.norms
    end = 0  # the exclusive end of the last quantity
    for i in [i for i, norm in enumerate(norms) if norm in _FIRST or norm[:1].isdigit()]:
        if i >= end and (quantity := _quantity_at(norms, i)):
            name, end = quantity
            notes.classes.append(NamedRange(name, i, end))
    return doc
