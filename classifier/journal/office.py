"""Reads a Word (.docx) or OpenDocument (.odt) file.

The text has one line for each paragraph, heading and paragraph of a table cell, in the order of the document. Headers,
footers, notes, comments and deleted text are left out. The dates in the file's properties are not used, because they
are often those of a template or a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from classifier.journal.archive import open_archive, read_xml
from classifier.journal.columns import ColumnOptions
from classifier.journal.document import document_entries
from classifier.journal.entry import Entry, FileProblem, Unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_SPACES = re.compile(r"[ \t\r\n]+")  # white space in XML; no-break spaces are characters of the text
_LOCKED = "is protected with a password; save it without one"


class _Markup(NamedTuple):
    """The names of XML elements, without namespaces, by what they mean.

    Parameters
    ----------
    holders
        Elements whose character data is text of the document.
    paragraphs
        Elements that begin and end a line.
    characters
        Elements that stand for a character.
    left_out
        Elements whose content is left out.
    """

    holders: frozenset[str]
    paragraphs: frozenset[str]
    characters: Mapping[str, str]
    left_out: frozenset[str]


_WORD = _Markup(
    holders=frozenset({"t"}),
    paragraphs=frozenset({"p"}),
    characters={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"},
    # `Fallback` repeats a text box for old programs; `pPr` describes tab stops in elements that are also named `tab`.
    left_out=frozenset({"Fallback", "moveFrom", "pPr"}),
)
_ODT = _Markup(
    holders=frozenset({"p", "h"}),
    paragraphs=frozenset({"p", "h"}),
    characters={"tab": "\t", "line-break": "\n", "s": " "},
    left_out=frozenset({"annotation", "note", "tracked-changes"}),
)


def read_word(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a .docx file. The parameters are those of `formats.Read`."""
    with open_archive(stream, "Word document") as archive:
        main = next(filter(_MAIN_PART.fullmatch, archive.namelist()), "word/document.xml")
        text = "".join(_pieces(read_xml(archive, main), _WORD))
    yield from document_entries(text, wanted, source=source, name=name)


def read_odt(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of an .odt file. The parameters are those of `formats.Read`."""
    with open_archive(stream, "OpenDocument text") as archive:
        manifest = "META-INF/manifest.xml"
        if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
            raise FileProblem(_LOCKED)
        text = "".join(_pieces(read_xml(archive, "content.xml"), _ODT))
    yield from document_entries(text, wanted, source=source, name=name)


def _pieces(element: Element, markup: _Markup, *, is_text: bool = False) -> Iterator[str]:
    """Yield the text of an element in pieces. `is_text` says whether the character data around it is text."""
    name = element.tag.rpartition("}")[2]
    if name in markup.left_out:
        return
    is_text = is_text or name in markup.holders
    clean = partial(_SPACES.sub, " ")
    yield markup.characters.get(name, "")
    if is_text:
        yield clean(element.text or "")
    for child in element:
        yield from _pieces(child, markup, is_text=is_text)
        if is_text:
            yield clean(child.tail or "")
    if name in markup.paragraphs:
        yield "\n"
