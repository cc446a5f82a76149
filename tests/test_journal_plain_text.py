"""Text and Markdown files without dated entries: one entry for each, exactly as written."""

from __future__ import annotations

import pytest
from helpers.journal import Write, entries, texts

from classifier.journal.entry import Entry


@pytest.mark.parametrize("name", ["a.txt", "a.md", "A.TXT"])
def test_text_file_is_one_entry(write: Write, name: str) -> None:
    """A text or Markdown file is one entry, with the file's name as its id."""
    path = write(name, "First.\n\nSecond.\n")
    assert entries(path) == [Entry(path.stem, "First.\n\nSecond.\n", None, None, str(path))]


def test_text_is_exactly_the_file(write: Write) -> None:
    """Line breaks, blanks and front matter stay in the text, so that offsets point into the file."""
    written = "---\r\ntitle: x\r\n---\r\n  one\rtwo\n\tthree \n\n"
    assert texts(write("a.md", written)) == [written]


def test_empty_text_file_is_an_entry(write: Write) -> None:
    """An empty file is an entry without text: whether a text can be judged is decided later."""
    assert texts(write("a.txt", "")) == [""]
