"""Opens ZIP archives, and the XML inside them, without danger from archives that were made to do harm.

Office documents are ZIP archives of XML files. A small archive can unpack to more than the memory holds, and XML can
define entities that grow in the same way or that read other files. Both are refused. Nothing is written to disk, and
no macro is run.
"""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from classifier.journal.entry import FileProblem

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element
    from zipfile import ZipFile

MAX_BYTES = 2**28
"""The highest number of bytes that the text files of an archive may have when they are unpacked."""

_MAX_RATIO = 1000  # real text is packed to a tenth or a hundredth, and no text to less than a thousandth
_UNPACKED = (".xml", ".rels", ".json")  # endings of the members that are unpacked; pictures and others stay packed
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # the first bytes of a .doc or .xls file, and of an encrypted .docx or .xlsx file

_LOCKED = "is protected with a password; save it without one"
_LOCKED_OR_OLD = (
    "is protected with a password, or is a .doc or .xls file with another ending; save it without a password, "
    "as .docx or .xlsx"
)
_BOMB = f"unpacks to more than {MAX_BYTES >> 20} MiB of text, or is packed in a suspicious way; save it as plain text"


_DAMAGED: tuple[type[Exception], ...] = (
    *(SyntaxError, ValueError, KeyError, EOFError, OSError, zlib.error, lzma.LZMAError, struct.error),
    RuntimeError,
)
"""What the libraries raise for damaged files. `SyntaxError` includes the errors of the XML parser, `ValueError` those
of defusedxml and of decoding, and `RuntimeError` those for XML that is nested too deeply and for unknown packing."""


@contextmanager
def open_archive(stream: BinaryIO, kind: str) -> Iterator[ZipFile]:
    """Open a ZIP archive. Errors in the `with` block that come from a damaged archive also become a `FileProblem`.

    Parameters
    ----------
    stream
        The open file, at its beginning.
    kind
        What the file should be, for the error message, such as `Word document`.

    Raises
    ------
    FileProblem
        The file is no archive, is damaged or encrypted, or would unpack to too much.
    """
    from zipfile import BadZipFile, ZipFile

    if stream.read(len(_OLD_OFFICE)) == _OLD_OFFICE:
        raise FileProblem(_LOCKED_OR_OLD)
    with damage_reported(kind, BadZipFile), ZipFile(stream) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(_UNPACKED)]
        if any(member.flag_bits & 1 for member in members):
            raise FileProblem(_LOCKED)
        is_dense = any(member.file_size > _MAX_RATIO * member.compress_size for member in members)
        if is_dense or sum(member.file_size for member in members) > MAX_BYTES:
            raise FileProblem(_BOMB)
        yield archive


@contextmanager
def damage_reported(kind: str, *more: type[Exception]) -> Iterator[None]:
    """Raise `FileProblem` if the `with` block fails as it does for damaged or forbidden XML and compressed data.

    `kind` is that of `open_archive`, and `more` are further errors that a damaged file leads to.
    """
    try:
        yield
    except (*_DAMAGED, *more):  # their messages are dropped, because they may quote the file
        raise FileProblem(f"is not a whole {kind}, or is damaged; copy it again, or save it again") from None


def read_xml(archive: ZipFile, member: str) -> Element:
    """Return the root element of an XML file in an archive. XML that defines entities raises `ValueError`."""
    from defusedxml.ElementTree import fromstring

    root: Element = fromstring(archive.read(member))
    return root
