"""Rich Text: characters and line ends, as different programs write them."""

from __future__ import annotations

import pytest
from helpers.journal import Write, only_problem, texts


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"one\par two\line three", "one\ntwo\nthree"),
        ("one\\\ntwo", "one\ntwo"),
        (r"it\'92s \'93caf\'e9\'94", "it\u2019s \u201ccafé\u201d"),
        (r"it\u8217?s", "it\u2019s"),
        (r"\uc0 \u-10179 \u-8694 ", "\U0001f60a"),
        (r"\u-10179?\u-8694?", "\U0001f60a"),
        (r"a\u-10179?b", "a\ufffdb"),
        (r"{\*\generator Editor;}{\info{\title Secret}}text", "text"),
        (r"\{braces\} and \\", "{braces} and \\"),
    ],
)
def test_rtf(write: Write, body: str, text: str) -> None:
    """Paragraphs end lines, codes become characters, and properties of the document are left out."""
    assert texts(write("a.rtf", rf"{{\rtf1\ansi\ansicpg1252\deff0{{\fonttbl{{\f0 Calibri;}}}}\f0 {body}}}")) == [text]


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK\x03\x04"])
def test_no_rtf(write: Write, content: bytes) -> None:
    """A file with the ending of Rich Text that is something else is reported."""
    assert "not a whole Rich Text file" in only_problem(write("a.rtf", content))
