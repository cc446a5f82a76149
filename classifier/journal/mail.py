"""Reads e-mail: the message of an .eml file, and each message of an .mbox file.

Only the writer's own words are read: no quoted replies, and nothing after the line that begins a signature. Attachments
are not read; an `Unreadable` says how many there are.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from classifier.journal.columns import ColumnOptions
from classifier.journal.decoding import read_text
from classifier.journal.document import attachments_not_read, document_entries, tidy
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.webpage import html_text

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

MAX_BYTES = 2**28
"""The greatest size of a message, with its attachments."""

_TOO_LARGE = f"is larger than {MAX_BYTES >> 20} MiB, the limit for one message; save its text as plain text"
_NO_WORDS = "has no text of its own: it is empty, encrypted, or only quotes other messages"
_NO_MAIL = "is not a whole e-mail message; save it again as .eml, or its text as plain text"
_NO_MBOX = "is not a mailbox file: its first line does not begin with 'From '; export it again"

# A quoted reply: the line "On ... wrote:", which may be wrapped, and the lines below it that begin with ">".
_QUOTED = re.compile(
    r"(?:^On\b[^\n]*(?:\n(?!>|On\b)[^\n]+){0,2}\bwrote:[ \t]*\n\s*)?(?:^>[^\n]*(?:\n|\Z))+", re.MULTILINE
)
# The line above a message that Outlook quotes below the reply, or the line above a signature.
_END = re.compile(r"^(?:-{3,} ?Original Message ?-{3,}|_{20,}\nFrom:|From:[^\n]*\nSent:|-- $)", re.MULTILINE)
_SOFT_BREAK = re.compile(r" \n(?!>)")  # where a line is wrapped in a message of the kind "format=flowed"
_QUOTED_HTML = (
    "blockquote[type=cite], blockquote.gmail_quote, .gmail_attr, .gmail_signature, .moz-cite-prefix, .moz-signature"
)


def read_eml(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a message, with the date and the writer of its headers.

    The parameters are those of `formats.Read`.
    """
    yield from _results(stream.read(MAX_BYTES + 1), wanted, source=source, name=name)


def read_mbox(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of each message of a mailbox. The parameters are those of `formats.Read`."""
    for number, data in enumerate(_messages(stream), start=1):
        yield from _results(data, wanted, source=f"{source}:{number}", name=f"{name}:{number}")


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a mailbox. Each is preceded by a line that begins with "From "."""
    lines: list[bytes] | None = None
    is_after_blank = True
    for line in stream:
        if is_after_blank and line.startswith(b"From "):
            if lines is not None:
                yield b"".join(lines)
            lines = []
        elif lines is not None:
            lines.append(line.removeprefix(b">") if line.startswith(b">From ") else line)
        elif line.strip():
            raise FileProblem(_NO_MBOX)
        is_after_blank = not line.strip()
    if lines is not None:
        yield b"".join(lines)


def _results(data: bytes, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of a message, or the reason why there is none, and then an `Unreadable` for its attachments."""
    from email import message_from_bytes, policy

    if len(data) > MAX_BYTES:
        yield Unreadable(source, _TOO_LARGE)
        return
    attachments = 0
    try:
        message = message_from_bytes(data, policy=policy.default)
        text, attachments = _own_words(message)
        if not text:
            raise FileProblem(_NO_WORDS if message.keys() else _NO_MAIL)
        sent = message["date"]
        writers = message["from"].addresses if message["from"] else ()
        author = next((writer.display_name or writer.addr_spec for writer in writers), None)
        date = sent.datetime.date() if sent and sent.datetime else None
        yield from document_entries(text, wanted, source=source, name=name, date=date, author=author)
    except FileProblem as problem:
        yield Unreadable(source, str(problem))
    except Exception:  # the parser raises errors of many kinds for headers that are not valid
        yield Unreadable(source, _NO_MAIL)
    if attachments:
        yield Unreadable(source, attachments_not_read(attachments))


def _own_words(message: EmailMessage) -> tuple[str, int]:
    """Return the writer's own words in a message, and the number of its attachments."""
    bodies = [body for kind in ("plain", "html") if (body := message.get_body((kind,))) is not None]
    text = next(filter(None, map(_without_quotes, bodies)), "")
    return text, sum(part not in bodies and _is_attachment(part) for part in message.walk())


def _is_attachment(part: MIMEPart) -> bool:
    """Return whether a part of a message is a file. Pictures that are shown in the text count as files."""
    is_body = part.get_content_maintype() in {"text", "multipart"}
    return not is_body or part.is_attachment() or part.get_filename() is not None


def _without_quotes(body: MIMEPart) -> str:
    """Return the text of a body without quoted replies and signature."""
    payload = body.get_payload(decode=True)
    text = _decode(payload if isinstance(payload, bytes) else b"", body.get_content_charset())
    if body.get_content_subtype() == "html":
        text = html_text(text, without=_QUOTED_HTML)
    text = re.sub(r"\r\n?", "\n", text)
    end = _END.search(text)
    text = _QUOTED.sub("", text[: end.start()] if end else text)
    return tidy(_SOFT_BREAK.sub(" ", text) if body.get_param("format") == "flowed" else text)


def _decode(payload: bytes, charset: str | None) -> str:
    """Return the text of a body in the encoding that it names, or in the one that is detected."""
    try:
        if charset not in {None, "us-ascii"}:
            return payload.decode(charset)
    except (UnicodeError, LookupError):
        pass
    return read_text(io.BytesIO(payload))
