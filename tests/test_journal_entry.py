"""What reading gives: values that never show their text."""

from __future__ import annotations

from helpers.journal import CANARY

from classifier.journal.entry import Entry, Unreadable


def test_repr_holds_no_text() -> None:
    """The repr of an entry shows its id, source and length, and never its text."""
    entry = Entry("7", CANARY, None, "Ann", "a.csv:8")
    assert repr(entry) == f"Entry(id='7', source='a.csv:8', length={len(CANARY)})"


def test_unreadable_as_data() -> None:
    """A row number is given apart from the file, whose own name may contain a colon."""
    assert Unreadable("a:b.csv:7", "x").as_dict() == {"source": "a:b.csv", "row": 7, "reason": "x"}
    assert Unreadable("a:b.csv", "x").as_dict() == {"source": "a:b.csv", "row": None, "reason": "x"}
