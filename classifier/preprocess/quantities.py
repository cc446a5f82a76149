"""Component `mindmark_quantities`: amounts, times and clean time folded into common tokens.

Adds to `doc.spans["folds"]`: `clean_time` ("day 9", "six months sober"), `duration` ("three weeks"),
`dose` ("20 mg", "half a gram"), `money` ("$300", "40 quid"), `clock` ("8:10", "3am"), `year` and
`number`. "One" is left as it is: in "just one" it is the whole bargain.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Span

from classifier.preprocess.lexicon import LEXICON

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NUMBER = re.compile(r"^\d[\d.,/]*(?:st|nd|rd|th|x|k)?$")
_NUMBER_WITH_UNIT = re.compile(r"^\d[\d.,]*(?P<unit>[a-z]+)$")
_CLOCK = re.compile(r"^\d{1,2}[:.h]\d{2}(?:am|pm)?$|^\d{1,2}(?:am|pm)$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen eighteen twenty thirty "
    "forty fifty sixty seventy eighty ninety hundred thousand dozen".split()
)
_TIME_UNITS = frozenset(
    "second seconds minute minutes hour hours day days night nights week weeks weekend weekends month months year years "
    "decade decades h d".split()
)
_DOSE_UNITS = frozenset(
    "mg mgs milligrams g gs gram grams ml mls kg oz ounce ounces units mcg ug cc l litre litres liter liters".split()
)
_MONEY_UNITS = frozenset(
    "dollars dollar bucks quid pounds pound euros euro grand usd gbp rupees k pence cents £ $ €".split()
)
_CURRENCY = frozenset("£$€")
_CLEAN = frozenset(
    "clean sober sobriety dry off without free abstinent quit alcohol-free smoke-free no since af".split()
)
_GLUE = frozenset({"of", "now", "and", "'s"})


def _is_number(norm: str) -> bool:
    return bool(_NUMBER.match(norm)) or norm in _NUMBER_WORDS


def _match(norms: list[str], i: int) -> tuple[str, int] | None:
    """The quantity that starts at token `i`: its class and the token after it, or None."""
    norm = norms[i]
    after = norms[i + 1] if i + 1 < len(norms) else ""
    if norm == "day" and (_is_number(after) or after == "one" or after == "1"):
        return "clean_time", i + 2
    if norm in _CURRENCY and _is_number(after):
        return "money", i + 2
    if _CLOCK.match(norm):
        return "clock", i + 1
    if with_unit := _NUMBER_WITH_UNIT.match(norm):
        unit, end = LEXICON.spelling.get(with_unit["unit"], with_unit["unit"]), i + 1
    elif _is_number(norm) or (norm in {"one", "a", "half"} and after in _TIME_UNITS):
        unit, end = after, i + 2
        while _is_number(unit) and end < len(norms):  # "two hundred days"
            unit, end = norms[end], end + 1
    else:
        return None
    if unit in {"am", "pm", "a.m.", "p.m.", "o'clock", "oclock"}:
        return "clock", end
    if unit in _DOSE_UNITS:
        return "dose", end
    if unit in _MONEY_UNITS:
        return "money", end
    if unit in _TIME_UNITS:
        follow = end
        while follow < len(norms) and norms[follow] in _GLUE:
            follow += 1
        if follow < len(norms) and norms[follow] in _CLEAN:
            return "clean_time", follow + 1
        return "duration", end
    if _is_number(norm) and norm not in {"1", "1x"}:
        return ("year" if _YEAR.match(norm) else "number"), i + 1
    return None


@Language.component("mindmark_quantities", requires=["token.norm"], assigns=["doc.spans"])
def quantities(doc: Doc) -> Doc:
    """Add the quantities of the text to `doc.spans["folds"]`."""
    norms = [token.norm_ for token in doc]
    found = []
    i = 0
    while i < len(norms):
        if match := _match(norms, i):
            name, end = match
            found.append(Span(doc, i, end, label=name))
            i = end
        else:
            i += 1
    doc.spans["folds"] = found
    return doc
