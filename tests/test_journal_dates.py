"""Dates of entries: which forms are read, from cells, file names and front matter, and in which order."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from helpers.documents import xlsx
from helpers.journal import Write, entries
from hypothesis import given
from hypothesis import strategies as st

from classifier.journal.dates import Dates, date_in_cell, date_in_text, is_day_first
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries

MARCH = datetime.date(2026, 3, 27)  # a Friday

FORMS = {
    "ISO": "%Y-%m-%d",
    "ISO with time": "%Y-%m-%dT21:04:11.123Z",
    "ISO with UTC": "%Y-%m-%d 21:04:11 UTC",
    "ISO with offset": "%Y-%m-%d 21:04 +0100",
    "ISO with weekday": "%Y-%m-%d %A",
    "slashes": "%Y/%m/%d",
    "digits with time": "%Y%m%dT210411Z",
    "underscores": "%Y_%m_%d",
    "digits": "%Y%m%d",
    "dots": "%d.%m.%Y",
    "day first": "%d %B %Y",
    "day first, short": "%a %d %b %Y",
    "day first, of": "%dth of %B, %Y",
    "month first": "%B %d, %Y",
    "month first, weekday": "%A, %B %dth %Y",
    "month first, time": "%b %d, %Y at 9:04 PM",
    "hyphens": "%d-%b-%Y",
}


def problems(*paths: object, **options: object) -> list[str]:
    """Return what could not be read."""
    return [item.problem for item in read_entries(paths, **options) if isinstance(item, Unreadable)]  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(date=st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
def test_forms(form: str, date: datetime.date) -> None:
    """Every date in every form is read, in lower and upper case too."""
    text = date.strftime(form)
    for written in map(date_in_text, (text, text.lower(), text.upper(), f"  {text}\n")):
        assert written is not None
        assert Dates().read(written) == date


@given(
    date=st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
    form=st.sampled_from(["%d/%m/%Y", "%d-%m-%Y 21:04:11", "%d/%m/%Y, 9:04 pm"]),
    day_first=st.booleans(),
)
def test_order_of_numbers(date: datetime.date, form: str, day_first: bool) -> None:
    """The order of day and month is that of the file. Without one, only a date that exists in one order is read."""
    written = date_in_text(
        date.strftime(form if day_first else form.replace("%d/%m", "%m/%d").replace("%d-%m", "%m-%d"))
    )
    assert written is not None
    assert Dates(day_first).read(written) == date
    is_certain = date.day > 12 or date.day == date.month
    assert Dates().read(written) == (date if is_certain else None)
    assert is_day_first([written]) == (day_first if date.day > 12 else None)


@given(date=st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)), other=st.integers(1, 6))
def test_weekday_must_match(date: datetime.date, other: int) -> None:
    """A date with another weekday than its own is not read."""
    wrong = (date + datetime.timedelta(other)).strftime("%A")
    for form in ("%Y-%m-%d", "%d %B %Y"):
        written = date_in_text(f"{wrong} {date.strftime(form)}")
        assert written is not None
        assert Dates().read(written) is None


def test_weekday_settles_the_order() -> None:
    """A weekday shows which number is the day, for this date and for the others of the file."""
    dates = [date_in_text("Tuesday 10/03/2026"), date_in_text("11/03/2026")]
    order = is_day_first([date for date in dates if date])
    assert [Dates(order).read(date) for date in dates] == [datetime.date(2026, 3, 10), datetime.date(2026, 3, 11)]


@pytest.mark.parametrize(
    "text",
    [
        "on 2 March 2026",
        "2 March 2026 was fine",
        "March 2026",
        "2026",
        "Monday",
        "1.2.10",
        "2/3",
        "12:30",
        "2026-03",
        "",
    ],
)
def test_prose_is_no_date(text: str) -> None:
    """A date is never guessed: the whole text must be a date."""
    assert date_in_text(text) is None


@pytest.mark.parametrize(
    "value",
    [1774643940, 1774643940.5, "1774643940", 1774643940000, "1774643940000", 1774643940000000, MARCH, 20260327],
)
def test_dates_in_cells(value: object) -> None:
    """A cell of a date column may hold a date or a Unix time in seconds, milliseconds or microseconds."""
    written = date_in_cell(value)
    assert written is not None
    assert Dates().read(written) == MARCH


@pytest.mark.parametrize("value", [46108, 3, True, None, [], "March 27", "x", 177464394012])
def test_other_cells_are_no_dates(value: object) -> None:
    """Other numbers, texts without a year and other values are no dates."""
    assert date_in_cell(value) is None


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-03-02-evening.md", datetime.date(2026, 3, 2)),
        ("diary 2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-13-02 2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-03-02T20-39.txt", datetime.date(2026, 3, 2)),
        ("20260302.txt", datetime.date(2026, 3, 2)),
        ("diary_2026_03_02.txt", datetime.date(2026, 3, 2)),
        ("27-03-2026.txt", MARCH),
        ("27th March 2026.txt", MARCH),
        ("diary_27_March_2026.txt", MARCH),
        ("2026/03/27.txt", MARCH),
        ("2026/3/7.txt", datetime.date(2026, 3, 7)),
        ("2026/03/27 evening.txt", None),
        ("2026-03-02/monday.txt", None),
        ("2026-02-30.txt", None),
        ("12026-03-021.txt", None),
        ("3f1c20260302e9a7.txt", None),
        ("1.2.10.txt", None),
        ("march.txt", None),
    ],
)
def test_date_in_file_name(write: Write, name: str, date: datetime.date | None) -> None:
    """The date of a text file is the first real date in its name, or that of its folders by year and month."""
    assert entries(write(name, "x"))[0].date == date


@pytest.mark.parametrize(
    "line",
    [
        "date: 2026-03-27",
        'date: "2026-03-27"',
        "date: 2026-03-27T21:10:00\r",
        "Date:   27 March 2026 # a Friday",
        "created: 2026-03-27T22:14",
        "day: '[[2026-03-27]]'",
        "Creation Date: March 27, 2026 9:12 PM",
        "updated: 2026-01-01\ndate: 2026-03-27",
        "created: 2026-01-01\ndate: 2026-03-27",
        "date: soon\ncreated: 2026-03-27",
        "meta:\n  date: 2026-03-27",
    ],
)
def test_front_matter_date_comes_before_the_name(write: Write, line: str) -> None:
    """A date in the front matter was written by the author and takes precedence over that in the file's name."""
    path = write("2025-01-01.md", f"---\ntitle: x\n{line}\n---\ntext\n")
    assert entries(path)[0].date == MARCH


