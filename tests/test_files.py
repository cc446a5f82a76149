"""Files that are complete or not there at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from classifier.files import atomic_file


def test_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    """The old content stays until the block ends, and no temporary file stays after it."""
    path = tmp_path / "result"
    path.write_bytes(b"old")
    with atomic_file(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failed_write_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    """If the block raises, the old file is untouched and the temporary file is deleted."""
    path = tmp_path / "result"
    path.write_bytes(b"old")

    def write_and_fail() -> None:
        with atomic_file(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_temporary_file_in_another_folder(tmp_path: Path) -> None:
    """The temporary file is created in the folder that is named."""
    parts = tmp_path / "parts"
    parts.mkdir()
    with atomic_file(tmp_path / "result", folder=parts):
        assert len(list(parts.iterdir())) == 1
        assert not (tmp_path / "result").exists()
    assert list(parts.iterdir()) == []
    assert (tmp_path / "result").read_bytes() == b""


@pytest.mark.skipif(os.name == "nt", reason="file modes of POSIX")
@pytest.mark.parametrize("before", [None, 0o644, 0o666, 0o600, 0o640, 0o400])
def test_only_the_owner_reads_a_result(tmp_path: Path, before: int | None) -> None:
    """A new file is for its owner only, and so is one that replaces another."""
    path = tmp_path / "result"
    if before is not None:
        path.touch()
        path.chmod(before)
    with atomic_file(path):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 & (before or 0o600)
