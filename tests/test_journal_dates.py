"""Dates of entries: in ISO 8601 and nothing else, from cells, file names and front matter."""

from __future__ import annotations

import datetime
import json

import pytest
from helpers.journal import Write, entries


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-03-02-evening.md", datetime.date(2026, 3, 2)),
        ("diary 2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-13-02 2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-02-30.txt", None),
        ("12026-03-021.txt", None),
        ("march.txt", None),
    ],
)
def test_date_in_file_name(write: Write, name: str, date: datetime.date | None) -> None:
    """The date of a text file is the first real ISO date in its name."""
    assert entries(write(name, "x"))[0].date == date


@pytest.mark.parametrize("value", ["2026-03-02", ' "2026-03-02"', "2026-03-02T21:10:00\r"])
def test_front_matter_date_comes_before_the_name(write: Write, value: str) -> None:
    """A date in the front matter was written by the author and takes precedence over that in the file's name."""
    path = write("2025-01-01.md", f"---\ntitle: x\ndate:{value}\n---\ntext\n")
    assert entries(path)[0].date == datetime.date(2026, 3, 2)


def test_date_below_the_front_matter_is_text(write: Write) -> None:
    """A line `date:` after the front matter is text and no date of the entry."""
    assert entries(write("a.md", "---\ntitle: x\n---\ndate: 2026-03-02\n"))[0].date is None


def test_csv_name_gives_no_date(write: Write) -> None:
    """The date in a table's name is the date of its export and not of its entries."""
    assert entries(write("export-2026-03-02.csv", "text\nx\n"))[0].date is None


@pytest.mark.parametrize("value", ["2 March 2026", "02/03/2026", "2026-02-30", 20260302, None])
def test_other_dates_are_none(write: Write, value: object) -> None:
    """A date that is not in ISO 8601 is left out and not guessed."""
    assert entries(write("a.jsonl", json.dumps({"text": "t", "date": value})))[0].date is None
