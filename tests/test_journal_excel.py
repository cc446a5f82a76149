"""Excel files: the same rules as for CSV, for each sheet."""

from __future__ import annotations

import datetime

import pytest
from helpers.documents import xlsx
from helpers.journal import Write, entries, outcomes, texts

from classifier.errors import EntriesError
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries

DAY = datetime.datetime(2026, 3, 2, 21, 14)


def test_all_fields(write: Write) -> None:
    """Columns are chosen by their names, as in CSV; the source is the row, and empty rows are skipped."""
    rows = [
        [],
        ["ID", "Date", "Client", " Text "],
        [41, DAY, "Ann", "two\nlines"],
        [],
        [None, "2026-03-03", None, "next"],
    ]
    path = write("a.xlsx", xlsx(rows))
    assert entries(path) == [
        Entry("41", "two\nlines", datetime.date(2026, 3, 2), "Ann", f"{path}:3"),
        Entry("a:2", "next", datetime.date(2026, 3, 3), None, f"{path}:5"),
    ]


def test_several_sheets(write: Write) -> None:
    """Each sheet is a table of its own. A sheet without a text column is reported, and an empty one is skipped."""
    path = write(
        "a.xlsx", xlsx([["text"], ["one"]], [], [["mood"], ["3"]], [["Date", "mood"], [DAY, 3]], [["note"], ["x"]])
    )
    items = list(read_entries([path]))
    assert [item.source.removeprefix(str(path)) for item in items] == [
        " sheet 1:2",
        " sheet 3:2",
        " sheet 4",
        " sheet 5:2",
    ]
    assert [item.id for item in items if isinstance(item, Entry)] == ["a sheet 1:1", "a sheet 3:1", "a sheet 5:1"]


@pytest.mark.parametrize(("value", "outcome"), [(None, ""), (3, "3"), (True, "True"), ("=1+1", ""), (DAY, "!2")])
def test_cells(write: Write, value: object, outcome: str) -> None:
    """An empty cell is an empty text, a number is text, and a date in the column of the text is reported."""
    assert outcomes(write("a.xlsx", xlsx([["id", "text"], [1, value]]))) == [outcome]


def test_columns(write: Write) -> None:
    """Columns are named by the caller; a file without a text column raises, and is reported in a folder."""
    path = write("a.xlsx", xlsx([["Mood", "Thoughts"], [3, "x"]]))
    assert texts(path, text_column="thoughts") == ["x"]
    with pytest.raises(EntriesError, match=r"'Mood', 'Thoughts'.*--text-column"):
        read_entries([path])
    (item,) = read_entries([path.parent])
    assert isinstance(item, Unreadable)


def test_empty_file(write: Write) -> None:
    """A file without rows is reported."""
    assert outcomes(write("a.xlsx", xlsx([]))) == ["!"]
