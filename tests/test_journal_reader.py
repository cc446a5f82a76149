"""Reading as a whole: standard input, and rules for all formats."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from helpers.journal import CANARY, Write, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.errors import EntriesError
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries


def from_stdin(data: bytes, **options: Any) -> list[Entry | Unreadable]:
    return list(read_entries(["-"], stdin=io.BytesIO(data), **options))


@pytest.mark.parametrize(
    "text",
    [
        "Dear diary\n2026-03-02\n",
        'Pasted:\n{"text": "x"}\n',
        "{ not json\nbut a mood }",
        '{\n  "text": "spread out"\n}\n',
        "",
    ],
)
def test_stdin_text(text: str) -> None:
    """Standard input is one entry, unless its lines are JSON objects."""
    assert from_stdin(text.encode()) == [Entry("stdin", text, None, None, "stdin")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_stdin_jsonl(encoding: str) -> None:
    """Standard input that starts with an object is read as JSON Lines, in any encoding."""
    assert from_stdin('{"text": "one"}\n{"text": "two", "id": "b"}\n'.encode(encoding)) == [
        Entry("stdin:1", "one", None, None, "stdin:1"),
        Entry("b", "two", None, None, "stdin:2"),
    ]


def test_stdin_jsonl_with_broken_first_line() -> None:
    """A broken line, even the first, does not turn JSON Lines into plain text."""
    assert [type(item) for item in from_stdin(b'{"text": "on\n{"text": "two"}\n')] == [Unreadable, Entry]


def test_stdin_columns() -> None:
    """Fields that the caller names are read from standard input as well."""
    (entry,) = from_stdin(b'{"text": "no", "thoughts": "yes"}', text_column="thoughts")
    assert isinstance(entry, Entry)
    assert entry.text == "yes"


def test_stdin_binary() -> None:
    """Binary data on standard input is reported."""
    assert from_stdin(b"\x89PNG\r\n\x1a\n\0\0\0\r")[0].source == "stdin"


def test_stdin_beyond_the_head() -> None:
    """All of standard input is read although it cannot be rewound, and it is left open."""
    lines = b'{"text": "line"}\n' * 80_000
    stream = io.BytesIO(lines)
    assert sum(isinstance(item, Entry) for item in read_entries(["-", "-"], stdin=stream)) == 80_000
    assert not stream.closed


def _csv(rows: list[str], path: Path, width: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["text", "mood"][:width], *([row, "3"][:width] for row in rows)])


def _jsonl(rows: list[str], path: Path, *, ascii_only: bool) -> None:
    lines = "".join(json.dumps({"text": row}, ensure_ascii=ascii_only) + "\n" for row in rows)
    path.write_text(lines, encoding="utf-8", newline="")


@given(rows=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_texts_come_back_the_same(tmp_path: Path, rows: list[str]) -> None:
    """Any texts written as JSON Lines or as CSV come back the same and in order."""
    path, table = tmp_path / "a.jsonl", tmp_path / "a.csv"
    for ascii_only in (True, False):
        _jsonl(rows, path, ascii_only=ascii_only)
        assert texts(path) == rows
    for width in (1, 2):
        _csv(rows, table, width)
        assert texts(table) == rows


@given(data=st.binary(max_size=300), name=st.sampled_from(["a.txt", "a.md", "a.csv", "a.tsv", "a.jsonl"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_reported(tmp_path: Path, data: bytes, name: str) -> None:
    """Any content gives entries that can be written to a file, or is reported; there is no traceback."""
    (tmp_path / name).write_bytes(data)
    try:
        items = list(read_entries([tmp_path / name]))
    except EntriesError:
        return
    for item in items:
        (item.text if isinstance(item, Entry) else item.problem).encode()


def test_no_problem_quotes_the_text(write: Write, tmp_path: Path) -> None:
    """No message contains a word of the journal, however the file is broken."""
    write("a.csv", f'id,text\n{CANARY}\n1,{CANARY},{CANARY}\n2,"{CANARY}" x\n3,"{CANARY}\n')
    write("b.jsonl", f'{{"text": "{CANARY}\n"{CANARY}"\n{{"{CANARY}": 1}}\n')
    write("c.txt", CANARY.encode() + b"\0")
    write("d.csv", f"{CANARY}.\n")
    items = list(read_entries([tmp_path]))
    assert len(items) == 9
    assert "heron" not in "".join(map(str, items))


@pytest.mark.parametrize(
    ("name", "header", "row"), [("a.csv", "id,text\n", '1,"{}"\n'), ("a.jsonl", "", '{{"text": "{}"}}\n')]
)
def test_memory_does_not_grow_with_the_file(write: Write, name: str, header: str, row: str) -> None:
    """A file of many rows is read with memory far below its size."""
    path = write(name, header + row.format("word " * 1000) * 6000)
    tracemalloc.start()
    try:
        assert sum(isinstance(item, Entry) for item in read_entries([path])) == 6000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 3


def test_the_folder_of_a_client_names_the_person(tmp_path: Path) -> None:
    """The first folder below the given one is the person, unless the file names one or the folder is a number."""
    for name, text in (
        ("anna/monday.txt", "one"),
        ("anna/2026/march.txt", "two"),
        ("2026/april.txt", "three"),
        ("may.txt", "four"),
        ("anna/table.csv", "text,author\nfive,Ben\nsix,\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    entries = [item for item in read_entries([tmp_path]) if isinstance(item, Entry)]
    assert {entry.text: entry.author for entry in entries} == {
        "one": "anna",
        "two": "anna",
        "three": None,
        "four": None,
        "five": "Ben",
        "six": "anna",
    }
