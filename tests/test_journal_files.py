"""Which files are read: those that are named, and those in folders, each once."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.journal import CANARY, Write, entries, only_problem, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.errors import EntriesError
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.files import file_stamps
from classifier.journal.reader import read_entries


def test_folder(write: Write, tmp_path: Path) -> None:
    """A folder is read with all below it, sorted by name, without hidden files."""
    for name in ("b.txt", "2024/march-3.txt", "2024/10/x.md", ".hidden.txt", ".git/x.txt", "c.csv"):
        write(name, "text\nx")
    assert [entry.id for entry in entries(tmp_path)] == ["2024/10/x", "2024/march-3", "b", "c:1"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("page.JPG", "is a picture"),
        ("memo.m4a", "is a recording"),
        ("letter.doc", r"is a document \(\.doc\)"),
        ("week.xls", r"is a spreadsheet \(\.xls\)"),
        ("sub/backup.7z", r"has the ending '\.7z'"),
    ],
)
def test_every_file_of_a_folder_is_accounted_for(write: Write, tmp_path: Path, name: str, problem: str) -> None:
    """A file that is not read is reported in its place, with the reason and what to do."""
    write("a.txt", "x")
    write(name, CANARY)
    items = list(read_entries([tmp_path]))
    (unreadable,) = (item for item in items if isinstance(item, Unreadable))
    assert unreadable.source == str(tmp_path / name)
    assert re.search(f"{problem}.*, which is not read; .*(save|type)", unreadable.problem)
    assert [item.text for item in items if isinstance(item, Entry)] == ["x"]


@pytest.mark.parametrize("name", ["a.text", "a.Markdown", "a.org", "a.log", "A.TXT", "monday"])
def test_endings_of_plain_text(write: Write, tmp_path: Path, name: str) -> None:
    """All usual endings of plain text are read."""
    write(name, "x")
    assert texts(tmp_path) == ["x"]


def test_nested_table_ids(write: Write, tmp_path: Path) -> None:
    """Ids of a nested table's rows begin with its path inside the folder."""
    write("2024/march.csv", "text\nx\n")
    assert [entry.id for entry in entries(tmp_path)] == ["2024/march:1"]


@pytest.mark.parametrize(
    ("files", "paths", "ids"),
    [
        (["a/1.txt", "b/1.txt"], ["a", "b"], ["a/1", "b/1"]),
        (["a/1.txt", "b/2.txt"], ["a", "b"], ["1", "2"]),
        (["a/1.txt", "b/1.txt", "b/2.txt"], ["a", "b"], ["a/1", "b/1", "b/2"]),
        (["a/1.txt", "b/1.md"], ["a/1.txt", "b/1.md"], ["a/1", "b/1"]),
        (["a/x/1.txt", "b/x/1.txt"], ["a/x", "b/x"], ["a/x/1", "b/x/1"]),
        (["a/1.csv", "b/1.csv"], ["a", "b"], ["a/1:1", "b/1:1"]),
        (["a/1.txt", "a/1.md", "a/2.txt"], ["a"], ["1.md", "1.txt", "2"]),
        (["a/1.txt", "a/1.md", "b/1.txt"], ["a", "b"], ["1.md", "1.txt", "1"]),
        (["a/1.txt", "a/1.md", "a/1.txt.md"], ["a"], ["1.md", "1.txt", "1.txt.md"]),
    ],
)
def test_ids_that_would_be_equal(
    write: Write, tmp_path: Path, files: list[str], paths: list[str], ids: list[str]
) -> None:
    """Where two ids would be equal, the ending of the file tells them apart, or else the name of the folder."""
    for name in files:
        write(name, "text\nx\n" if name.endswith("csv") else "x")
    assert [entry.id for entry in entries(*(tmp_path / path for path in paths))] == ids


@given(
    files=st.sets(st.from_regex(r"(a/|b/|c/a/)(1/|2/)?(1|2|1\.md|1\.txt)\.(txt|md|log)", fullmatch=True), min_size=1)
)
@settings(deadline=None)
def test_no_two_ids_are_equal(files: set[str]) -> None:
    """The ids of files are never equal, whether the files, one folder or several folders are given."""
    with tempfile.TemporaryDirectory() as folder:
        for name in files:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        for given_paths in (files, {name.rpartition("/")[0] for name in files}, {"."}):
            ids = [entry.id for entry in entries(*(Path(folder, path) for path in sorted(given_paths)))]
            assert len(ids) == len(set(ids)) == len(files)


def test_file_given_twice(write: Write, tmp_path: Path) -> None:
    """A file that is named itself, through its folder and through a link is read once."""
    path = write("a.txt", "x")
    (tmp_path / "b.txt").symlink_to(path)
    assert texts(tmp_path, path, tmp_path / ".." / tmp_path.name / "a.txt") == ["x"]


def test_single_path(write: Write) -> None:
    """A path that is not in a list is one path, not a sequence of letters."""
    path = write("a.txt", "x")
    assert [item.source for item in read_entries(str(path))] == [str(path)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.txt", "no such file"),
        ("a.pages", r"a\.pages is a document.*\.txt"),
        ("folder", r"(?s)\.txt.*x\.doc is a"),
    ],
)
def test_senseless_call(write: Write, tmp_path: Path, name: str, message: str) -> None:
    """A missing path, an unknown ending and a folder without a journal raise at the call, before anything is read."""
    write("a.pages", "x")
    write("folder/x.doc", "x")
    with pytest.raises(EntriesError, match=message):
        read_entries([write("a.txt", "x"), tmp_path / name])


def test_no_path() -> None:
    """No path at all raises."""
    with pytest.raises(EntriesError, match="no journal"):
        read_entries([])


def test_broken_link(write: Write, tmp_path: Path) -> None:
    """A link to nowhere is reported, in a folder and when it is named itself, and the rest is read."""
    write("b.txt", "x")
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "gone.txt")
    for paths in ([tmp_path], [link, tmp_path / "b.txt"]):
        assert [type(item) for item in read_entries(paths)] == [Unreadable, Entry]


def test_folder_loop(write: Write, tmp_path: Path) -> None:
    """A folder that contains itself is reported once, and its files are read once."""
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
    """A named pipe is refused, because opening it would wait for a writer."""
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
    """A file without read permission is reported, and the others are read."""
    unreadable, entry = read_entries([locked])
    assert isinstance(unreadable, Unreadable)
    assert "cannot be opened" in unreadable.problem
    assert isinstance(entry, Entry)


def test_file_that_vanishes(write: Write) -> None:
    """A file that is deleted between finding and reading is reported."""
    first, second = write("a.txt", "x"), write("b.txt", "y")
    stream = read_entries([first, second])
    first.unlink()
    assert [type(item) for item in stream] == [Unreadable, Entry]


def test_file_name_that_is_not_text(tmp_path: Path) -> None:
    """A file name that is not UTF-8 still gives an id and a source that can be printed."""
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("x")
    except (OSError, UnicodeError):
        pytest.skip("the file system allows only UTF-8 names")
    (entry,) = entries(tmp_path)
    assert (entry.id, entry.text) == ("caf\ufffd", "x")
    entry.source.encode()


def test_stamps_change_with_a_file(write: Write, tmp_path: Path) -> None:
    """The stamps of files stay the same until one of them changes; standard input never has the same stamp twice."""
    path = write("a.txt", "x")
    before = file_stamps([tmp_path])
    assert before == file_stamps([path])
    path.write_text("xy")
    assert file_stamps([path]) != before
    assert file_stamps(["-"]) != file_stamps(["-"])
