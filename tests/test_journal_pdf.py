"""PDF: text, scans and encrypted files."""

from __future__ import annotations

import pytest
from helpers.documents import pdf
from helpers.journal import Write, only_problem, texts

from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries


def test_all_pages(write: Write) -> None:
    """The text of all pages is one entry."""
    assert texts(write("a.pdf", pdf("one", "two"))) == ["one\n\ntwo"]


def test_scan(write: Write) -> None:
    """A file whose pages are pictures is reported as a scan."""
    assert "such as a scan" in only_problem(write("a.pdf", pdf("", "")))


def test_some_pages_are_scans(write: Write) -> None:
    """Pages that are pictures between pages of text are reported, and the text is read."""
    entry, unreadable = read_entries([write("a.pdf", pdf("one", "", "two"))])
    assert isinstance(entry, Entry)
    assert isinstance(unreadable, Unreadable)
    assert "1 of 3" in unreadable.problem


@pytest.mark.parametrize("password", ["secret", ""])
def test_encrypted(write: Write, password: str) -> None:
    """A file that needs a password is reported as encrypted; one that only restricts printing is read."""
    path = write("a.pdf", pdf("text", password=password))
    if password:
        assert "encrypted" in only_problem(path)
    else:
        assert texts(path) == ["text"]
