"""Component `thoughtmark_quantities`: amounts, times and clean time folded into common tokens.

Notes as folds: `clean_time` ("day 9", "six months sober"), `duration` ("three weeks"),
`dose` ("20 mg", "two grams"), `money` ("$300", "40 quid"), `clock` ("8:10", "3am"), `year` and
`number`. "One" is left as it is: in "just one" it is the whole bargain.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.notes import Mark, notes

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
    for name, units in (
        ("clock", "am pm a.m. p.m. o'clock oclock"),
        (
            "dose",
            "mg mgs milligrams g gs gram grams ml mls kg oz ounce ounces units mcg ug cc l litre litres liter liters",
        ),
        ("money", "dollars dollar bucks quid pounds pound euros euro grand usd gbp rupees k pence cents £ $ €"),
    )
    for unit in units.split()
}
_CURRENCY = frozenset("£$€")
_CLEAN = frozenset(
    "clean sober sobriety dry off without free abstinent quit alcohol-free smoke-free no since af".split()
)
_GLUE = frozenset({"of", "now", "and", "'s"})
_FIRST = _NUMBER_WORDS | _CURRENCY | {"day", "one", "a", "half"}
"""Words that a quantity may start with, beside digits."""


def _is_number(norm: str) -> bool:
    return bool(_NUMBER.match(norm)) or norm in _NUMBER_WORDS


def _match(norms: list[str], i: int) -> tuple[str, int] | None:
    """The quantity that starts at token `i`: its class and the token after it, or None."""
    norm = norms[i]
    after = norms[i + 1] if i + 1 < len(norms) else ""
    if norm == "day" and (_is_number(after) or after == "one"):
        return "clean_time", i + 2
    if norm in _CURRENCY and _is_number(after):
        return "money", i + 2
    if _CLOCK.match(norm):
        return "clock", i + 1
    unit, end = _unit(norms, i)
    if unit in _TIME_UNITS:
        return _time(norms, end)
    if unit in _UNITS:
        return _UNITS[unit], end
    if _YEAR.match(norm):
        return "year", i + 1
    return ("number", i + 1) if _is_number(norm) and norm not in {"1", "1x"} else None


def _unit(norms: list[str], i: int) -> tuple[str, int]:
    """What the amount that starts at token `i` counts, and the token after it; empty where there is no amount."""
    norm = norms[i]
    end = i + 1
    if with_unit := _NUMBER_WITH_UNIT.match(norm):
        return LEXICON.spelling.get(with_unit["unit"], with_unit["unit"]), end
    one = norm in {"one", "a", "half"} and end < len(norms) and norms[end] in _TIME_UNITS
    if not one and not _is_number(norm):
        return "", end
    while end < len(norms) and _is_number(norms[end]):  # "two hundred days"
        end += 1
    return (norms[end], end + 1) if end < len(norms) else ("", end)


def _time(norms: list[str], end: int) -> tuple[str, int]:
    """A stretch of time that ends before token `end`: "three weeks", or clean time as in "three weeks now sober"."""
    follow = end
    while follow < len(norms) and norms[follow] in _GLUE:
        follow += 1
    if follow < len(norms) and norms[follow] in _CLEAN:
        return "clean_time", follow + 1
    return "duration", end


@Language.component("thoughtmark_quantities", requires=["token.norm"], assigns=["doc.user_data"])
def quantities(doc: Doc) -> Doc:
    """Note the quantities of the text."""
    found = notes(doc)
    norms = found.norms
    done = 0
    for i in [i for i, norm in enumerate(norms) if norm in _FIRST or norm[:1].isdigit()]:
        if i >= done and (match := _match(norms, i)):
            name, done = match
            found.folds.append(Mark(name, i, done))
    return doc
