"""Journal files in, entries out: every format, every way a file can be broken, and nothing lost in between."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.errors import EntriesError
from classifier.journal.decoding import LONGEST
from classifier.journal.reader import Entry, Unreadable, read_entries

CANARY = "the heron kept my secret"
SURROGATE_HALF = "\ud83d"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file below the test's folder and returns its path."""

    def write_file(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


def entries(*paths: str | Path, **options: Any) -> list[Entry]:
    """Read files of which everything is readable."""
    items = list(read_entries(paths, **options))
    assert [item for item in items if isinstance(item, Unreadable)] == []
    return [item for item in items if isinstance(item, Entry)]


def texts(*paths: str | Path, **options: Any) -> list[str]:
    return [entry.text for entry in entries(*paths, **options)]


def outcomes(*paths: str | Path, **options: Any) -> list[str]:
    """Return the text of each entry, and `!line` or `!` for what could not be read."""
    return [
        item.text if isinstance(item, Entry) else "!" + item.source.removeprefix(str(paths[0])).removeprefix(":")
        for item in read_entries(paths, **options)
    ]


def only_problem(*paths: str | Path) -> str:
    (item,) = read_entries(paths)
    assert isinstance(item, Unreadable)
    return item.problem


# Values


def test_repr_holds_no_text() -> None:
    """The repr of an entry shows its id, source and length, and never its text."""
    entry = Entry("7", CANARY, None, "Ann", "a.csv:8")
    assert repr(entry) == f"Entry(id='7', source='a.csv:8', length={len(CANARY)})"


# Text and Markdown


@pytest.mark.parametrize("name", ["a.txt", "a.md", "A.TXT"])
def test_text_file_is_one_entry(write: Write, name: str) -> None:
    """A text or Markdown file is one entry, with the file's name as its id."""
    path = write(name, "First.\n\nSecond.\n")
    assert entries(path) == [Entry(path.stem, "First.\n\nSecond.\n", None, None, str(path))]


def test_text_is_exactly_the_file(write: Write) -> None:
    """Line breaks, blanks and front matter stay in the text, so that offsets point into the file."""
    written = "---\r\ntitle: x\r\n---\r\n  one\rtwo\n\tthree \n\n"
    assert texts(write("a.md", written)) == [written]


def test_empty_text_file_is_an_entry(write: Write) -> None:
    """An empty file is an entry without text: that it cannot be judged is not for the reader to say."""
    assert texts(write("a.txt", "")) == [""]


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-03-02-evening.md", datetime.date(2026, 3, 2)),
        ("diary 2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-13-02 2026-03-02.txt", datetime.date(2026, 3, 2)),
        ("2026-02-30.txt", None),
        ("12026-03-021.txt", None),
        ("march.txt", None),
    ],
)
def test_date_in_file_name(write: Write, name: str, date: datetime.date | None) -> None:
    """The date of a text file is the first real ISO date in its name."""
    assert entries(write(name, "x"))[0].date == date


@pytest.mark.parametrize("value", ["2026-03-02", ' "2026-03-02"', "2026-03-02T21:10:00\r"])
def test_front_matter_date_comes_before_the_name(write: Write, value: str) -> None:
    """A date in the front matter is the writer's own and goes before that in the file's name."""
    path = write("2025-01-01.md", f"---\ntitle: x\ndate:{value}\n---\ntext\n")
    assert entries(path)[0].date == datetime.date(2026, 3, 2)


def test_date_below_the_front_matter_is_text(write: Write) -> None:
    """A line `date:` after the front matter says nothing of the entry's date."""
    assert entries(write("a.md", "---\ntitle: x\n---\ndate: 2026-03-02\n"))[0].date is None


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_csv_delimiter_is_told(write: Write, delimiter: str, ending: str) -> None:
    """Comma, semicolon and tab are told apart by the header, whatever the prose below it holds."""
    rows = f"id{delimiter}text\n1{delimiter}" + '"a, b; c, d, e; f\tg"\n'
    assert texts(write(f"a.{ending}", rows)) == ["a, b; c, d, e; f\tg"]


