"""Make documents for tests: archives, and small files of each format with a text in it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP archive of files, given by name."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return stream.getvalue()


def docx(body: str) -> bytes:
    """Return a Word document whose body is the given XML."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<w:document xmlns:w="{space}" xmlns:mc="urn:mc"><w:body>{body}</w:body></w:document>'
    return archive({"word/document.xml": xml, "word/vbaProject.bin": b"macro"})


def paragraph(text: str) -> str:
    """Return the XML of a paragraph of a Word document."""
    return f"<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def odt(body: str, **more: str) -> bytes:
    """Return an OpenDocument text whose body is the given XML. `more` are further files of the archive."""
    names = 'xmlns:o="urn:o" xmlns:t="urn:t" xmlns:table="urn:table" xmlns:draw="urn:draw"'
    return archive({"content.xml": f"<o:document {names}><o:text>{body}</o:text></o:document>", **more})


def xlsx(*sheets: Sequence[Sequence[object]]) -> bytes:
    """Return an Excel file with the given rows in each sheet."""
    book = Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def pdf(*pages: str, password: str | None = None) -> bytes:
    """Return a PDF file with the given text on each page. A page without text is a picture."""
    writer = PdfWriter()
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")})
    font[NameObject("/BaseFont")] = NameObject("/Helvetica")
    for text in pages:
        page = writer.add_blank_page(300, 300)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode("latin-1") if text else b"/I1 Do")
        picture = DecodedStreamObject()
        picture.update({NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image")})
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
            if text
            else {NameObject("/XObject"): DictionaryObject({NameObject("/I1"): writer._add_object(picture)})}
        )
        page[NameObject("/Contents")] = writer._add_object(content)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def mail(text: str | None, *, html: str | None = None, attachments: int = 0) -> EmailMessage:
    """Return a message with a text, with HTML, or with both, and with a number of attached pictures."""
    message = EmailMessage()
    message["From"] = "Ann Example <ann@example.org>"
    message["Date"] = "Mon, 02 Mar 2026 23:30:00 -0500"
    if text is not None:
        message.set_content(text)
    if html is not None:
        (message.set_content if text is None else message.add_alternative)(html, subtype="html")
    for number in range(attachments):
        message.add_attachment(b"picture", "image", "jpeg", filename=f"{number}.jpg")
    return message


def enex(notes: str) -> str:
    """Return an export of Evernote with the given notes in XML."""
    return f'<?xml version="1.0"?><!DOCTYPE en-export SYSTEM "export4.dtd"><en-export>{notes}</en-export>'


def note(text: str) -> str:
    """Return the XML of a note of Evernote."""
    enml = f'<!DOCTYPE en-note SYSTEM "enml2.dtd"><en-note><div>{text}</div></en-note>'
    return f"<note><title>A day</title><content><![CDATA[{enml}]]></content><created>20260302T211405Z</created></note>"


def each_format(text: str) -> dict[str, bytes]:
    """Return a small file of each format from which text is extracted, by its ending. Each contains the given text."""
    message = mail(text).as_bytes()
    journal = json.dumps([{"text": text}]).encode()
    return {
        ".docx": docx(paragraph(text)),
        ".odt": odt(f"<t:p>{text}</t:p>"),
        ".rtf": rf"{{\rtf1\ansi {text}\par}}".encode(),
        ".html": f"<p>{text}</p>".encode(),
        ".htm": f"<p>{text}</p>".encode(),
        ".pdf": pdf(text),
        ".eml": message,
        ".mbox": b"From ann Mon Mar  2 2026\n" + message,
        ".xlsx": xlsx([["text"], [text]]),
        ".json": journal,
        ".enex": enex(note(text)).encode(),
        ".zip": archive({"Journal.json": journal}),
    }
