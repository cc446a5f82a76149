"""Puts probabilities, counts, reasons and dates into the words that reports and pages show."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

NOT_A_DIAGNOSIS: Final = "This is a screening aid, not a diagnosis."
LIMITS: Final = (
    "It misses things and marks things wrongly. No tag does not mean no concern. "
    "It does not look for risk of suicide or overdose. Read the entries."
)

_STEPS: Final = (
    (0.2, "a weak hint"),
    (0.4, "possible"),
    (0.6, "about even"),
    (0.8, "likely"),
)
_ABOVE: Final = "very likely"
ODDS: Final = (*(words for _, words in _STEPS), _ABOVE)
"""The words for a probability, from the lowest step to the highest. Each of the five steps covers 20 percent points."""

_REASONS: Final = {
    "empty": "it holds no words of the writer",
    "too_short": "it is too short",
    "too_long": "it is too long to be read as one entry",
    "not_english": "it does not read as English",
    "not_text": "it does not look like writing",
}


_EXPORT_ID: Final = re.compile(r"[ _-]*\b[0-9a-f]{32}\b", re.IGNORECASE)
"""Matches the number that Notion adds to the name of a page."""


def name(entry_id: str) -> str:
    """Return the id of an entry as a heading shows it: without the 32 digits that an export added.

    >>> name("Monday 0f3a5c7d9e1b2a4c6d8f0a1b2c3d4e5f")
    'Monday'
    """
    return _EXPORT_ID.sub("", entry_id).strip() or entry_id


def step(probability: float) -> int:
    """Return the index of a probability in `ODDS`, from 0 to 4.

    The probability is first rounded to whole percents, so that the words never contradict the percents beside them.
    """
    rounded = round(probability, 2)
    return sum(rounded >= bound for bound, _ in _STEPS)


def odds(probability: float) -> str:
    """Return a probability in words.

    Examples
    --------
    >>> odds(0.05), odds(0.5), odds(0.93)
    ('a weak hint', 'about even', 'very likely')
    """
    return ODDS[step(probability)]


def percent(probability: float) -> str:
    """Return a probability in whole percents, but never as 0% or 100%, because the model is never certain.

    Examples
    --------
    >>> percent(0.714), percent(0.0004), percent(0.9999)
    ('71%', 'under 1%', 'over 99%')
    """
    whole = round(probability * 100)
    if whole < 1:
        return "under 1%"
    return "over 99%" if whole > 99 else f"{whole}%"


def reason(name: str | None) -> str:
    """Return why an entry cannot be judged, as words that follow "because". Unknown reasons are shown by name."""
    if name is None:
        return "no reason was given"
    return _REASONS.get(name, name.replace("_", " "))


def day(value: date) -> str:
    """Return a date in words.

    Examples
    --------
    >>> day(date(2026, 3, 2))
    'Monday 2 March 2026'
    """
    return f"{value:%A} {value.day} {value:%B %Y}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "entry", "entries"), count(1200, "entry", "entries")
    ('1 entry', '1,200 entries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
