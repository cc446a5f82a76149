"""Exports of Evernote, and ZIP archives of other apps."""

from __future__ import annotations

import datetime
import json

from helpers.documents import archive, enex, note
from helpers.journal import Write, entries, only_problem, outcomes

from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries


def test_evernote(write: Write) -> None:
    """Each note is an entry with its title, text and date."""
    path = write("a.enex", enex(note("one&nbsp;<b>bold</b>") + note("<div>two</div><div>three</div>")))
    assert entries(path) == [
        Entry("a:1", "A day\n\none\xa0bold", datetime.date(2026, 3, 2), None, f"{path}:1"),
        Entry("a:2", "A day\n\ntwo\nthree", datetime.date(2026, 3, 2), None, f"{path}:2"),
    ]


def test_attachments_of_a_note(write: Write) -> None:
    """Files that are attached to a note are counted and not read."""
    attached = "<resource><data>AAAA</data></resource>" * 2
    path = write("a.enex", enex(f"<note><title>x</title><content/>{attached}</note>"))
    entry, unreadable = read_entries([path])
    assert isinstance(entry, Entry)
    assert isinstance(unreadable, Unreadable)
    assert "has 2 files attached" in unreadable.problem


def test_notes_before_the_damage(write: Write) -> None:
    """The notes before the point where a file is cut off are kept."""
    assert outcomes(write("a.enex", enex(note("one") + note("two"))[:-40])) == ["A day\n\none", "!"]


def test_zip(write: Write) -> None:
    """The JSON files of an archive are read, hidden files are skipped, and all others are counted."""
    journal = json.dumps({"entries": [{"text": "one", "uuid": "A"}, {"text": "two"}]})
    members = {
        "Journal.json": journal,
        "b/Other.json": "[1]",
        "photos/1.jpeg": b"x",
        "in.zip": archive({"a.json": "[]"}),
    }
    path = write("a.zip", archive({**members, ".DS_Store": b"x", "__MACOSX/._Journal.json": b"x"}))
    items = list(read_entries([path]))
    assert [item.source.removeprefix(str(path)) for item in items] == [
        "/Journal.json:1",
        "/Journal.json:2",
        "/b/Other.json",
        "",
    ]
    assert [item.id for item in items if isinstance(item, Entry)] == ["A", "a/Journal:2"]
    assert isinstance(items[-1], Unreadable)
    assert "not read (2)" in items[-1].problem


def test_zip_without_json(write: Write) -> None:
    """An archive that is no export of an app is reported."""
    assert "without .json files" in only_problem(write("a.zip", archive({"a.txt": "x"})))
