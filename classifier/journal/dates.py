"""Finds the date of an entry in a cell, a file name or front matter."""

from __future__ import annotations

import datetime
import re

_ISO_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_FRONT_MATTER_DATE = re.compile(r"---[ \t]*\r?\n(?:(?!---).*\n)*?date:(.*)", re.IGNORECASE)


def parse_date(value: object) -> datetime.date | None:
    """Return the date of a `date`, a `datetime` or an ISO 8601 string, and None for any other value.

    Other date formats are not guessed: 02/03/2026 is 2 March in some countries and 3 February in others.
    """
    try:
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    return value if isinstance(value, datetime.date) else None


def date_in_name(name: str) -> datetime.date | None:
    """Return the first valid ISO date in a file's name. Dates in the names of its folders are ignored."""
    candidates = _ISO_DATE.findall(name.rpartition("/")[2])
    return next((date for candidate in candidates if (date := parse_date(candidate))), None)


def date_in_front_matter(text: str) -> datetime.date | None:
    """Return the value of `date:` in the YAML block between `---` lines at the beginning of a text."""
    match = _FRONT_MATTER_DATE.match(text)
    return parse_date(match[1].strip(" \t\r\"'")) if match else None
