"""Which columns are used for text, id, date and author: those with usual names, or those that are asked for."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pytest
from helpers.documents import xlsx
from helpers.journal import CANARY, Write, entries, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.errors import EntriesError
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries


@pytest.mark.parametrize(
    "name",
    ["text", "Entry", "JOURNAL", "content", "body", "note", "Notes", "message", "post", "question", "Patient Question"],
)
def test_csv_text_column_by_usual_name(write: Write, name: str) -> None:
    """The column of the text is found by its usual names, in upper or lower case."""
    assert texts(write("a.csv", f"mood,{name}\n3,hello\n")) == ["hello"]


def test_csv_more_usual_name_wins(write: Write) -> None:
    """Where several columns have a usual name, the more usual one is read."""
    assert texts(write("a.csv", "notes,text\nno,yes\n")) == ["yes"]


def test_csv_first_of_two_columns_with_one_name(write: Write) -> None:
    """Of two columns with the same name the first is read."""
    assert texts(write("a.csv", "text,text\nfirst,second\n")) == ["first"]
    assert texts(write("b.csv", "Text,TEXT\nfirst,second\n")) == ["first"]


def test_csv_named_columns(write: Write) -> None:
    """Columns that the caller names take precedence, in upper or lower case and with any separator between words."""
    path = write("a.csv", "id,text,date,Case No,Free text,Written on\n1,no,2020-01-01,K7,yes,2026-03-02\n")
    (entry,) = entries(path, text_column="free_text", id_column="Case No", date_column="written on")
    assert (entry.id, entry.text, entry.date) == ("K7", "yes", datetime.date(2026, 3, 2))


def test_csv_without_text_column(write: Write) -> None:
    """A named table without a column for the text raises; the message gives its columns and the option."""
    path = write("a.csv", "mood,thoughts\n3,x\n")
    with pytest.raises(EntriesError, match=r"a\.csv.*'mood', 'thoughts'.*--text-column"):
        read_entries([path])


def test_csv_without_text_column_in_a_folder(write: Write, tmp_path: Path) -> None:
    """A table without text in a folder is reported, and the other files are read."""
    write("budget.csv", "month,rent\n3,700\n")
    write("diary.txt", "text")
    unreadable, entry = read_entries([tmp_path])
    assert isinstance(unreadable, Unreadable)
    assert "'month', 'rent'" in unreadable.problem
    assert isinstance(entry, Entry)
    write("a.csv", "nr,text\n1,x\n")
    assert sum(isinstance(item, Entry) for item in read_entries([tmp_path], id_column="nr")) == 2


def test_table_without_header_keeps_its_text_private(write: Write) -> None:
    """Where the first row is an entry, it is not taken for column names, and no message shows it."""
    for number, row in enumerate([f"2026-03-02,{CANARY}\n", f"Dear diary, {CANARY}, and more\n", f"{CANARY}.\n"]):
        with pytest.raises(EntriesError) as raised:
            read_entries([write(f"{number}.csv", row * 3)])
        assert "heron" not in str(raised.value)
        assert "first row" in str(raised.value)


def test_jsonl_without_text_field(write: Write) -> None:
    """A named JSON Lines file in which no object has a text raises; the message gives its fields and the option."""
    path = write("a.jsonl", '{"mood": 3, "thoughts": "x"}\n{"mood": 4}\n')
    with pytest.raises(EntriesError, match=r"'mood', 'thoughts'.*--text-column"):
        read_entries([path])
    assert texts(write("b.jsonl", '{"thoughts": "x"}'), text_column="thoughts") == ["x"]


@pytest.mark.parametrize("kind", ["text", "id", "date"])
def test_option_names_no_column(write: Write, kind: str) -> None:
    """A column that no table has raises; the message gives the option and the columns."""
    paths = [write("a.csv", "text,mood\nx,3\n"), write("b.jsonl", '{"text": "x"}')]
    with pytest.raises(EntriesError, match=rf"--{kind}-column 'wrong'.*a\.csv.*'text', 'mood'"):
        entries(*paths, **{f"{kind}_column": "wrong"})


def test_option_names_a_column_of_some_file(write: Write) -> None:
    """A column that only one of two tables has is read there, and the other table is reported."""
    first, second = write("a.csv", "text,thoughts\nno,yes\n"), write("b.csv", "text\nx\n")
    assert [isinstance(item, Entry) for item in read_entries([first, second], text_column="thoughts")] == [True, False]


def test_option_without_table(write: Write) -> None:
    """A column option raises where no file has columns."""
    with pytest.raises(EntriesError, match="--id-column"):
        read_entries([write("a.txt", "x")], id_column="id")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_only_column_with_prose(write: Write, ending: str) -> None:
    """Without a usual name for the text, the only column whose cells are mostly prose is the text, blank or not."""
    rows = [
        ["When was it?", "Date", "Hot thought", "Mood"],
        ["at work", "2026-03-02", "They all think that I failed.", "3"],
        ["at home", "2026-03-03", "Nobody will ever call back.", "4"],
        ["at home", "2026-03-04", "no", "4"],
        ["at home", "2026-03-05", "", "4"],
    ]
    path = table(write, ending, rows)
    days = [datetime.date(2026, 3, day) for day in (2, 3, 4, 5)]
    assert entries(path) == [
        Entry(f"a:{number}", row[2], day, None, f"{path}:{number + 1}")
        for number, (row, day) in enumerate(zip(rows[1:], days, strict=True), start=1)
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_several_columns_with_prose(write: Write, ending: str) -> None:
    """Of several columns with prose, each cell is an entry; a blank cell is none, unless the whole row is blank."""
    rows = [
        ["Date", "Case No", "Thought", "Answer"],
        ["3/2/2026", "K7", "They all think that I failed.", "Two of them said thank you."],
        ["3/4/2026", "K8", "Nobody will ever call back.", ""],
        ["3/6/2026", "K9", "", ""],
    ]
    path = table(write, ending, rows)
    *items, problem = read_entries([path], id_column="case no")
    assert [(item.id, item.text, item.source) for item in items if isinstance(item, Entry)] == [
        ("K7:Thought", rows[1][2], f"{path}:2"),
        ("K7:Answer", rows[1][3], f"{path}:2"),
        ("K8:Thought", rows[2][2], f"{path}:3"),
        ("K9:Thought", "", f"{path}:4"),
    ]
    assert isinstance(problem, Unreadable)
    assert "3 unread dates" in problem.problem
    assert [item.id for item in read_entries([path]) if isinstance(item, Entry)][:2] == ["a:1:Thought", "a:1:Answer"]


WORDS = st.text("abcdefghij", min_size=1, max_size=8)
SENTENCES = st.lists(WORDS, min_size=4, max_size=9).map(" ".join)


@given(data=st.data(), width=st.integers(2, 4), height=st.integers(1, 6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_all_prose_is_read(write: Write, data: st.DataObject, width: int, height: int) -> None:
    """In a table of nothing but prose, every cell is read once, in the order of rows and columns."""
    cells = data.draw(st.lists(SENTENCES, min_size=width * height, max_size=width * height, unique=True))
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    items = entries(table(write, "csv", [[f"Part {number}" for number in range(width)], *rows]))
    assert [item.text for item in items] == cells
    assert len({item.id for item in items}) == len(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["3", "4", "5"],
        ["10 20 30 40 50", "1 2 3 4 5", "7 7 7 7"],
        ["Friday 27 March 2026 at 9 PM", "Saturday 28 March 2026 at 9 PM", "Sunday 29 March 2026 at 9 PM"],
        ["a.b.c.d@example.org", "e.f.g.h@example.org", "i.j.k.l@example.org"],
        ["work | bad sleep | long walk", "work, tea, family, tv, walk", "read; cook; sleep; walk"],
        ["fine", "not so good", "sad"],
        ["more than half the days", "more than half the days", "more than half the days"],
        ["", " ", ""],
    ],
    ids=["numbers", "many numbers", "dates", "addresses", "lists", "short", "choices", "blank"],
)
def test_other_columns_are_no_prose(write: Write, cells: list[str]) -> None:
    """Numbers, dates, addresses, lists, short texts and choices that repeat are not taken for the text."""
    path = table(write, "csv", [["Day", "Other"], *(["2026-03-02", cell] for cell in cells)])
    with pytest.raises(EntriesError, match=r"'Day', 'Other'.*--text-column"):
        read_entries([path])
    beside = table(write, "csv", [["text", "Other"], *(["x", cell] for cell in cells)])
    assert texts(beside) == ["x"] * len(cells)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Note", [["I could not sleep at all.", "They all think that I failed."]]),
        ("Thought", [["I could not sleep at all.", "They all think that I failed."], ["I will never be well.", "no"]]),
    ],
    ids=["usual name", "prose"],
)
def test_prose_that_is_not_read_is_reported(write: Write, ending: str, text: str, rows: list[list[str]]) -> None:
    """A column with prose beside the text is named once for each table, but not if the caller named the text."""
    path = table(write, ending, [[text, "What else?", "Day"], *([*row, "2026-03-02"] for row in rows)])
    *items, problem = read_entries([path])
    assert [item.text for item in items if isinstance(item, Entry)] == [row[0] for row in rows]
    assert isinstance(problem, Unreadable)
    assert (problem.source, "not read: 'What else?'" in problem.problem) == (str(path), True)
    assert texts(path, text_column="what else?") == [row[1] for row in rows]
    assert texts(path, text_column=text) == [row[0] for row in rows]


def test_text_column_is_chosen_from_the_first_rows(write: Write) -> None:
    """The first 200 rows show which columns hold prose, so that a large table is not read twice."""
    rows = [["2026-03-02", str(number)] for number in range(200)]
    with pytest.raises(EntriesError):
        read_entries([table(write, "csv", [["Date", "Other"], *rows, ["2026-03-02", "They think that I failed."]])])


def table(write: Write, ending: str, rows: list[list[str]]) -> Path:
    """Write a table of one sheet, and return its path."""
    path = write(f"a.{ending}", xlsx(rows) if ending == "xlsx" else "")
    if ending == "csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
    return path
