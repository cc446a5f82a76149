"""The parts of a result: complete or not there, resumed with the same plan only, on this machine or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from classifier.bulk import run
from classifier.bulk.folders import Folder, LocalFolder, RemoteFolder, folder_at
from classifier.bulk.parts import Parts
from classifier.errors import BatchError

PLAN: dict[str, Any] = {"files": ("a.txt",), "format": "jsonl"}


@pytest.fixture(params=["local", "remote"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A folder that does not exist yet: on this machine, and one that only fsspec reaches."""
    if request.param == "local":
        return LocalFolder(tmp_path / "results")
    pytest.importorskip("fsspec")
    return RemoteFolder(f"memory://{tmp_path}/results")


@pytest.fixture
def parts(folder: Folder) -> Parts:
    """The parts of a run that has begun."""
    begun = Parts(folder, "jsonl")
    begun.start(PLAN, overwrite=False)
    return begun


def test_a_part_is_found_again(parts: Parts) -> None:
    """A stored part counts as done and keeps its content; its rejected rows are beside it."""
    parts.put(3, b"three", b"")
    parts.put(11, b"eleven", b"rejected")
    assert parts.done() == {3, 11}
    assert parts.folder.read(parts.name(3)) == b"three"
    assert [parts.folder.read(name) for name in parts.rejected()] == [b"rejected"]


def test_the_same_plan_is_recognised(parts: Parts, folder: Folder) -> None:
    """A run is resumed with an equal plan, also if its lists were tuples, and with no other."""
    again = Parts(folder, "jsonl")
    assert again.holds({"files": ["a.txt"], "format": "jsonl"})
    assert not again.holds({"files": ["b.txt"], "format": "jsonl"})
    assert not again.finished()


def test_another_plan_is_refused(parts: Parts) -> None:
    """An interrupted run is not replaced unless that is requested; the message names what differs."""
    parts.put(0, b"content", b"")
    with pytest.raises(BatchError, match=r"interrupted run with other settings \(format\)"):
        parts.start({**PLAN, "format": "csv"}, overwrite=False)
    assert parts.done() == {0}
    parts.start({**PLAN, "format": "csv"}, overwrite=True)
    assert parts.done() == set()


def test_a_complete_result_is_refused(parts: Parts) -> None:
    """A finished run is not replaced unless that is requested."""
    parts.put(0, b"content", b"")
    parts.finish()
    assert parts.finished()
    with pytest.raises(BatchError, match="already holds a complete result"):
        parts.start(PLAN, overwrite=False)
    parts.start(PLAN, overwrite=True)
    assert not parts.finished()


@pytest.mark.parametrize("name", ["chapter.txt", ".hidden", "part-00000.jsonl"])
def test_files_of_others_are_never_deleted(folder: Folder, name: str) -> None:
    """A folder with other files, or with parts of an unknown run, is refused even with `overwrite`."""
    folder.create()
    folder.write(name, b"mine")
    with pytest.raises(BatchError, match="holds more than results of thoughtmark"):
        Parts(folder, "jsonl").start(PLAN, overwrite=True)
    assert folder.read(name) == b"mine"


def test_a_broken_plan_is_not_resumed(parts: Parts) -> None:
    """A plan that cannot be read is that of another run."""
    parts.folder.write("_plan.json", b"{")
    assert not parts.holds(PLAN)
    with pytest.raises(BatchError, match="other settings"):
        parts.start(PLAN, overwrite=False)


def test_leftovers_are_deleted(parts: Parts) -> None:
    """What a killed process had begun to write is gone when the run is finished."""
    parts.folder.write(".part-00000.jsonl.0123abcd.tmp", b"half")
    parts.put(0, b"content", b"")
    parts.finish()
    assert parts.folder.names() == {"_plan.json", "_SUCCESS", "part-00000.jsonl"}


def test_the_plan_is_deleted_last(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are never without the plan that says whose they are."""
    deleted: list[str] = []
    monkeypatch.setattr(type(parts.folder), "delete", lambda _, names: deleted.extend(names))
    parts.put(0, b"content", b"rejected")
    parts.delete()
    assert deleted[-2:] == ["_plan.json", "_SUCCESS"]
    assert sorted(deleted[:-2]) == ["part-00000.jsonl", "part-00000.rejected.jsonl"]


def test_a_part_is_complete_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that cannot be written to its end leaves no file."""
    parts = Parts(LocalFolder(tmp_path), "jsonl")
    parts.start({}, overwrite=False)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(BatchError, match="No space left on device"):
        parts.put(0, b"content", b"")
    assert parts.folder.names() == {"_plan.json"}
    assert parts.done() == set()


def test_parts_that_are_gone(tmp_path: Path) -> None:
    """If another run has deleted the folder, the message says so, and does not ask for disk space."""
    parts = Parts(LocalFolder(tmp_path / "out"), "jsonl")
    parts.start({}, overwrite=False)
    (tmp_path / "out" / "_plan.json").unlink()
    (tmp_path / "out").rmdir()
    with pytest.raises(BatchError, match="no longer there"):
        parts.put(0, b"content", b"")


def test_a_result_grows_in_the_folder_of_its_parts(tmp_path: Path) -> None:
    """While the parts are joined, nothing is beside the folder that a kill would leave there forever."""
    folder = LocalFolder(tmp_path / "out.parts")
    parts = Parts(folder, "jsonl")
    parts.start({}, overwrite=False)
    parts.put(0, b"content", b"")
    seen: list[str] = []

    class Watched:
        def join(self, *_: object) -> None:
            seen.extend(path.name for path in tmp_path.iterdir())

        def render(self, pairs: object) -> bytes:
            return b""

    run._join(parts, folder, Watched(), tmp_path / "out")
    assert seen == ["out.parts"]
    assert {path.name for path in tmp_path.iterdir()} == {"out.parts", "out"}


def test_place_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL is a remote folder; a path is made absolute, since workers have other working folders."""
    monkeypatch.chdir(tmp_path)
    assert folder_at("tags") == LocalFolder(tmp_path / "tags")
    assert folder_at("s3://bucket/tags") == RemoteFolder("s3://bucket/tags")