def test_front_matter_in_toml(write: Write) -> None:
    """Front matter may be TOML between lines of plus signs."""
    assert entries(write("a.md", '+++\ntitle = "x"\ndate = 2026-03-27T10:00:00Z\n+++\ntext\n'))[0].date == MARCH


@pytest.mark.parametrize("end", ["---\ndate: 2026-03-02\n", "date: 2026-03-02\n"])
def test_date_outside_the_front_matter_is_text(write: Write, end: str) -> None:
    """A line `date:` after the front matter, or in one that is never closed, is text and no date of the entry."""
    assert entries(write("a.md", f"---\ntitle: x\n{end}"))[0].date is None


def test_csv_name_gives_no_date(write: Write) -> None:
    """The date in a table's name is the date of its export and not of its entries."""
    assert entries(write("export-2026-03-02.csv", "text\nx\n"))[0].date is None


DAYS = [(2, 3), (3, 3), (3, 13)]


def table(ending: str, dates: list[str]) -> str | bytes:
    """Return a table of entries with these dates."""
    if ending == "xlsx":
        return xlsx([["date", "text"], *([date, "x"] for date in dates)])
    if ending == "json":
        return json.dumps([{"date": date, "text": "x"} for date in dates])
    if ending == "csv":
        return "date,text\n" + "".join(f'"{date}",x\n' for date in dates)
    return "".join(json.dumps({"date": date, "text": "x"}) + "\n" for date in dates)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json", "xlsx"])
@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["3/2/2026 21:04:11", "13/3/2026"], [datetime.date(2026, 2, 3), datetime.date(2026, 3, 13)]),
        (["3/2/2026", "3/3/2026", "13/3/2026"], [datetime.date(2026, month, day) for month, day in DAYS]),
        (["3/2/2026", "3/13/2026"], [datetime.date(2026, 3, 2), datetime.date(2026, 3, 13)]),
        (["3/2/2026", "13/3/2026", "3/13/2026"], [None, datetime.date(2026, 3, 13), datetime.date(2026, 3, 13)]),
        (["3/2/2026", "2026-03-13"], [None, datetime.date(2026, 3, 13)]),
    ],
    ids=["day first", "day first, with a day that is the month", "month first", "contradiction", "not shown"],
)
def test_order_of_a_table(write: Write, ending: str, dates: list[str], days: list[datetime.date | None]) -> None:
    """All dates of a table decide the order of day and month; dates that stay ambiguous are counted and reported."""
    path = write(f"a.{ending}", table(ending, dates))
    items = list(read_entries([path]))
    assert [item.date for item in items if isinstance(item, Entry)] == days
    reported = [item.problem for item in items if isinstance(item, Unreadable)]
    assert len(reported) == days.count(None)
    assert all("1 unread date, " in problem and "--day-first or --month-first" in problem for problem in reported)
    for day_first, day in ((True, datetime.date(2026, 2, 3)), (False, datetime.date(2026, 3, 2))):
        assert entries(path, day_first=day_first)[0].date == day


def test_order_of_standard_input() -> None:
    """Standard input cannot be read twice: an ambiguous date in it is reported."""
    content = table("jsonl", ["3/2/2026", "13/3/2026"])
    assert isinstance(content, str)
    first, second, problem = read_entries(["-"], stdin=io.BytesIO(content.encode()))
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert isinstance(problem, Unreadable)
    assert (first.date, second.date) == (None, datetime.date(2026, 3, 13))


@pytest.mark.parametrize("value", ["2026-02-30", "Monday 27 March 2026", "31/02/2026"])
def test_dates_that_do_not_exist_are_reported(write: Write, value: str) -> None:
    """A date that is not in the calendar is reported, and its entry is read."""
    path = write("a.csv", table("csv", [value, "2026-03-02"]))
    assert [item.date for item in read_entries([path]) if isinstance(item, Entry)] == [None, datetime.date(2026, 3, 2)]
    (problem,) = problems(path)
    assert "1 unread date, because the calendar has no such day" in problem


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("date,full_date,text", "March 27,2026-03-27,x"),
        ("full_date,date,text", "2026-03-27,March 27,x"),
        ("day,timestamp,text", "Friday,1774643940,x"),
        ("created,Date,text", "2025-01-01,27 March 2026,x"),
    ],
)
def test_column_whose_cells_are_dates(write: Write, header: str, row: str) -> None:
    """Of several columns with a usual name, the first whose cell is a date is read."""
    assert entries(write("a.csv", f"{header}\n{row}\n"))[0].date == MARCH


def test_named_column_is_the_only_one(write: Write) -> None:
    """Where the caller names the date column, no other column is looked at."""
    path = write("a.csv", "when,date,text\nsoon,2026-03-27,x\n")
    assert entries(path, date_column="when")[0].date is None