@pytest.mark.parametrize(
    "name",
    ["text", "Entry", "JOURNAL", "content", "body", "note", "Notes", "message", "post", "question", "Patient Question"],
)
def test_csv_text_column_by_usual_name(write: Write, name: str) -> None:
    """The column of the text is known by its usual names in upper or lower case."""
    assert texts(write("a.csv", f"mood,{name}\n3,hello\n")) == ["hello"]


def test_csv_text_goes_before_other_usual_names(write: Write) -> None:
    """Where several columns have a usual name, the more usual one is read."""
    assert texts(write("a.csv", "notes,text\nno,yes\n")) == ["yes"]


def test_csv_of_one_column(write: Write) -> None:
    """The only column is the text whatever it is called, commas without quotation marks included."""
    assert texts(write("a.csv", 'Gedanken\nwell, that was it\n"quoted, too"\n\n""\n')) == [
        "well, that was it",
        "quoted, too",
        "",
    ]


def test_csv_first_of_two_columns_with_one_name(write: Write) -> None:
    """Of two columns with the same name the first is read."""
    assert texts(write("a.csv", "text,text\nfirst,second\n")) == ["first"]
    assert texts(write("b.csv", "Text,TEXT\nfirst,second\n")) == ["first"]


def test_csv_named_columns(write: Write) -> None:
    """Columns named by the caller go before the usual ones, in any case and with any word separator."""
    path = write("a.csv", "id,text,date,Case No,Free text,Written on\n1,no,2020-01-01,K7,yes,2026-03-02\n")
    (entry,) = entries(path, text_column="free_text", id_column="Case No", date_column="written on")
    assert (entry.id, entry.text, entry.date) == ("K7", "yes", datetime.date(2026, 3, 2))


def test_csv_all_fields(write: Write) -> None:
    """Id, date and author come from their columns; the source is the line on which the row starts."""
    path = write("a.csv", 'Id_Number,Author,created_at,text\n41,Ann,2026-03-02T21:14:05Z,"two\nlines"\n42,,x,next\n')
    assert entries(path) == [
        Entry("41", "two\nlines", datetime.date(2026, 3, 2), "Ann", f"{path}:2"),
        Entry("42", "next", None, None, f"{path}:4"),
    ]


def test_csv_keeps_line_breaks(write: Write) -> None:
    """Line breaks in a cell stay as they are, so that offsets hold."""
    assert texts(write("a.csv", 'id,text\r\n1,"a\r\nb\rc\nd"\r\n')) == ["a\r\nb\rc\nd"]


def test_csv_id_without_column(write: Write) -> None:
    """A row without an id is called by the file and its number below the header, broken rows counted."""
    path = write("a.csv", "id,text\n,one\nbroken\n,three\n")
    assert [item.id for item in read_entries([path]) if isinstance(item, Entry)] == ["a:1", "a:3"]


def test_csv_name_gives_no_date(write: Write) -> None:
    """The date in a table's name is that of its export and not of its entries."""
    assert entries(write("export-2026-03-02.csv", "text\nx\n"))[0].date is None


def test_csv_rows_of_wrong_width(write: Write) -> None:
    """A row with too few or too many cells is named by its line, and the others are read."""
    assert outcomes(write("a.csv", "id,text\n1,one\n2\n3,cut, off\n4,four\n")) == ["one", "!3", "!4", "four"]


def test_csv_empty_rows_and_cells_do_not_count(write: Write) -> None:
    """Empty rows are skipped and empty cells beyond the header are allowed, as spreadsheets export both."""
    assert texts(write("a.csv", ",\n\nid,text\n1,one,,\n\n,\n , \n2,two\n")) == ["one", "two"]


def test_csv_nul_breaks_one_row(write: Write) -> None:
    """A NUL character breaks its row only."""
    assert outcomes(write("a.csv", "id,text\n1,one\n2,t\0wo\n3,three\n")) == ["one", "!3", "three"]


