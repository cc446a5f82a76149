"""Encodings: which are detected, and what happens to bytes that are not valid in them."""

from __future__ import annotations

import json

import pytest
from helpers.journal import Write, only_problem, outcomes, texts

from classifier.journal.decoding import MAX_CHARACTERS
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "mac_roman"])
def test_encodings(write: Write, encoding: str) -> None:
    """Text and tables are read alike in UTF-8, in UTF-16 and UTF-32 with their marks, and in cp1252 and mac_roman."""
    text = "I don\u2019t know \u2013 the café was shut. She\u2019s \u201cfine\u201d, it\u2019s me who isn\u2019t."
    assert texts(write("a.txt", text, encoding)) == [text]
    assert texts(write("a.csv", f'id;text\n1;"{text}"\n2;x\n', encoding)) == [text, "x"]
    assert texts(write("a.jsonl", json.dumps({"text": text}, ensure_ascii=False), encoding)) == [text]


def test_utf_16_big_endian(write: Write) -> None:
    """The byte order mark decides the order of the bytes."""
    assert texts(write("a.txt", "\ufeffcafé", "utf-16-be")) == ["café"]


@pytest.mark.parametrize("text", ["I\u2019m fine", "café", "Went out \u2013 came back. £5", "£20 gone"])
def test_short_windows_text(write: Write, text: str) -> None:
    """A few English words with one non-ASCII byte are read as cp1252, by far the most likely."""
    assert texts(write("a.txt", text, "cp1252")) == [text]


def test_other_legacy_encoding(write: Write) -> None:
    """A script other than Latin is detected."""
    text = "Сегодня я опять не пошёл на встречу. Мне было стыдно, и я остался дома."
    assert texts(write("a.txt", text, "cp1251")) == [text]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01",
        b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0" * 5,
        bytes(range(1, 256)) * 4,
        "no mark".encode("utf-16-le"),
        b"plain\0text",
    ],
    ids=["image", "archive", "bytes", "utf-16 without mark", "nul"],
)
def test_binary_text_file(write: Write, data: bytes) -> None:
    """A file that is not text is reported as such."""
    assert "not text" in only_problem(write("a.txt", data))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0\0\x10JFIF\n\0\n\x01\n" * 20, "text\nx\n".encode("utf-16-le")])
def test_binary_table(write: Write, name: str, data: bytes) -> None:
    """A binary file with the ending of a table is one unreadable file and not one for each of its lines."""
    assert "not text" in only_problem(write(name, data))


@pytest.mark.parametrize("padding", [0, 2**20])
def test_wrong_bytes_break_one_row(write: Write, padding: int) -> None:
    """A byte that is not UTF-8 breaks its row only, inside or beyond the part that the encoding is detected from."""
    path = write("a.csv", f"text\nééé\nx{'x' * padding}\n".encode() + b"caf\xe9\nlast\n")
    assert outcomes(path)[2:] == ["!4", "last"]


def test_character_across_the_head(write: Write) -> None:
    """A character that is cut by the end of the part that the encoding is detected from is valid."""
    text = "x" * (2**20 - 6) + "é"
    assert texts(write("a.csv", f"text\n{text}\nnext\n")) == [text, "next"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_nul_breaks_one_row_in_any_encoding(write: Write, encoding: str) -> None:
    """A NUL character does not make a table binary, in UTF-8 or another encoding."""
    path = write("a.csv", "id,text\n1,I\u2019m fine it\u2019s late\n2,\0\n3,fine\n", encoding)
    assert outcomes(path) == ["I\u2019m fine it\u2019s late", "!3", "fine"]


def test_text_file_with_wrong_bytes(write: Write) -> None:
    """A UTF-8 text with a broken byte is reported, not read as mojibake."""
    assert "UTF-8" in only_problem(write("a.txt", "é \u201cquoted\u201d \u2019s ".encode() + b"\xe9"))


def test_utf_16_cut_off(write: Write) -> None:
    """The rows before the point where a file is cut off are kept."""
    path = write("a.csv", "text\none\ntwo\n".encode("utf-16") + b"x")
    *read, last = read_entries([path])
    assert isinstance(last, Unreadable)
    assert all(isinstance(item, Entry) for item in read)


def test_text_beyond_the_limit(write: Write) -> None:
    """A text file above the limit for an entry is reported."""
    assert "longer" in only_problem(write("a.txt", b"x" * (MAX_CHARACTERS + 1)))
