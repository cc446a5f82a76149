"""Word and OpenDocument files: which parts of a document are its text."""

from __future__ import annotations

import pytest
from helpers.documents import archive, docx, odt, paragraph
from helpers.journal import Write, entries, texts


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (paragraph("one") + paragraph("two"), "one\ntwo"),
        (paragraph("one") + paragraph("") + paragraph("two"), "one\n\ntwo"),
        ('<w:p><w:r><w:t xml:space="preserve">one </w:t></w:r><w:r><w:t>word</w:t></w:r></w:p>', "one word"),
        ("<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r></w:p>", "one\ntwo\tthree"),
        (f"<w:tbl><w:tr><w:tc>{paragraph('cell')}</w:tc></w:tr></w:tbl>{paragraph('below')}", "cell\nbelow"),
        ("<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>", "link"),
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
            "new",
        ),
        ("<w:p><w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom><w:r><w:t>new</w:t></w:r></w:p>", "new"),
        (f"<w:sdt><w:sdtContent>{paragraph('control')}</w:sdtContent></w:sdt>", "control"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>3</w:t></w:r></w:p>", "3"),
        (
            f"<w:p><w:r><mc:AlternateContent><mc:Choice>{paragraph('box')}</mc:Choice>"
            f"<mc:Fallback>{paragraph('box')}</mc:Fallback></mc:AlternateContent></w:r></w:p>",
            "box",
        ),
    ],
)
def test_word(write: Write, body: str, text: str) -> None:
    """Paragraphs, cells, links, inserted text and text boxes are text; deleted text, fields and copies are not."""
    assert texts(write("a.docx", docx(body))) == [text]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<t:h>Monday</t:h><t:p>one</t:p><t:p/><t:p>two</t:p>", "Monday\none\n\ntwo"),
        ("<t:p>a <t:span>b</t:span> c<t:line-break/>d<t:tab/>e<t:s/>f</t:p>", "a b c\nd\te f"),
        ("<t:p>wrapped\n   here</t:p>\n  <t:p>two</t:p>", "wrapped here\ntwo"),
        ("<table:table><table:row><table:cell><t:p>cell</t:p></table:cell></table:row></table:table>", "cell"),
        ("<t:list><t:list-item><t:p>item</t:p></t:list-item></t:list>", "item"),
        ("<t:tracked-changes><t:p>old</t:p></t:tracked-changes><t:p>new</t:p>", "new"),
        ("<t:p>one<o:annotation><t:p>remark</t:p></o:annotation> line</t:p>", "one line"),
    ],
)
def test_odt(write: Write, body: str, text: str) -> None:
    """Headings, paragraphs, cells and items are lines; deleted text and comments are left out."""
    assert texts(write("a.odt", odt(body))) == [text]


def test_main_part_with_another_name(write: Write) -> None:
    """The main part of a Word document may have a number in its name, as Word in a browser writes it."""
    assert texts(write("a.docx", archive({"word/document2.xml": "<document><p><t>text</t></p></document>"}))) == [
        "text"
    ]


def test_properties_give_no_date(write: Write) -> None:
    """The dates in a document's properties, which are often those of a template, are not taken."""
    properties = {"docProps/core.xml": "<core><created>2013-12-23T23:15:00Z</created></core>"}
    path = write("a.docx", archive({"word/document.xml": "<document><p><t>text</t></p></document>", **properties}))
    assert entries(path)[0].date is None