def test_csv_unclosed_quotation_mark_swallows_nothing(write: Write) -> None:
    """Rows after a quotation mark that is never closed are still read."""
    rows = "".join(f"{number},entry {number}\n" for number in range(3, 100))
    assert outcomes(write("a.csv", f'id,text\n1,one\n2,"two\n{rows}')) == [
        "one",
        "!3",
        *(f"entry {number}" for number in range(3, 100)),
    ]


def test_csv_quotation_marks_that_are_not_doubled(write: Write) -> None:
    """A row whose inner quotation marks are not doubled is named rather than read wrongly."""
    path = write("a.csv", 'id,text\n1,"she said "no" to me"\n2,"he said ""yes"""\n')
    assert outcomes(path) == ["!2", 'he said "yes"']


def test_csv_huge_field(write: Write) -> None:
    """A text above the default limit of the csv module is read whole."""
    text = "word " * 100_000
    assert texts(write("a.csv", f'id,text\n1,"{text}"\n')) == [text]


@pytest.mark.parametrize("row", ['"{0}{0}",1', '"{0}\n{0}",1', '"{0}\n","{0}"'], ids=["line", "cell", "cells"])
def test_csv_row_beyond_the_limit(write: Write, row: str) -> None:
    """A row longer than an entry can be is broken, be it one line or many, and the next row is read."""
    long = row.format("x" * (LONGEST * 2 // 3))
    found = outcomes(write("a.csv", f"text,id\n{long}\ntwo,2\n"))
    assert found[0] == "!2"
    assert found[-1] == "two"


def test_csv_without_text_column(write: Write) -> None:
    """A table given by name without a column for the text raises, with its columns and the option."""
    path = write("a.csv", "mood,thoughts\n3,x\n")
    with pytest.raises(EntriesError, match=r"a\.csv.*'mood', 'thoughts'.*--text-column"):
        read_entries([path])


def test_csv_without_text_column_in_a_folder(write: Write, tmp_path: Path) -> None:
    """A table without text among the files of a folder does not keep the others from being read."""
    write("budget.csv", "month,rent\n3,700\n")
    write("diary.txt", "text")
    unreadable, entry = read_entries([tmp_path])
    assert isinstance(unreadable, Unreadable)
    assert "'month', 'rent'" in unreadable.problem
    assert isinstance(entry, Entry)
    write("a.csv", "nr,text\n1,x\n")
    assert sum(isinstance(item, Entry) for item in read_entries([tmp_path], id_column="nr")) == 2


def test_table_without_header_does_not_tell_its_text(write: Write) -> None:
    """Where the first row is an entry, no message shows it as a column name."""
    for number, rows in enumerate([f"2026-03-02,{CANARY}\n", f"Dear diary, {CANARY}, and more\n", f"{CANARY}.\n"]):
        with pytest.raises(EntriesError) as raised:
            read_entries([write(f"{number}.csv", rows)])
        assert "heron" not in str(raised.value)
        assert "first row" in str(raised.value)


def test_csv_without_header(write: Write) -> None:
    """An empty table is named as such."""
    assert "is empty" in only_problem(write("a.csv", ""))


# JSON Lines


@pytest.mark.parametrize("ending", ["jsonl", "ndjson"])
def test_jsonl_all_fields(write: Write, ending: str) -> None:
    """Each line is an entry with its optional id, date and author; blank lines are skipped."""
    path = write(
        f"a.{ending}",
        '{"text": "one", "id": 7, "date": "2026-03-02", "author": "Ann"}\n\n  \n{"text": "two", "mood": 3}\n',
    )
    assert entries(path) == [
        Entry("7", "one", datetime.date(2026, 3, 2), "Ann", f"{path}:1"),
        Entry("a:2", "two", None, None, f"{path}:4"),
    ]


@pytest.mark.parametrize(
    "line",
    ['"text"', "[1]", "{", '{"mood": 1}', '{"text": 3}', '{"text": null}', "not json", "[" * 100_000, '{"text": "\0"}'],
    ids=range(9),
)
def test_jsonl_broken_line(write: Write, line: str) -> None:
    """A line that is no object, or has no string as its text, is named by its number and the others are read."""
    assert outcomes(write("a.jsonl", f'{{"text": "one"}}\n{line}\n{{"text": "three"}}')) == ["one", "!2", "three"]


def test_jsonl_line_beyond_the_limit(write: Write) -> None:
    """A line longer than an entry can be is one broken line; one as long as can be is read."""
    frame = '{"text": "%s"}\n'
    longest = "x" * (LONGEST - len(frame) + 2)
    assert outcomes(write("a.jsonl", frame % (longest * 2) + frame % longest)) == ["!1", longest]


@pytest.mark.parametrize(("value", "id_"), [("x", "x"), (0, "0"), ("", "a:1"), (None, "a:1"), ([1], "a:1")])
def test_jsonl_id_is_a_string(write: Write, value: object, id_: str) -> None:
    """An id is always a string, and a missing or structured one is replaced by file and number."""
    assert entries(write("a.jsonl", json.dumps({"text": "t", "id": value})))[0].id == id_


@pytest.mark.parametrize("value", ["2 March 2026", "02/03/2026", "2026-02-30", 20260302, None])
def test_other_dates_are_none(write: Write, value: object) -> None:
    """A date that is no ISO date is left out rather than guessed."""
    assert entries(write("a.jsonl", json.dumps({"text": "t", "date": value})))[0].date is None


def test_jsonl_half_a_surrogate_pair(write: Write) -> None:
    """Half an emoji becomes one replacement character: the entry can be written anywhere and no offset moves."""
    path = write("a.jsonl", json.dumps({"text": f"a{SURROGATE_HALF}b", "id": SURROGATE_HALF}))
    (entry,) = entries(path)
    assert (entry.text, entry.id) == ("a\ufffdb", "\ufffd")


def test_jsonl_without_text_field(write: Write) -> None:
    """A JSON Lines file given by name in which no object has a text raises with the fields there are."""
    path = write("a.jsonl", '{"mood": 3, "thoughts": "x"}\n{"mood": 4}\n')
    with pytest.raises(EntriesError, match=r"'mood', 'thoughts'.*--text-column"):
        read_entries([path])
    assert texts(write("b.jsonl", '{"thoughts": "x"}'), text_column="thoughts") == ["x"]


# Options


@pytest.mark.parametrize("kind", ["text", "id", "date"])
def test_option_names_no_column(write: Write, kind: str) -> None:
    """A column that no table has raises, with the option and the columns."""
    paths = [write("a.csv", "text,mood\nx,3\n"), write("b.jsonl", '{"text": "x"}')]
    with pytest.raises(EntriesError, match=rf"--{kind}-column 'wrong'.*a\.csv.*'text', 'mood'"):
        entries(*paths, **{f"{kind}_column": "wrong"})


def test_option_names_a_column_of_some_file(write: Write) -> None:
    """A column that one table has and another lacks is read in the first; the second is named."""
    first, second = write("a.csv", "text,thoughts\nno,yes\n"), write("b.csv", "text\nx\n")
    assert [isinstance(item, Entry) for item in read_entries([first, second], text_column="thoughts")] == [True, False]


def test_option_without_table(write: Write) -> None:
    """A column is asked for in vain where no file has columns."""
    with pytest.raises(EntriesError, match="--id-column"):
        read_entries([write("a.txt", "x")], id_column="id")


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "mac_roman"])
def test_encodings(write: Write, encoding: str) -> None:
    """Text and tables are read alike in UTF-8, in UTF-16 with its mark and in what Windows and Mac used before."""
    text = "I don\u2019t know \u2013 the café was shut. She\u2019s \u201cfine\u201d, it\u2019s me who isn\u2019t."
    assert texts(write("a.txt", text, encoding)) == [text]
    assert texts(write("a.csv", f'id;text\n1;"{text}"\n2;x\n', encoding)) == [text, "x"]
    assert texts(write("a.jsonl", json.dumps({"text": text}, ensure_ascii=False), encoding)) == [text]


