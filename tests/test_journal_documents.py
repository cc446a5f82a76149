"""Formats from which text is extracted: rules that hold for all of them, whole, damaged or made to do harm."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from helpers.documents import archive, docx, each_format, enex, mail, odt, paragraph, pdf
from helpers.journal import CANARY, Write, entries, only_problem, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.errors import EntriesError
from classifier.journal import archive as archive_module
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.formats import FORMATS
from classifier.journal.reader import read_entries

FILES = each_format(CANARY)
ARCHIVES = (".docx", ".odt", ".xlsx", ".zip")
WHOLE_FILE = (".docx", ".odt", ".rtf", ".html", ".htm", ".pdf")  # one entry in each file, without a date of its own
PLAIN = {"", ".txt", ".text", ".md", ".markdown", ".org", ".log", ".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"}


def test_each_format_has_an_example() -> None:
    """Every format from which text is extracted is tested by the rules below."""
    assert set(FORMATS) == PLAIN | set(FILES)


@pytest.mark.parametrize("ending", FILES)
def test_text_is_read(write: Write, ending: str) -> None:
    """Each format gives the text that was written into it, in upper or lower case of its ending."""
    for name in (f"a{ending}", f"b{ending.upper()}"):
        assert CANARY in texts(write(name, FILES[ending]))[0]


@pytest.mark.parametrize("ending", WHOLE_FILE)
def test_date_in_the_name(write: Write, ending: str) -> None:
    """A document gets its id from its name, and the date in it."""
    (entry,) = entries(write(f"2026-03-02 monday{ending}", FILES[ending]))
    assert (entry.id, str(entry.date)) == ("2026-03-02 monday", "2026-03-02")


DIARY = ["2026-03-01", "one", "2026-03-02", "two"]


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".docx", docx("".join(map(paragraph, DIARY)))),
        (".odt", odt("".join(f"<t:p>{line}</t:p>" for line in DIARY))),
        (".rtf", rb"{\rtf1\ansi " + rb"\par ".join(line.encode() for line in DIARY) + b"}"),
        (".html", "".join(f"<p>{line}</p>" for line in DIARY)),
        (".pdf", pdf(*DIARY)),
        (".eml", mail("\n".join(DIARY)).as_bytes()),
        (".mbox", b"From ann Mon Mar  2 2026\n" + mail("\n".join(DIARY)).as_bytes()),
        (".enex", enex(f"<note><content>{'&lt;br/&gt;'.join(DIARY)}</content></note>")),
    ],
)
def test_dated_entries(write: Write, ending: str, content: str | bytes) -> None:
    """A document in which several entries stand below their dates is read as several entries."""
    first, second = entries(write(f"a{ending}", content))
    assert [(entry.text, entry.date) for entry in (first, second)] == [
        ("one", datetime.date(2026, 3, 1)),
        ("two", datetime.date(2026, 3, 2)),
    ]
    assert [first.id.rpartition(":")[2], second.id.rpartition(":")[2]] == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", docx(paragraph(" "))),
        ("a.odt", odt("<t:p/>")),
        ("a.rtf", rb"{\rtf1\ansi \par}"),
        ("a.html", "<script>let text</script>"),
        ("a.eml", "From: a@example.org\n\n"),
        ("a.enex", enex("<note><content/></note>")),
    ],
)
def test_document_without_text(write: Write, name: str, content: str | bytes) -> None:
    """A document without text is reported; it may be a scan."""
    assert "no text" in only_problem(write(name, content))


def _read_or_reported(path: Path) -> list[Entry | Unreadable]:
    """Read a file. A table without a text column raises at the call, which counts as a report."""
    try:
        return list(read_entries([path]))
    except EntriesError as error:
        return [Unreadable(str(path), str(error))]


@pytest.mark.parametrize("ending", FILES)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_damaged_files_are_read_or_reported(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    """A file that is cut short, changed or replaced gives entries or is reported; no message quotes it."""
    whole = FILES[ending]
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 50)) | st.just(len(whole)))
    path = tmp_path / f"a{ending}"
    path.write_bytes(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])
    for item in _read_or_reported(path):
        (item.text if isinstance(item, Entry) else item.problem).encode()
        assert isinstance(item, Entry) or "heron" not in str(item)


@pytest.mark.parametrize("ending", FILES)
def test_other_files_are_read(write: Write, tmp_path: Path, ending: str) -> None:
    """A file with the ending of a format that is something else is one unreadable file, and the others are read."""
    write(f"a{ending}", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01")
    write("b.txt", "x")
    assert [type(item) for item in read_entries([tmp_path])] == [Unreadable, Entry]


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_encrypted_office_file(write: Write, ending: str) -> None:
    """An Office file with a password, which is no archive, is reported as such."""
    assert "password" in only_problem(write(f"a{ending}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)))


@pytest.mark.parametrize("ending", ARCHIVES)
def test_encrypted_archive(write: Write, ending: str) -> None:
    """An archive that is encrypted is reported as such."""
    data = bytearray(FILES[ending])
    directory = data.index(b"PK\x01\x02")
    while directory >= 0:
        data[directory + 8] |= 1
        directory = data.find(b"PK\x01\x02", directory + 1)
    assert "password" in only_problem(write(f"a{ending}", bytes(data)))


def test_encrypted_odt(write: Write) -> None:
    """An OpenDocument text that is encrypted as its own format does it is reported as such."""
    manifest = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    assert "password" in only_problem(write("a.odt", odt("", **manifest)))


def _bomb(ending: str, content: bytes) -> bytes:
    """Return an archive with a large member beside the usual ones."""
    with ZipFile(io.BytesIO(FILES[ending])) as made:
        members = {name: made.read(name) for name in made.namelist()}
    return archive({**members, "large.xml": content})


@pytest.mark.parametrize("ending", ARCHIVES)
def test_zip_bombs_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """An archive that is packed more densely than text can be, or that unpacks to too much, is not unpacked."""
    assert "unpacks to more" in only_problem(write(f"a{ending}", _bomb(ending, b" " * 4_000_000)))
    monkeypatch.setattr(archive_module, "MAX_BYTES", 1000)
    assert "unpacks to more" in only_problem(write(f"b{ending}", _bomb(ending, bytes(range(256)) * 4)))


ENTITIES = {
    "expansion": '<!DOCTYPE x [<!ENTITY a "{0}{0}"><!ENTITY b "&a;&a;&a;&a;">]>',
    "external": '<!DOCTYPE x [<!ENTITY b SYSTEM "{1}">]>',
}


@pytest.mark.parametrize("kind", ENTITIES)
@pytest.mark.parametrize("ending", [".docx", ".odt", ".enex", ".xlsx"])
def test_entities_are_refused(write: Write, ending: str, kind: str) -> None:
    """XML that defines entities, which could grow or read other files, is refused in every format."""
    secret = write("secret.txt", CANARY)
    definition = ENTITIES[kind].format("heron", secret.as_uri())
    member = {".docx": "word/document.xml", ".odt": "content.xml", ".xlsx": "xl/worksheets/sheet1.xml"}.get(ending)
    if member is None:
        content = f"{definition}<en-export><note><content>&b;</content></note></en-export>".encode()
    else:
        with ZipFile(io.BytesIO(FILES[ending])) as made:
            members = {name: made.read(name).decode() for name in made.namelist() if not name.endswith(".bin")}
        members[member] = definition + members[member].replace(CANARY, "&b;")
        content = archive(members)
    assert "is not a whole" in only_problem(write(f"a{ending}", content))


@pytest.mark.parametrize("depth", [100, 100_000])
@pytest.mark.parametrize("ending", [".docx", ".odt", ".html", ".json", ".enex"])
def test_deep_nesting(write: Write, ending: str, depth: int) -> None:
    """Elements inside elements, however deep, are read or reported."""
    content = {
        ".docx": lambda: docx("<w:x>" * depth + paragraph("x") + "</w:x>" * depth),
        ".odt": lambda: odt("<t:x>" * depth + "<t:p>x</t:p>" + "</t:x>" * depth),
        ".html": lambda: "<div>" * depth + "x" + "</div>" * depth,
        ".json": lambda: '{"text": "x", "more": ' + "[" * depth + "]" * depth + "}",
        ".enex": lambda: enex("<x>" * depth + "<note><content>x</content></note>" + "</x>" * depth),
    }[ending]()
    items = list(read_entries([write(f"a{ending}", content)]))
    assert [item.text if isinstance(item, Entry) else "!" for item in items] in (["x"], ["!"])
    assert depth > 100 or isinstance(items[0], Entry)
