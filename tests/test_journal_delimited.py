"""CSV and TSV files: delimiters, quotation marks, and rows that are broken in every way."""

from __future__ import annotations

import datetime

import pytest
from helpers.journal import Write, entries, only_problem, outcomes, texts

from classifier.journal.decoding import MAX_CHARACTERS
from classifier.journal.entry import Entry
from classifier.journal.reader import read_entries


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_csv_delimiter_is_detected(write: Write, delimiter: str, ending: str) -> None:
    """Comma, semicolon and tab are told apart by the header, and not by the text below it."""
    rows = f"id{delimiter}text\n1{delimiter}" + '"a, b; c, d, e; f\tg"\n'
    assert texts(write(f"a.{ending}", rows)) == ["a, b; c, d, e; f\tg"]


def test_csv_of_one_column(write: Write) -> None:
    """The only column is the text under any name, including commas without quotation marks."""
    assert texts(write("a.csv", 'Gedanken\nwell, that was it\n"quoted, too"\n\n""\n')) == [
        "well, that was it",
        "quoted, too",
        "",
    ]


def test_csv_all_fields(write: Write) -> None:
    """Id, date and author come from their columns; the source is the line on which the row starts."""
    path = write("a.csv", 'Id_Number,Author,created_at,text\n41,Ann,2026-03-02T21:14:05Z,"two\nlines"\n42,,x,next\n')
    assert entries(path) == [
        Entry("41", "two\nlines", datetime.date(2026, 3, 2), "Ann", f"{path}:2"),
        Entry("42", "next", None, None, f"{path}:4"),
    ]


def test_csv_keeps_line_breaks(write: Write) -> None:
    """Line breaks in a cell stay as they are, so that offsets stay valid."""
    assert texts(write("a.csv", 'id,text\r\n1,"a\r\nb\rc\nd"\r\n')) == ["a\r\nb\rc\nd"]


def test_csv_id_without_column(write: Write) -> None:
    """A row without an id gets the file's name and its number below the header, broken rows included."""
    path = write("a.csv", "id,text\n,one\nbroken\n,three\n")
    assert [item.id for item in read_entries([path]) if isinstance(item, Entry)] == ["a:1", "a:3"]


def test_csv_rows_of_wrong_width(write: Write) -> None:
    """A row with too few or too many cells is reported by its line, and the others are read."""
    assert outcomes(write("a.csv", "id,text\n1,one\n2\n3,cut, off\n4,four\n")) == ["one", "!3", "!4", "four"]


def test_csv_empty_rows_and_cells_do_not_count(write: Write) -> None:
    """Empty rows are skipped and empty cells beyond the header are allowed, as spreadsheets export both."""
    assert texts(write("a.csv", ",\n\nid,text\n1,one,,\n\n,\n , \n2,two\n")) == ["one", "two"]


def test_csv_nul_breaks_one_row(write: Write) -> None:
    """A NUL character breaks its row only."""
    assert outcomes(write("a.csv", "id,text\n1,one\n2,t\0wo\n3,three\n")) == ["one", "!3", "three"]


def test_csv_unclosed_quotation_mark_swallows_nothing(write: Write) -> None:
    """Rows after a quotation mark that is never closed are still read."""
    rows = "".join(f"{number},entry {number}\n" for number in range(3, 100))
    assert outcomes(write("a.csv", f'id,text\n1,one\n2,"two\n{rows}')) == [
        "one",
        "!3",
        *(f"entry {number}" for number in range(3, 100)),
    ]


def test_csv_quotation_marks_that_are_not_doubled(write: Write) -> None:
    """A row whose inner quotation marks are not doubled is reported and not read wrongly."""
    path = write("a.csv", 'id,text\n1,"she said "no" to me"\n2,"he said ""yes"""\n')
    assert outcomes(path) == ["!2", 'he said "yes"']


def test_csv_huge_field(write: Write) -> None:
    """A text above the default limit of the csv module is read whole."""
    text = "word " * 100_000
    assert texts(write("a.csv", f'id,text\n1,"{text}"\n')) == [text]


@pytest.mark.parametrize("row", ['"{0}{0}",1', '"{0}\n{0}",1', '"{0}\n","{0}"'], ids=["line", "cell", "cells"])
def test_csv_row_beyond_the_limit(write: Write, row: str) -> None:
    """A row above the limit for an entry is broken, on one line or many, and the next row is read."""
    long = row.format("x" * (MAX_CHARACTERS * 2 // 3))
    first, *_, last = outcomes(write("a.csv", f"text,id\n{long}\ntwo,2\n"))
    assert (first, last) == ("!2", "two")


def test_csv_without_header(write: Write) -> None:
    """An empty table is reported as empty."""
    assert "is empty" in only_problem(write("a.csv", ""))