def test_utf_16_big_endian(write: Write) -> None:
    """The mark tells the order of the bytes."""
    assert texts(write("a.txt", "\ufeffcafé", "utf-16-be")) == ["café"]


@pytest.mark.parametrize("text", ["I\u2019m fine", "café", "Went out \u2013 came back. £5", "£20 gone"])
def test_short_windows_text(write: Write, text: str) -> None:
    """A few words of English with one byte beyond ASCII are taken for cp1252, the likeliest by far."""
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
    """What is not text is named so and not read as if it were."""
    assert "not text" in only_problem(write("a.txt", data))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0\0\x10JFIF\n\0\n\x01\n" * 20, "text\nx\n".encode("utf-16-le")])
def test_binary_table(write: Write, name: str, data: bytes) -> None:
    """A binary file with the ending of a table is one unreadable file and not one for each of its lines."""
    assert "not text" in only_problem(write(name, data))


@pytest.mark.parametrize("padding", [0, 2**20])
def test_wrong_bytes_break_one_row(write: Write, padding: int) -> None:
    """A byte that is not UTF-8 breaks its row, be it in the part from which the encoding is told or beyond."""
    path = write("a.csv", f"text\nééé\nx{'x' * padding}\n".encode() + b"caf\xe9\nlast\n")
    assert outcomes(path)[2:] == ["!4", "last"]


