"""JSON Lines files: one object on each line, and lines that are broken in every way."""

from __future__ import annotations

import datetime
import json

import pytest
from helpers.journal import Write, entries, outcomes

from classifier.journal.decoding import MAX_CHARACTERS
from classifier.journal.entry import Entry

LONE_SURROGATE = "\ud83d"


@pytest.mark.parametrize("ending", ["jsonl", "ndjson"])
def test_jsonl_all_fields(write: Write, ending: str) -> None:
    """Each line is an entry with its optional id, date and author; blank lines are skipped."""
    path = write(
        f"a.{ending}",
        '{"text": "one", "id": 7, "date": "2026-03-02", "author": "Ann"}\n\n  \n{"text": "two", "mood": 3}\n',
    )
    assert entries(path) == [
        Entry("7", "one", datetime.date(2026, 3, 2), "Ann", f"{path}:1"),
        Entry("a:2", "two", None, None, f"{path}:4"),
    ]


@pytest.mark.parametrize(
    "line",
    ['"text"', "[1]", "{", '{"mood": 1}', '{"text": 3}', '{"text": null}', "not json", "[" * 100_000, '{"text": "\0"}'],
    ids=range(9),
)
def test_jsonl_broken_line(write: Write, line: str) -> None:
    """A line that is no object, or whose text is no string, is reported by its number, and the others are read."""
    assert outcomes(write("a.jsonl", f'{{"text": "one"}}\n{line}\n{{"text": "three"}}')) == ["one", "!2", "three"]


def test_jsonl_line_beyond_the_limit(write: Write) -> None:
    """A line above the limit for an entry is one broken line; a line at the limit is read."""
    frame = '{"text": "%s"}\n'
    longest = "x" * (MAX_CHARACTERS - len(frame) + 2)
    assert outcomes(write("a.jsonl", frame % (longest * 2) + frame % longest)) == ["!1", longest]


@pytest.mark.parametrize(("value", "id_"), [("x", "x"), (0, "0"), ("", "a:1"), (None, "a:1"), ([1], "a:1")])
def test_jsonl_id_is_a_string(write: Write, value: object, id_: str) -> None:
    """An id is always a string, and a missing or structured one is replaced by file and number."""
    assert entries(write("a.jsonl", json.dumps({"text": "t", "id": value})))[0].id == id_


def test_jsonl_lone_surrogate(write: Write) -> None:
    """Half an emoji becomes one replacement character, so the entry can be written to any file and offsets stay."""
    path = write("a.jsonl", json.dumps({"text": f"a{LONE_SURROGATE}b", "id": LONE_SURROGATE}))
    (entry,) = entries(path)
    assert (entry.text, entry.id) == ("a\ufffdb", "\ufffd")
