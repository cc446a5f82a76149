"""Reads and writes files in a folder on this machine or at a URL.

`LocalFolder` and `RemoteFolder` have the same methods, and `str` returns their path or URL. Any method may raise
`OSError`. Only `RemoteFolder` needs fsspec, which comes with the extra `dask`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from classifier.files import atomic_file


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder on this machine or on a mounted file system."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def names(self) -> set[str]:
        """Return the names of its files. A missing folder has none. If the path is a file, return the file's name."""
        if not self.path.is_dir():
            return {self.path.name} if self.path.exists() else set()
        return {path.name for path in self.path.iterdir()}

    def create(self) -> None:
        """Create the folder if it does not exist."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Write a file. A failure leaves no partial file."""
        with atomic_file(self.path / name) as stream:
            stream.write(content)

    def delete(self, names: Iterable[str]) -> None:
        """Delete files in the given order. Missing files are skipped."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder at a URL that fsspec can read and write, such as `s3://bucket/folder`. It works like `LocalFolder`."""

    url: str

    def __str__(self) -> str:
        return self.url

    def names(self) -> set[str]:
        """Return the names of its files. A missing folder has no names."""
        fs, path = self._connected()
        fs.invalidate_cache(path)  # other machines may have written files since the last listing
        return {PurePosixPath(name).name for name in fs.ls(path, detail=False)} if fs.exists(path) else set()

    def create(self) -> None:
        """Create the folder if it does not exist."""
        fs, path = self._connected()
        fs.makedirs(path, exist_ok=True)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        fs, path = self._connected()
        content: bytes = fs.cat_file(f"{path}/{name}")
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file under a temporary name, then rename the file."""
        fs, path = self._connected()
        temporary = f"{path}/.{name}.{secrets.token_hex(4)}.tmp"  # named as by `atomic_file`
        fs.pipe_file(temporary, content)
        fs.mv(temporary, f"{path}/{name}")

    def delete(self, names: Iterable[str]) -> None:
        """Delete files. Missing files are skipped."""
        fs, path = self._connected()
        present = self.names()
        if paths := [f"{path}/{name}" for name in names if name in present]:
            fs.rm(paths)  # stores that support it delete many files in one request

    def _connected(self) -> tuple[Any, str]:
        """Return the file system of the URL, and the path in this file system."""
        from fsspec.core import url_to_fs

        fs, path = url_to_fs(self.url)
        return fs, path


Folder = LocalFolder | RemoteFolder


def folder_at(place: str) -> Folder:
    """Return the folder at a path or URL. Relative paths become absolute, because workers run in other folders."""
    return RemoteFolder(place) if "://" in place else LocalFolder(Path(place).absolute())