def test_character_across_the_head(write: Write) -> None:
    """A character cut in two by the end of the part that tells the encoding is no wrong byte."""
    text = "x" * (2**20 - 6) + "é"
    assert texts(write("a.csv", f"text\n{text}\nnext\n")) == [text, "next"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_nul_breaks_one_row_in_any_encoding(write: Write, encoding: str) -> None:
    """A NUL character does not make a table binary, in UTF-8 or another encoding."""
    path = write("a.csv", "id,text\n1,I\u2019m fine it\u2019s late\n2,\0\n3,fine\n", encoding)
    assert outcomes(path) == ["I\u2019m fine it\u2019s late", "!3", "fine"]


def test_text_file_with_wrong_bytes(write: Write) -> None:
    """A text in UTF-8 with a broken byte is named, not read as mojibake."""
    assert "UTF-8" in only_problem(write("a.txt", "é \u201cquoted\u201d \u2019s ".encode() + b"\xe9"))


def test_utf_16_cut_off(write: Write) -> None:
    """Rows before the place where a file breaks off are kept."""
    path = write("a.csv", "text\none\ntwo\n".encode("utf-16") + b"x")
    *read, last = read_entries([path])
    assert isinstance(last, Unreadable)
    assert all(isinstance(item, Entry) for item in read)


def test_text_beyond_the_limit(write: Write) -> None:
    """A text file longer than an entry can be is named."""
    assert "longer" in only_problem(write("a.txt", b"x" * (LONGEST + 1)))


# Folders and paths


def test_folder(write: Write, tmp_path: Path) -> None:
    """A folder is read with all below it, sorted by name, without hidden files and other endings."""
    for name in ("b.txt", "2024/march-3.txt", "2024/10/x.md", "a.jpg", ".hidden.txt", ".git/x.txt", "c.csv"):
        write(name, "text\nx")
    assert [entry.id for entry in entries(tmp_path)] == ["2024/10/x", "2024/march-3", "b", "c:1"]


def test_nested_table_ids(write: Write, tmp_path: Path) -> None:
    """Ids of a nested table's rows begin with its path inside the folder."""
    write("2024/march.csv", "text\nx\n")
    assert [entry.id for entry in entries(tmp_path)] == ["2024/march:1"]


def test_file_given_twice(write: Write, tmp_path: Path) -> None:
    """A file that is given by itself, in its folder and through a link is read once."""
    path = write("a.txt", "x")
    (tmp_path / "b.txt").symlink_to(path)
    assert texts(tmp_path, path, tmp_path / ".." / tmp_path.name / "a.txt") == ["x"]


def test_single_path_is_no_sequence_of_letters(write: Write) -> None:
    """A path given without a list is one path."""
    path = write("a.txt", "x")
    assert [item.source for item in read_entries(str(path))] == [str(path)]


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.txt", "no such file"), ("a.docx", r"'\.docx'.*\.txt, \.md, \.csv"), ("folder", "found none")],
)
def test_senseless_call(write: Write, tmp_path: Path, name: str, message: str) -> None:
    """A missing path, an unknown ending and a folder without a journal raise at the call, before any reading."""
    write("a.docx", "x")
    write("folder/x.pdf", "x")
    with pytest.raises(EntriesError, match=message):
        read_entries([write("a.txt", "x"), tmp_path / name])


