"""JSON: exports of apps, other lists of objects, and what is refused."""

from __future__ import annotations

import datetime
import json

import pytest
from helpers.journal import CANARY, Write, entries, only_problem, outcomes, texts

from classifier.errors import EntriesError
from classifier.journal.entry import Entry
from classifier.journal.reader import read_entries

EVENING = datetime.datetime(2026, 3, 2, 23, 30, tzinfo=datetime.UTC)
MILLISECONDS = int(EVENING.timestamp()) * 1000


def test_day_one(write: Write) -> None:
    """An entry of Day One has its id, and the date of the day in its time zone."""
    rows = [
        {"uuid": "A1", "creationDate": "2026-03-02T23:30:00Z", "timeZone": "Europe/Athens", "text": "one"},
        {"uuid": "A2", "creationDate": "2026-03-02T23:30:00Z", "timeZone": "America/New_York", "text": "two"},
        {"uuid": "A3", "creationDate": "2026-03-02T23:30:00Z", "timeZone": "Nowhere", "text": "three"},
        {"uuid": "A4", "creationDate": "no date", "text": "four"},
    ]
    path = write("Journal.json", json.dumps({"metadata": {"version": "1.0"}, "entries": rows}))
    assert entries(path) == [
        Entry("A1", "one", datetime.date(2026, 3, 3), None, f"{path}:1"),
        Entry("A2", "two", datetime.date(2026, 3, 2), None, f"{path}:2"),
        Entry("A3", "three", datetime.date(2026, 3, 2), None, f"{path}:3"),
        Entry("A4", "four", None, None, f"{path}:4"),
    ]


@pytest.mark.parametrize("text", ["one\ntwo", '<p dir="auto">one</p><p>two</p>'])
def test_journey(write: Write, text: str) -> None:
    """An entry of Journey is one file; its text may be HTML."""
    fields = {
        "id": "J1",
        "date_journal": MILLISECONDS,
        "timezone": "Asia/Tokyo",
        "text": text,
        "photos": [],
        "tags": [],
    }
    path = write("a.json", json.dumps(fields))
    assert entries(path) == [Entry("J1", "one\ntwo", datetime.date(2026, 3, 3), None, str(path))]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"title": "Note to self", "textContent": "one"}, "Note to self\n\none"),
        ({"title": "", "textContent": "one", "labels": [{"name": "diary"}]}, "one"),
        ({"title": "one", "textContent": "one\ntwo"}, "one\ntwo"),
        ({"title": "List", "listContent": [{"text": "a", "isChecked": True}, {"text": "b"}]}, "List\n\na\nb"),
    ],
)
@pytest.mark.parametrize("field", ["userEditedTimestampUsec", "createdTimestampUsec"])
def test_keep(write: Write, fields: dict[str, object], text: str, field: str) -> None:
    """A note of Google Keep has its title above its text or its items."""
    (entry,) = entries(write("note.json", json.dumps({**fields, field: MILLISECONDS * 1000})))
    assert (entry.id, entry.text, entry.date) == ("note", text, datetime.date(2026, 3, 2))


@pytest.mark.parametrize("date", [None, "x", 10**30, [1], "1772494200000000"])
def test_dates_that_are_odd(write: Write, date: object) -> None:
    """A date that is not valid is left out; a number may be written as a string."""
    (entry,) = entries(write("a.json", json.dumps({"textContent": "x", "userEditedTimestampUsec": date})))
    assert entry.date == (datetime.date(2026, 3, 2) if isinstance(date, str) and date != "x" else None)


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"version": 1, "tags": [], "items": rows}])
def test_list_of_objects(write: Write, wrap: object) -> None:
    """A list of objects, alone or as the only one in an object, is read like JSON Lines."""
    rows = [{"text": "one", "date": "2026-03-02", "id": 7}, "x", {"mood": 3}, {"note": "two"}]
    path = write("a.json", json.dumps(wrap(rows)))  # type: ignore[operator]
    assert outcomes(path, text_column=None) == ["one", "!2", "!3", "two"]
    first, *_, last = (item for item in read_entries([path]) if isinstance(item, Entry))
    assert (first.id, first.date, last.id) == ("7", datetime.date(2026, 3, 2), "a:4")


def test_single_object(write: Write) -> None:
    """An object with a text is one entry."""
    (entry,) = entries(write("a.json", '{"text": "one", "date": "2026-03-02"}'))
    assert (entry.id, entry.text) == ("a", "one")


def test_columns(write: Write) -> None:
    """Fields are named by the caller, and a file without a text field raises, as for JSON Lines."""
    assert texts(write("a.json", '[{"thoughts": "x"}]'), text_column="thoughts") == ["x"]
    with pytest.raises(EntriesError, match=r"'mood', 'thoughts'.*--text-column"):
        read_entries([write("b.json", '[{"mood": 3, "thoughts": "x"}]')])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "not valid JSON"),
        (f'{{"text": "{CANARY}"', "not valid JSON"),
        ('{"text": "x"}\n{"text": "y"}', "jsonl"),
        (b'[{"text": "caf\xe9"}]', "UTF-8"),
        ("3", "without entries"),
        ('"text"', "without entries"),
        ("[1, 2]", "without entries"),
        ('{"metadata": {}, "entries": []}', "without entries"),
        ('{"a": [{"text": "x"}], "b": [{"text": "y"}]}', "without entries"),
        ('{"text": "x", "comments": [{"text": "y"}]}', "without entries"),
        ("[]", "empty|without entries"),
    ],
)
def test_other_json_is_refused(write: Write, content: str | bytes, problem: str) -> None:
    """JSON that is damaged, or in which entries cannot be told apart, is refused with the reason."""
    assert any(part in only_problem(write("a.json", content)) for part in problem.split("|"))
