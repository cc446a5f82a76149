"""Text files with several dated entries: when they are split, and what the entries are."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from helpers.journal import Write, entries, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries

HEADINGS = [
    "%A %d %B %Y\n",
    "%Y-%m-%d\r\n\r\n",
    "## %Y-%m-%d\n",
    "# %Y-%m-%d %A\n\n",
    "**%d %B %Y**\n",
    "%B %d, %Y:\n",
    "%a %d %b %Y, 9:04 PM\n",
    "* <%Y-%m-%d %a>\n",
    "\tDate:\t%d %B %Y at 20:11:02 GMT\n\tWeather:\t8°C Cloudy\n\n",
]
STAMPS = ["[%Y-%m-%d 21:10] ", "[%Y-%m-%d 09:10:11 PM] ", "%Y-%m-%d 21:10 ", "[%d.%m.%Y 21:10]\n"]

DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))
WORDS = st.sampled_from(
    ["tea", "at 9:10", "2026", "we", "May", "I'm", "-", "on 2 March 2026,", "[sic]", "\u00e9", "#x"]
)
LINES = st.lists(WORDS, max_size=6).map(" ".join)
TEXTS = st.lists(LINES, max_size=5).map(lambda lines: "\n".join(["I", *lines, "end"]))
"""Texts in which no line is only a date, and none begins with a date and a time."""


@pytest.mark.parametrize("form", [*HEADINGS, *STAMPS])
@given(days=st.lists(st.tuples(DATES, TEXTS), min_size=2, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_dated_entries_come_back_the_same(tmp_path: Path, form: str, days: list[tuple[datetime.date, str]]) -> None:
    """Any dated entries, joined into one file, are read with their dates, texts, numbers and lines."""
    content, lines = "", []
    for date, text in days:
        lines.append(content.count("\n") + 1)
        content += f"{date.strftime(form)}{text}\n\n"
    path = tmp_path / "a.md"
    path.write_bytes(content.encode())
    assert entries(path) == [
        Entry(f"a:{number}", text, date, None, f"{path}:{line}")
        for number, ((date, text), line) in enumerate(zip(days, lines, strict=True), start=1)
    ]


@pytest.mark.parametrize("ending", ["txt", "text", "md", "markdown", "org", "log"])
def test_all_plain_text_is_split(write: Write, ending: str) -> None:
    """Files of every ending of plain text are split."""
    assert texts(write(f"a.{ending}", "2026-03-01\none\n2026-03-02\ntwo\n")) == ["one", "two"]


def test_text_before_the_first_date(write: Write) -> None:
    """Text before the first heading is an entry without a date; blank lines and front matter are none."""
    path = write("a.md", "---\ntitle: x\n---\n\nMy diary.\n2026-03-01\none\n2026-03-02\ntwo\n")
    first, *rest = entries(path)
    assert first == Entry("a:1", "My diary.", None, None, f"{path}:5")
    assert [entry.text for entry in rest] == ["one", "two"]
    assert texts(write("b.md", "---\ntitle: x\n---\n\n2026-03-01\none\n2026-03-02\ntwo\n")) == ["one", "two"]
    chat = "28/03/2026, 21:15 - Ann: one\n29/03/2026, 21:15 - Ann: two\n"
    assert texts(write("c.txt", f"My chat.\n{chat}")) == ["My chat.", "one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01\nonly one\n",
        "one\n2 March 2026\ntwo\n",
        "2026-03-01\none\n2 March 2026\nanother form\n",
        "# 2026-03-01\none\n## 2026-03-02\nanother level\n",
        "On 2026-03-01 I slept.\nOn 2026-03-02 I did not.\n",
        "2026-03-01 I slept.\n2026-03-02 I did not.\n",
        "Meetings:\n2 March 2026\n9 March 2026\nI go to both.\n",
        "[2026-03-01] one\n[2026-03-02] two\n",
        "12:30 one\n13:30 two\n",
        "Monday\none\nTuesday\ntwo\n",
    ],
)
def test_other_texts_stay_whole(write: Write, text: str) -> None:
    """A text without two dates of one kind above text of their own is one entry, exactly as written."""
    assert texts(write("a.txt", text)) == [text]


def test_date_of_another_form_begins_an_entry_too(write: Write) -> None:
    """Once a text is split, every heading of the same level begins an entry, so that no day is joined to another."""
    assert texts(write("a.txt", "2026-03-01\none\n2026-03-02\ntwo\n3 March 2026\nthree\n")) == ["one", "two", "three"]


def test_day_without_text(write: Write) -> None:
    """A heading without text below is an entry without text, so that every day is accounted for."""
    assert texts(write("a.txt", "2026-03-01\none\n\n2026-03-02\n\n2026-03-03\nthree\n")) == ["one", "", "three"]


@pytest.mark.parametrize(
    ("name", "text", "date"),
    [
        ("a.txt", "Tuesday 10/03/2026\r\n\r\nBad night.\r\n", datetime.date(2026, 3, 10)),
        ("a.txt", "# 10 March 2026\nBad night.\n", datetime.date(2026, 3, 10)),
        ("a.txt", "[2026-03-10 21:10] Bad night.\n", datetime.date(2026, 3, 10)),
        ("2026-03-11.txt", "10 March 2026\nBad night.\n", datetime.date(2026, 3, 10)),
        ("2026-03-11.txt", "10/03/2026\nBad night.\n", datetime.date(2026, 3, 11)),
        ("diary 2026.txt", "Tue 10 Mar\nBad night.\n", datetime.date(2026, 3, 10)),
        ("a.md", "---\ndate: 2026-03-12\n---\n10 March 2026\nBad night.\n", datetime.date(2026, 3, 12)),
        ("a.txt", "Bad night.\n10 March 2026\n", None),
    ],
)
def test_date_of_a_single_entry(write: Write, name: str, text: str, date: datetime.date | None) -> None:
    """The date of a single entry is that of its front matter, its first line or its name: the first that is read."""
    path = write(name, text)
    assert entries(path) == [Entry(path.stem, text, date, None, str(path))]


@pytest.mark.parametrize(
    ("name", "headings", "dates"),
    [
        ("diary 2026.txt", ["Sat 7 Mar", "Sun 8 Mar"], ["2026-03-07", "2026-03-08"]),
        ("a.txt", ["Sat 7 Mar 2026", "Sun 8 Mar:"], ["2026-03-07", "2026-03-08"]),
        (
            "a.txt",
            ["31 Dec 2025", "1 Jan 2026", "Fri 2 Jan", "3 Jan"],
            ["2025-12-31", "2026-01-01", "2026-01-02", None],
        ),
        ("a.txt", ["7 March", "8 March"], [None, None]),
        ("diary 2026.txt", ["Sat 7 Mar", "Mon 8 Mar"], ["2026-03-07", None]),
    ],
)
def test_dates_without_a_year(write: Write, name: str, headings: list[str], dates: list[str | None]) -> None:
    """A missing year is that of the other dates or the file's name, if only one fits; else the date is reported."""
    items = list(read_entries([write(name, "".join(f"{heading}\ntext\n" for heading in headings))]))
    assert [item.date and item.date.isoformat() for item in items if isinstance(item, Entry)] == dates
    assert any(isinstance(item, Unreadable) for item in items) == (None in dates)