def test_no_path() -> None:
    """No path at all raises."""
    with pytest.raises(EntriesError, match="no journal"):
        read_entries([])


def test_broken_link(write: Write, tmp_path: Path) -> None:
    """A link to nowhere is named, in a folder and by itself, and the rest is read."""
    write("b.txt", "x")
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "gone.txt")
    for paths in ([tmp_path], [link, tmp_path / "b.txt"]):
        assert [type(item) for item in read_entries(paths)] == [Unreadable, Entry]


def test_folder_loop(write: Write, tmp_path: Path) -> None:
    """A folder that leads back into itself is named once, and its files are read once."""
    write("sub/a.txt", "x")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    entry, loop = read_entries([tmp_path])
    assert isinstance(entry, Entry)
    assert isinstance(loop, Unreadable)
    assert loop.source.endswith("up")


def test_linked_folder(write: Write, tmp_path: Path) -> None:
    """A link to a folder elsewhere is followed."""
    write("elsewhere/a.txt", "x")
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "link").symlink_to(tmp_path / "elsewhere")
    assert [entry.id for entry in entries(tmp_path / "journal")] == ["link/a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe(tmp_path: Path) -> None:
    """A named pipe is refused rather than waited for."""
    os.mkfifo(tmp_path / "a.txt")
    assert "regular file" in only_problem(tmp_path)


@pytest.fixture
def locked() -> Iterator[Path]:
    """Return a folder with one readable and one unreadable file, for a user who is not the administrator."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX permissions")
    folder = Path(tempfile.mkdtemp())  # not tmp_path, whose parents are closed to other users
    (folder / "a.txt").write_text(CANARY)
    (folder / "b.txt").write_text("x")
    folder.chmod(0o755)
    (folder / "a.txt").chmod(0)
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    yield folder
    if administrator:
        os.seteuid(0)
    shutil.rmtree(folder)


def test_permission_denied(locked: Path) -> None:
    """A file that may not be read is named, and the others are read."""
    unreadable, entry = read_entries([locked])
    assert isinstance(unreadable, Unreadable)
    assert "cannot be opened" in unreadable.problem
    assert isinstance(entry, Entry)


def test_file_that_vanishes(write: Write) -> None:
    """A file that goes away between finding and reading is named."""
    first, second = write("a.txt", "x"), write("b.txt", "y")
    stream = read_entries([first, second])
    first.unlink()
    assert [type(item) for item in stream] == [Unreadable, Entry]


def test_file_name_that_is_not_text(tmp_path: Path) -> None:
    """A file name in another encoding does not make an id that cannot be printed."""
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("x")
    except (OSError, UnicodeError):
        pytest.skip("the file system allows only UTF-8 names")
    (entry,) = entries(tmp_path)
    assert (entry.id, entry.text) == ("caf\ufffd", "x")
    entry.source.encode()


# Standard input


def from_stdin(data: bytes, **options: Any) -> list[Entry | Unreadable]:
    return list(read_entries(["-"], stdin=io.BytesIO(data), **options))


@pytest.mark.parametrize(
    "text",
    [
        "Dear diary\n2026-03-02\n",
        'Pasted:\n{"text": "x"}\n',
        "{ not json\nbut a mood }",
        '{\n  "text": "spread out"\n}\n',
        "",
    ],
)
def test_stdin_text(text: str) -> None:
    """Standard input is one entry, unless its lines are JSON objects."""
    assert from_stdin(text.encode()) == [Entry("stdin", text, None, None, "stdin")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_stdin_jsonl(encoding: str) -> None:
    """Standard input that starts with an object is read as JSON Lines, in any encoding."""
    assert from_stdin('{"text": "one"}\n{"text": "two", "id": "b"}\n'.encode(encoding)) == [
        Entry("stdin:1", "one", None, None, "stdin:1"),
        Entry("b", "two", None, None, "stdin:2"),
    ]


def test_stdin_jsonl_with_a_broken_first_line() -> None:
    """One broken line, even the first, does not turn JSON Lines into prose."""
    assert [type(item) for item in from_stdin(b'{"text": "on\n{"text": "two"}\n')] == [Unreadable, Entry]


def test_stdin_columns() -> None:
    """Fields named by the caller are read from standard input as well."""
    (entry,) = from_stdin(b'{"text": "no", "thoughts": "yes"}', text_column="thoughts")
    assert isinstance(entry, Entry)
    assert entry.text == "yes"


def test_stdin_binary() -> None:
    """Binary data on standard input is named."""
    assert from_stdin(b"\x89PNG\r\n\x1a\n\0\0\0\r")[0].source == "stdin"


def test_stdin_beyond_the_head() -> None:
    """Standard input cannot be rewound, and still all of it is read and it is left open."""
    lines = b'{"text": "line"}\n' * 80_000
    stream = io.BytesIO(lines)
    assert sum(isinstance(item, Entry) for item in read_entries(["-", "-"], stdin=stream)) == 80_000
    assert not stream.closed


# Invariants


def _csv(rows: list[str], path: Path, width: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["text", "mood"][:width], *([row, "3"][:width] for row in rows)])


def _jsonl(rows: list[str], path: Path, *, ascii_only: bool) -> None:
    lines = "".join(json.dumps({"text": row}, ensure_ascii=ascii_only) + "\n" for row in rows)
    path.write_text(lines, encoding="utf-8", newline="")


@given(rows=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_texts_come_back_the_same(tmp_path: Path, rows: list[str]) -> None:
    """Any texts written as JSON Lines or as CSV come back the same and in order."""
    path, table = tmp_path / "a.jsonl", tmp_path / "a.csv"
    for ascii_only in (True, False):
        _jsonl(rows, path, ascii_only=ascii_only)
        assert texts(path) == rows
    for width in (1, 2):
        _csv(rows, table, width)
        assert texts(table) == rows


@given(data=st.binary(max_size=300), name=st.sampled_from(["a.txt", "a.md", "a.csv", "a.tsv", "a.jsonl"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_named(tmp_path: Path, data: bytes, name: str) -> None:
    """Whatever a file holds, it comes out as entries that can be written, or is named; there is no traceback."""
    (tmp_path / name).write_bytes(data)
    try:
        found = list(read_entries([tmp_path / name]))
    except EntriesError:
        return
    for item in found:
        (item.text if isinstance(item, Entry) else item.problem).encode()


def test_no_problem_tells_the_text(write: Write, tmp_path: Path) -> None:
    """No problem, however the file is broken, holds a word of the journal."""
    write("a.csv", f'id,text\n{CANARY}\n1,{CANARY},{CANARY}\n2,"{CANARY}" x\n3,"{CANARY}\n')
    write("b.jsonl", f'{{"text": "{CANARY}\n"{CANARY}"\n{{"{CANARY}": 1}}\n')
    write("c.txt", CANARY.encode() + b"\0")
    write("d.csv", f"{CANARY}.\n")
    found = list(read_entries([tmp_path]))
    assert len(found) == 9
    assert "heron" not in "".join(map(str, found))


@pytest.mark.parametrize(
    ("name", "header", "row"), [("a.csv", "id,text\n", '1,"{}"\n'), ("a.jsonl", "", '{{"text": "{}"}}\n')]
)
def test_memory_does_not_grow_with_the_file(write: Write, name: str, header: str, row: str) -> None:
    """A file of many rows is read with memory far below its size."""
    path = write(name, header + row.format("word " * 1000) * 6000)
    tracemalloc.start()
    try:
        assert sum(isinstance(item, Entry) for item in read_entries([path])) == 6000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 3
