"""An open file in, its text or its lines out, whatever encoding it was saved in."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from charset_normalizer import from_bytes

LONGEST = 2**24  # characters; what is longer is a quotation mark never closed or no journal, not an entry
_HEAD = 2**20  # bytes from which the encoding is told

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose little-endian mark begins that of UTF-32.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "mac_roman")
_ASCII = bytes(range(128))
_SURROGATE = re.compile("[\ud800-\udfff]")

NOT_TEXT = "is not text but binary data, or in an encoding that cannot be told; save it as plain text in UTF-8"
TOO_LONG = f"is longer than {LONGEST:,} characters, more than one entry can have; split it"
WRONG_BYTES = "holds bytes that do not belong to the encoding of the file; save the whole file as UTF-8"
_NUL = "holds a NUL character, which text does not have; take it out, or export the file again"


class DecodingError(Exception):
    """A file of which nothing can be read. The message is a predicate: it continues the name of the file."""


class Content(NamedTuple):
    """An open file: its first bytes, from which its encoding is told, and all of it."""

    head: bytes
    stream: io.BufferedReader

    @classmethod
    def of(cls, stream: BinaryIO) -> Content:
        """Look at the beginning of a stream, which need not be seekable."""
        head = stream.read(_HEAD)
        return cls(head, io.BufferedReader(_PutBack(head, stream)))


class Line(NamedTuple):
    """A line with its line break. `number` counts from 1; a line with a `flaw` is not to be used."""

    number: int
    text: str
    flaw: str | None


def read_text(content: Content) -> str:
    """Return all of a file as text, with its line breaks as they are.

    Raises
    ------
    DecodingError
        The file is binary, too long for an entry, or has bytes that are not in its encoding.
    """
    data = content.stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise DecodingError(TOO_LONG)
    try:
        text = data.decode(_encoding(data, whole=True))
    except UnicodeError:
        raise DecodingError(WRONG_BYTES) from None
    if "\0" in text:
        raise DecodingError(NOT_TEXT)
    return text


def read_lines(content: Content) -> Iterator[Line]:
    r"""Yield the lines of a file (ending in \n, \r\n or \r) without holding more than one.

    Raises
    ------
    DecodingError
        The file is binary, or breaks off within a character.
    """
    encoding = _encoding(content.head, whole=len(content.head) < _HEAD)
    # Both let a wrong byte through as a surrogate, which no well-formed text has: so only its line is lost.
    errors = "surrogatepass" if encoding in {"utf-16", "utf-32"} else "surrogateescape"
    text = io.TextIOWrapper(content.stream, encoding, errors=errors, newline="")
    try:
        for number in itertools.count(1):
            line = text.readline(LONGEST)
            if not line:
                return
            if len(line) < LONGEST or line.endswith(("\n", "\r")):
                yield Line(number, line, _flaw(line))
                continue
            yield Line(number, "", TOO_LONG)
            while line and not line.endswith(("\n", "\r")):
                line = text.readline(LONGEST)
    except UnicodeError:
        raise DecodingError(WRONG_BYTES) from None


def without_surrogates(text: str) -> str:
    """Return text that can be written to any file: half a surrogate pair becomes U+FFFD, so no offset moves."""
    return _SURROGATE.sub("\ufffd", text)


def _flaw(line: str) -> str | None:
    if "\0" in line:
        return _NUL
    return WRONG_BYTES if _SURROGATE.search(line) else None


def _encoding(head: bytes, *, whole: bool) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(0) * 4 > len(head):  # a few are flaws of their lines; UTF-16 without its mark has one in two
        raise DecodingError(NOT_TEXT)
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head, whole)
    wrong = len(_SURROGATE.findall(text))
    # Other encodings hardly ever form a character of UTF-8, so where most are well formed a few bytes are broken.
    if not wrong or wrong < sum(character > "\x7f" for character in text) - wrong:
        return "utf-8"
    return _legacy_encoding(head.replace(b"\0", b""))


def _legacy_encoding(head: bytes) -> str:
    if len(head.translate(None, _ASCII)) * 3 < len(head):
        # Mostly ASCII: English with curly quotes. Left a free choice, the detector takes these for Big5 or Latin 2:
        # it is right for 74 of 87 journal texts in cp1252 and 13 in mac_roman, and between the two for 87 and 81.
        western = from_bytes(head, cp_isolation=list(_WESTERN), enable_fallback=False)
        if western:
            return min(western, key=lambda match: (match.chaos, match.encoding != _WESTERN[0])).encoding
    best = from_bytes(head).best()
    if best is None:
        raise DecodingError(NOT_TEXT)
    return best.encoding


class _PutBack(io.RawIOBase):
    """A stream with the bytes that were read from it put back in front. Closing it leaves the stream open."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
