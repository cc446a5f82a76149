"""Detects the encoding of a byte stream, and decodes the stream to one text or to lines."""

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
"""The longest entry that is accepted. In a table, a longer cell usually has a quotation mark that was never closed."""

INVALID_BYTES = "contains bytes that are not valid in the encoding of the file; save the whole file as UTF-8"
_NOT_TEXT = "is not text: it is binary, or in an encoding that cannot be detected; save it as plain text in UTF-8"
_TOO_LONG = f"is longer than {MAX_CHARACTERS:,} characters, the limit for one entry; split it"
_NUL = "contains a NUL character, which text cannot have; remove it, or export the file again"

_HEAD = 2**20  # number of bytes at the beginning of a file from which the encoding is detected
_LINE_ENDS = ("\n", "\r")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 comes before UTF-16, because the little-endian UTF-32 mark begins with the little-endian UTF-16 mark.
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
        The line number. The first line has number 1.
    text
        The decoded line. Use it only if `problem` is None.
    problem
        The reason why the line cannot be used. None if it can be used.
    """

    number: int
    text: str
    problem: str | None


def read_text(stream: BinaryIO) -> str:
    """Decode a whole file. Line breaks stay unchanged.

    Raises
    ------
    FileProblem
        The file is binary, is too long for an entry, or contains bytes that are not valid in its encoding.
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
    r"""Yield the lines of a file one at a time. Only the current line is in memory.

    A line ends in \n, \r\n or \r, and includes this line break. A line that cannot be used is yielded with a
    `problem`.

    Raises
    ------
    FileProblem
        The file is binary, or ends in the middle of a character.
    """
    content = peekable(stream)
    head = content.peek()
    encoding = _detect_encoding(head, is_complete=len(head) < _HEAD)
    # An invalid byte is decoded to a surrogate, which valid text never contains. `_problem_of` then rejects only the
    # line with the surrogate, and the rest of the file can still be used.
    errors = "surrogatepass" if encoding in {"utf-16", "utf-32"} else "surrogateescape"
    text = io.TextIOWrapper(content, encoding, errors=errors, newline="")
    read_line = partial(text.readline, MAX_CHARACTERS)
    try:
        for number, line in enumerate(iter(read_line, ""), start=1):
            if len(line) < MAX_CHARACTERS or line.endswith(_LINE_ENDS):
                yield DecodedLine(number, line, _problem_of(line))
                continue
            yield DecodedLine(number, "", _TOO_LONG)
            # Skip the rest of the line that is too long.
            while (rest := read_line()) and not rest.endswith(_LINE_ENDS):
                pass
    except UnicodeError:
        raise FileProblem(INVALID_BYTES) from None


def peekable(stream: BinaryIO) -> io.BufferedReader:
    """Wrap a stream so that `peek` returns its first 1 MiB and the next read still begins there.

    This also works for a stream that cannot be rewound.
    """
    return io.BufferedReader(_KeptOpen(stream), _HEAD)


def without_surrogates(text: str) -> str:
    """Replace each lone surrogate by U+FFFD, because surrogates cannot be written to a file. Offsets stay the same."""
    return _SURROGATE.sub("\ufffd", text)


def _problem_of(line: str) -> str | None:
    """Return the reason why a decoded line cannot be used, or None if it can."""
    if "\0" in line:
        return _NUL
    return INVALID_BYTES if _SURROGATE.search(line) else None


def _detect_encoding(head: bytes, *, is_complete: bool) -> str:
    """Return the encoding of a file from its first bytes. `is_complete` means that `head` is the whole file."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    # Reject a file with more than a quarter of NUL bytes: it is binary, or UTF-16 without a byte order mark (half of
    # the bytes are NUL). Fewer NUL bytes are accepted here; only the lines that contain them are rejected later.
    if head.count(0) * 4 > len(head):
        raise FileProblem(_NOT_TEXT)
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head, is_complete)
    invalid = len(_SURROGATE.findall(text))
    # Text in other encodings is hardly ever valid UTF-8 by chance. So if most of the non-ASCII characters are valid,
    # the file is UTF-8 with a few broken bytes.
    if not invalid or invalid < sum(character > "\x7f" for character in text) - invalid:
        return "utf-8"
    return _detect_legacy_encoding(head.replace(b"\0", b""))


def _detect_legacy_encoding(head: bytes) -> str:
    """Return the encoding of a file that is not UTF-8, UTF-16 or UTF-32."""
    # If at least two thirds of the bytes are ASCII, let the detector choose only between cp1252 and mac_roman. Such a
    # file is usually English with curly quotes, which the detector otherwise takes for Big5 or Latin 2. In a test, 87
    # journal texts were saved in each of the two encodings. With all encodings allowed, the detector was right for 74
    # texts in cp1252 and 13 in mac_roman. With only these two allowed, it was right for 87 and 81.
    if len(head.translate(None, _ASCII)) * 3 < len(head):
        western = from_bytes(head, cp_isolation=list(_WESTERN), enable_fallback=False)
        if western:
            # The match with the least mess wins. If both are equal, cp1252 wins.
            return min(western, key=lambda match: (match.chaos, match.encoding != _WESTERN[0])).encoding
    best = from_bytes(head).best()
    if best is None:
        raise FileProblem(_NOT_TEXT)
    return best.encoding


class _KeptOpen(io.RawIOBase):
    """Wraps a stream so that it stays open when the readers on top of it are closed. Standard input needs this."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
