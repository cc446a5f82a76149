"""Parquet files: read from an open file, with the same entries as JSON Lines, whole or by row group."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from helpers.journal import Write

from classifier.journal.columns import ColumnOptions
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.jsonl import read_jsonl
from classifier.journal.parquet import read_parquet, read_row_group
from classifier.journal.reader import read_entries

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = [{"text": f"text {i}", "date": "2026-03-02", "id": i, "author": "Ann", "mood": 3} for i in range(5)]


def parquet_of(rows: list[dict[str, object]]) -> io.BytesIO:
    """Return an open Parquet file with two rows in each row group."""
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream, row_group_size=2)
    stream.seek(0)
    return stream


def test_same_entries_as_jsonl() -> None:
    """A row of Parquet gives the same entry as a line of JSON Lines."""
    lines = io.BytesIO("".join(json.dumps(row) + "\n" for row in ROWS).encode())
    expected = list(read_jsonl(lines, ColumnOptions(), source="a", name="a"))
    assert list(read_parquet(parquet_of(ROWS), ColumnOptions(), source="a", name="a")) == expected


def test_order_of_dates() -> None:
    """All dates of a file decide the order of day and month; the dates of one row group do not."""
    file = [{"text": "x", "date": date} for date in ("3/2/2026", "4/2/2026", "13/2/2026")]
    days = [datetime.date(2026, 2, day) for day in (3, 4, 13)]
    whole = list(read_parquet(parquet_of(file), ColumnOptions(), source="a", name="a"))
    assert [item.date for item in whole if isinstance(item, Entry)] == days
    *rows, problem = read_row_group(parquet_of(file), ColumnOptions(), 0, source="a", name="a", rows=0)
    assert [item.date for item in rows if isinstance(item, Entry)] == [None, None]
    assert isinstance(problem, Unreadable)
    options = ColumnOptions(day_first=True)
    rows = list(read_row_group(parquet_of(file), options, 0, source="a", name="a", rows=0))
    assert [item.date for item in rows if isinstance(item, Entry)] == days[:2]


def test_row_groups_are_the_file() -> None:
    """The row groups of a file, read one at a time, give the same as the file read as a whole."""
    rows = [{"text": row["text"]} for row in ROWS]
    whole = list(read_parquet(parquet_of(rows), ColumnOptions(), source="a", name="a"))
    groups = [
        item
        for group in range(3)
        for item in read_row_group(parquet_of(rows), ColumnOptions(), group, source="a", name="a", rows=2 * group)
    ]
    assert groups == whole
    assert [(item.id, item.source) for item in whole if isinstance(item, Entry)][-1] == ("a:5", "a:5")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"text\nx\n"])
def test_file_that_is_not_parquet(write: Write, content: bytes) -> None:
    """A file with the ending of Parquet that is none is one unreadable file."""
    (item,) = read_entries([write("a.parquet", content)])
    assert isinstance(item, Unreadable)
    assert "not a whole Parquet file" in item.problem


def test_no_text_column() -> None:
    """A file without a column for the text has a problem as a whole."""
    with pytest.raises(FileProblem, match="its columns are 'mood'"):
        list(read_parquet(parquet_of([{"mood": 3}]), ColumnOptions(), source="a", name="a"))
