"""Reads the date of an entry from a cell, a file name, front matter or a line of text.

A date is read only if the whole value is a date in one of the forms of `_FORMS`. The order of day and month in
03/04/2026 is ambiguous: `is_day_first` decides it from the other dates of the file, and `Dates` reads each date in the
order of its file.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from classifier.journal.entry import Unreadable

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAYS = (
    r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAY_NAMES = "mon tue wed thu fri sat sun".split()

_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = rf"(?P<month>{_MONTHS})\.?"
_GAP = r"[\s_-]+"
_NUMBERS = r"(?P<day>\d{1,2})(?P<sign>[/-])(?P<month>\d{1,2})(?P=sign)"
_COMMA_YEAR = rf"(?:(?:,\s*|,?{_GAP}){_YEAR})?"

# The forms of a date. The key is a short description. In the form "numbers", the group `day` is the first number, which
# may also be the month. A year of two digits is read only after slashes: 07-03-26 may begin with the year, and 7.3.26
# may be the number of a section.
_FORMS = {
    "year first": rf"{_YEAR}(?P<sign>[-/._])(?P<month>\d{{1,2}})(?P=sign)(?P<day>\d{{1,2}})",
    "digits": rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)",
    "numbers": rf"(?:{_NUMBERS}{_YEAR}|(?P<day_>\d{{1,2}})/(?P<month_>\d{{1,2}})/(?P<year_>\d\d))",
    "dots": rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.{_YEAR}",
    "day first": rf"{_DAY}(?:\s+of)?{_GAP}{_MONTH}{_COMMA_YEAR}",
    "month first": rf"{_MONTH}{_GAP}{_DAY}{_COMMA_YEAR}",
}

_CLOCK = r"\d{1,2}(?:[:.]\d\d){1,2}(?:[.,]\d{1,9})?(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?"
_ZONE = r"(?:Z|UTC|GMT|BST|IST|[CEW]ES?T|[ECMP][SD]T|AE[SD]T)?(?:[+-]\d\d?(?::?\d\d)?)?(?:\s\([\w\s]{2,40}\))?"
_TIME = rf"(?:(?:T\d{{4}}(?:\d\d)?|(?:T|,?\s+(?:at\s+)?)(?:{_CLOCK}))\s?{_ZONE})?"
_BEFORE, _AFTER = rf"(?:(?P<weekday>{_WEEKDAYS})\.?,?\s+)?", rf"(?:,?\s+\(?(?P<weekday_>{_WEEKDAYS})\)?)?"

_WHOLE = {form: re.compile(_BEFORE + date + _AFTER + _TIME, re.IGNORECASE) for form, date in _FORMS.items()}
_INSIDE = {form: re.compile(rf"(?<![^\W_]){date}(?!\d|(?!T\d)[^\W_])", re.IGNORECASE) for form, date in _FORMS.items()}
_FOLDERS = re.compile(r"(?:.*/)?((?:19|20)\d\d)/(\d\d?)/(\d\d?)(?:\.[a-z]+)?", re.IGNORECASE | re.DOTALL)
_YEAR_INSIDE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

_EPOCH = re.compile(r"\d{10}(?:\d{3}|\d{6})?(?:\.\d*)?")
_LONGEST = 80  # characters; a longer value is no date, and is not compared with the forms

_FRONT_MATTER = re.compile(r"(---|\+\+\+)[ \t]*\r?\n(?P<fields>.*?)^\1[ \t\r]*$\n?", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"""^[ \t]*["']?([a-z][a-z _-]*?)["']?[ \t]*[:=](.*)$""", re.IGNORECASE | re.MULTILINE)
_KEYS = ("date", "day", "created", "creation date", "date created", "created at")  # the first one with a date wins
_COMMENT = re.compile(r"\s#.*")

_UNORDERED = "the file does not show whether the day or the month comes first; add --day-first or --month-first"
_IMPOSSIBLE = "the calendar has no such day, or another weekday for it; correct the file"
_YEARLESS = "the year is missing; put the year into the dates or into the file's name"


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as it is written, before the order of day and month is known.

    Parameters
    ----------
    form
        The form of the date, a key of `_FORMS`.
    year
        The year. None if it is not written.
    month, day
        The numbers of month and day. In the form "numbers", they are the second and the first number.
    weekday
        The number of the weekday, where 0 is Monday. None if no weekday is written.
    """

    form: str
    year: int | None
    month: int
    day: int
    weekday: int | None = None

    def in_order(self, *, day_first: bool) -> datetime.date | None:
        """Return the date in an order of day and month. None if there is no such day, or if the weekday is another."""
        is_swapped = self.form == "numbers" and not day_first
        month, day = (self.day, self.month) if is_swapped else (self.month, self.day)
        try:
            date = datetime.date(self.year or 0, month, day)  # the year 0 raises, as a day that does not exist does
        except ValueError:
            return None
        return date if self.weekday in {None, date.weekday()} else None

    def readings(self) -> set[datetime.date]:
        """Return all dates that this may be: two if the order of day and month is ambiguous, none if it is no date."""
        return {date for day_first in (True, False) if (date := self.in_order(day_first=day_first))}


class Dates:
    """Reads the dates of one file, and counts those that cannot be read.

    Parameters
    ----------
    day_first
        Whether the day comes before the month in dates such as 03/04/2026. None if this is not known.
    years
        The years that a date without a year may be in.
    """

    def __init__(self, day_first: bool | None = None, years: Collection[int] = ()) -> None:
        self._day_first = day_first
        self._years = years
        self._unread: dict[str, int] = {}

    def read(self, written: WrittenDate | None) -> datetime.date | None:
        """Return the date. None if nothing is written, or if the date cannot be read; then it is counted."""
        if written is None:
            return None
        years = self._years if written.year is None else [written.year]
        dates = {date for year in years for date in replace(written, year=year).readings()}
        if len(dates) == 1:
            return dates.pop()
        if dates and written.year is not None and self._day_first is not None:
            return written.in_order(day_first=self._day_first)
        is_yearless = written.year is None and (dates or not years)
        problem = _YEARLESS if is_yearless else _UNORDERED if dates else _IMPOSSIBLE
        self._unread[problem] = self._unread.get(problem, 0) + 1
        return None

    def problems(self, source: str) -> Iterator[Unreadable]:
        """Yield for each reason how many dates of the file `source` could not be read."""
        for problem, count in self._unread.items():
            yield Unreadable(source, f"has {count} unread {'date' if count == 1 else 'dates'}, because {problem}")


def is_day_first(dates: Iterable[WrittenDate]) -> bool | None:
    """Return whether the day comes first in the dates of a file. None if they do not show it, or contradict each other.

    A date shows it if it exists in one order only: the other order has a month above 12, or another weekday.
    """
    orders = set()
    for written in dates:
        possible = {order for order in (True, False) if written.in_order(day_first=order)}
        if written.form == "numbers" and len(possible) == 1:
            orders |= possible
    return orders.pop() if len(orders) == 1 else None


def date_in_text(text: str) -> WrittenDate | None:
    """Return the date that a text consists of, with an optional weekday and time. None for any other text."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    for form, pattern in _WHOLE.items():
        if match := pattern.fullmatch(text):
            return _written(form, match.groupdict())
    return None


def date_in_cell(value: object) -> WrittenDate | None:
    """Return the date in a cell of a date column: a date, a text, or the seconds, milliseconds or microseconds of Unix.

    A text without a year is no date. Unix times are taken as UTC.
    """
    if isinstance(value, datetime.date):
        return _exact(value)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    text = str(value).strip()
    if _EPOCH.fullmatch(text):
        digits = text.partition(".")[0]
        return _exact(datetime.datetime.fromtimestamp(int(digits[:10]), datetime.UTC))
    written = date_in_text(text)
    return written if written and written.year is not None else None


def date_in_name(path: str) -> WrittenDate | None:
    """Return the first date in the name of a file that is in the calendar.

    The path of a file in folders by year and month, such as `2026/03/27.txt`, is a date too. Other dates in the names
    of folders are ignored.
    """
    posix = PurePath(path).as_posix()
    if match := _FOLDERS.fullmatch(posix):
        year, month, day = map(int, match.groups())
        return WrittenDate("year first", year, month, day)
    name = posix.rpartition("/")[2]
    matches = [(match.start(), form, match) for form, pattern in _INSIDE.items() for match in pattern.finditer(name)]
    written = (_written(form, match.groupdict()) for _, form, match in sorted(matches, key=lambda item: item[:2]))
    return next((date for date in written if date.readings()), None)


def years_in_name(path: str) -> set[int]:
    """Return the years in the name of a file, such as `diary 2026.txt`."""
    return {int(year) for year in _YEAR_INSIDE.findall(PurePath(path).name)}


def date_in_front_matter(text: str) -> WrittenDate | None:
    """Return the date in the front matter of a text.

    Front matter is a block between lines `---` (YAML) or `+++` (TOML) at the beginning. Its fields `date`, `day`,
    `created` and the like are used, in upper or lower case, with quotation marks, `[[ ]]` and comments.
    """
    match = _FRONT_MATTER.match(text)
    fields: dict[str, WrittenDate] = {}
    for key, value in _FIELD.findall(match["fields"]) if match else ():
        date = date_in_text(_COMMENT.sub("", value).strip(" \t\r\"'[]"))
        if date and date.year is not None:
            fields.setdefault(re.sub("[_-]", " ", key).casefold(), date)
    return next((fields[key] for key in _KEYS if key in fields), None)


def end_of_front_matter(text: str) -> int:
    """Return the offset at which the front matter of a text ends; 0 if there is none."""
    match = _FRONT_MATTER.match(text)
    return match.end() if match else 0


def _written(form: str, parts: dict[str, str | None]) -> WrittenDate:
    """Return the date of the groups of a match. A group may have a second name, with an underscore at its end."""

    def part(name: str) -> str:
        return (parts.get(name) or parts.get(f"{name}_") or "").lower()

    year, month, weekday = part("year"), part("month"), part("weekday")
    return WrittenDate(
        form,
        int(year) + (2000 if len(year) == 2 else 0) if year else None,
        int(month) if month.isdecimal() else _MONTH_NAMES.index(month[:3]) + 1,
        int(part("day")),
        _WEEKDAY_NAMES.index(weekday[:3]) if weekday else None,
    )


def _exact(date: datetime.date) -> WrittenDate:
    return WrittenDate("year first", date.year, date.month, date.day)
