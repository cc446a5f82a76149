"""Which columns are used for text, id, date and author: those with usual names, or those that are asked for."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from helpers.journal import CANARY, Write, entries, texts

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
    """Where the first row is an entry, no message shows it as a column name."""
    for number, rows in enumerate([f"2026-03-02,{CANARY}\n", f"Dear diary, {CANARY}, and more\n", f"{CANARY}.\n"]):
        with pytest.raises(EntriesError) as raised:
            read_entries([write(f"{number}.csv", rows)])
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