@pytest.mark.parametrize(("last", "day_first"), [("13/03/2026", True), ("03/13/2026", False), ("04/03/2026", None)])
def test_order_of_headings(write: Write, last: str, day_first: bool | None) -> None:
    """All dates of a file decide the order of day and month, or they are reported and an option decides."""
    path = write("a.txt", f"02/03/2026\none\n{last}\ntwo\n")
    items = list(read_entries([path]))
    assert isinstance(items[0], Entry)
    by_order = {True: datetime.date(2026, 3, 2), False: datetime.date(2026, 2, 3), None: None}
    assert items[0].date == by_order[day_first]
    assert [item.problem[:18] for item in items[2:] if isinstance(item, Unreadable)] == (
        ["has 2 unread dates"] if day_first is None else []
    )
    for order in (True, False):
        assert entries(path, day_first=order)[0].date == by_order[order]


IPHONE, ANDROID, AMERICAN = "[%d/%m/%Y, 21:15:10] ", "%d/%m/%Y, 21:15 - ", "%d/%m/%y, 9:15\u202fPM - "


@pytest.mark.parametrize("stamp", [IPHONE, "\u200e" + IPHONE, ANDROID, AMERICAN])
def test_chat(write: Write, stamp: str) -> None:
    """The messages of one person on one day are one entry with an author; lines of the app are left out."""
    first, second = (datetime.date(2026, 3, day).strftime(stamp) for day in (7, 28))
    path = write(
        "chat.txt",
        f"{first}Ann Lee: \u200eMessages and calls are end-to-end encrypted. Tap to learn more.\n"
        f"{first}Ann Lee: skipped group\n"
        f"{first}Ben: why: tell me\n"
        f"{first}Ann Lee: tired\nand sad\n"
        f"{second}Ann Lee: <Media omitted>\n"
        f"{second}Ann Lee: \u200eimage omitted\n"
        f"{second}Ann Lee: went today\n",
    )
    one, two = datetime.date(2026, 3, 7), datetime.date(2026, 3, 28)
    assert entries(path) == [
        Entry("chat:1", "skipped group\ntired\nand sad", one, "Ann Lee", f"{path}:2"),
        Entry("chat:2", "why: tell me", one, "Ben", f"{path}:3"),
        Entry("chat:3", "went today", two, "Ann Lee", f"{path}:8"),
    ]


def test_lines_of_the_chat_app_without_a_person(write: Write) -> None:
    """A line without a person is one of the app and left out; a chat of nothing else is reported as empty."""
    notice = "28/03/2026, 21:14 - Messages and calls are end-to-end encrypted.\n"
    message = "28/03/2026, 21:15 - Ann: skipped group\n"
    assert texts(write("a.txt", notice + message + message)) == ["skipped group\nskipped group"]
    omitted = "28/03/2026, 21:15 - Ann: <Media omitted>\n"
    (item,) = read_entries([write("b.txt", omitted * 3)])
    assert isinstance(item, Unreadable)


def test_stamps_with_a_comma_but_no_person(write: Write) -> None:
    """Stamps like those of a chat, in which most lines name nobody, are entries of a diary."""
    assert texts(write("a.txt", "[2026-03-01, 21:10] one\n[2026-03-02, 21:10] two\n")) == ["one", "two"]
