"""A stream of bytes in, its text or its lines out, decoded from any common encoding."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from charset_normalizer import from_bytes

from classifier.journal.entry import FileProblem

MAX_CHARACTERS = 2**24
"""Longest entry. Anything longer is no journal entry; in a table it is a quotation mark that was never closed."""

INVALID_BYTES = "contains bytes that are not valid in the encoding of the file; save the whole file as UTF-8"
_NOT_TEXT = "is not text: it is binary, or in an encoding that cannot be detected; save it as plain text in UTF-8"
_TOO_LONG = f"is longer than {MAX_CHARACTERS:,} characters, the limit for one entry; split it"
_NUL = "contains a NUL character, which text cannot have; remove it, or export the file again"

_HEAD = 2**20  # bytes at the beginning of a file that the encoding is detected from
_LINE_ENDS = ("\n", "\r")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 before UTF-16, because the UTF-32 mark begins with the UTF-16 mark (both little-endian).
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "mac_roman")
_ASCII = bytes(range(128))
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, repr=False)
class DecodedLine:
    """A line of text, including its line break.

    Parameters
    ----------
    number
        Counts from 1.
    text
        Only to be used where `problem` is None.
    problem
        Why the line cannot be used.
    """

    number: int
    text: str
    problem: str | None


def read_text(stream: BinaryIO) -> str:
    """Return all of a file as text, with its line breaks unchanged.

    Raises
    ------
    FileProblem
        The file is binary, too long for an entry, or has bytes that are not valid in its encoding.
    """
    data = stream.read(MAX_CHARACTERS + 1)
    if len(data) > MAX_CHARACTERS:
        raise FileProblem(_TOO_LONG)
    try:
        text = data.decode(_detect_encoding(data, is_complete=True))
    except UnicodeError:
        raise FileProblem(INVALID_BYTES) from None
    if "\0" in text:
        raise FileProblem(_NOT_TEXT)
    return text


def read_lines(stream: BinaryIO) -> Iterator[DecodedLine]:
    r"""Yield the lines of a file, ending in \n, \r\n or \r, with only one of them in memory.

    Raises
    ------
    FileProblem
        The file is binary, or ends in the middle of a character.
    """
    content = peekable(stream)
    head = content.peek()
    encoding = _detect_encoding(head, is_complete=len(head) < _HEAD)
    # Decode an invalid byte to a surrogate, which valid text never contains. So only its line is lost, not the file.
    errors = "surrogatepass" if encoding in {"utf-16", "utf-32"} else "surrogateescape"
    text = io.TextIOWrapper(content, encoding, errors=errors, newline="")
    read_line = partial(text.readline, MAX_CHARACTERS)
    try:
        for number, line in enumerate(iter(read_line, ""), start=1):
            if len(line) < MAX_CHARACTERS or line.endswith(_LINE_ENDS):
                yield DecodedLine(number, line, _problem_of(line))
                continue
            yield DecodedLine(number, "", _TOO_LONG)
            while (rest := read_line()) and not rest.endswith(_LINE_ENDS):
                pass
    except UnicodeError:
        raise FileProblem(INVALID_BYTES) from None


def peekable(stream: BinaryIO) -> io.BufferedReader:
    """Return a stream with the same bytes, whose `peek` shows its head (1 MiB) even where it cannot be rewound."""
    return io.BufferedReader(_KeptOpen(stream), _HEAD)


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which cannot be written to a file, by U+FFFD. Offsets stay the same."""
    return _SURROGATE.sub("\ufffd", text)


def _problem_of(line: str) -> str | None:
    if "\0" in line:
        return _NUL
    return INVALID_BYTES if _SURROGATE.search(line) else None


def _detect_encoding(head: bytes, *, is_complete: bool) -> str:
    """Return the encoding of a file that begins with `head`, or is `head` where `is_complete`."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    # A few NUL bytes only spoil their lines. In UTF-16 without its mark half of the bytes are NUL.
    if head.count(0) * 4 > len(head):
        raise FileProblem(_NOT_TEXT)
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head, is_complete)
    invalid = len(_SURROGATE.findall(text))
    # Text in other encodings is hardly ever valid UTF-8 by chance. So where most non-ASCII characters are valid, the
    # file is UTF-8 with a few broken bytes.
    if not invalid or invalid < sum(character > "\x7f" for character in text) - invalid:
        return "utf-8"
    return _detect_legacy_encoding(head.replace(b"\0", b""))


def _detect_legacy_encoding(head: bytes) -> str:
    # Mostly ASCII is English with curly quotes, which the detector takes for Big5 or Latin 2 when it may choose freely.
    # Of 87 journal texts saved in each encoding, a free choice was right for 74 in cp1252 and 13 in mac_roman; a choice
    # between the two for 87 and 81.
    if len(head.translate(None, _ASCII)) * 3 < len(head):
        western = from_bytes(head, cp_isolation=list(_WESTERN), enable_fallback=False)
        if western:
            return min(western, key=lambda match: (match.chaos, match.encoding != _WESTERN[0])).encoding
    best = from_bytes(head).best()
    if best is None:
        raise FileProblem(_NOT_TEXT)
    return best.encoding


class _KeptOpen(io.RawIOBase):
    """A stream that stays open when the readers stacked on it are closed, as standard input must."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
