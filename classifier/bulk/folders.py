"""A folder on this machine, or one that fsspec reaches, with the few operations that the parts of a result need."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from classifier.errors import MissingExtra
from classifier.files import atomic_file


class Folder(Protocol):
    """A folder of small files. Its text form is its path or URL. All methods may raise `OSError`."""

    def names(self) -> set[str]:
        """Return the names in it; none if it does not exist. For a file in its place, the name of that file."""

    def create(self) -> None:
        """Create it, if it does not exist."""

    def read(self, name: str) -> bytes:
        """Return the content of a file."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is complete or not there at all."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files in the order given; those that do not exist are skipped."""


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder on this machine or on a mounted file system."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def names(self) -> set[str]:
        """As in `Folder`."""
        if not self.path.is_dir():
            return {self.path.name} if self.path.exists() else set()
        return {path.name for path in self.path.iterdir()}

    def create(self) -> None:
        """As in `Folder`."""
        self.path.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> bytes:
        """As in `Folder`."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """As in `Folder`."""
        with atomic_file(self.path / name) as stream:
            stream.write(content)

    def delete(self, names: Iterable[str]) -> None:
        """As in `Folder`."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder at a URL that fsspec can read and write, such as `s3://bucket/folder`."""

    url: str

    def __str__(self) -> str:
        return self.url

    def names(self) -> set[str]:
        """As in `Folder`."""
        fs, path = self._opened()
        fs.invalidate_cache(path)
        try:
            return {PurePosixPath(name).name for name in fs.ls(path, detail=False)}
        except FileNotFoundError:
            return set()

    def create(self) -> None:
        """As in `Folder`."""
        fs, path = self._opened()
        fs.makedirs(path, exist_ok=True)

    def read(self, name: str) -> bytes:
        """As in `Folder`."""
        fs, path = self._opened()
        content: bytes = fs.cat_file(f"{path}/{name}")
        return content

    def write(self, name: str, content: bytes) -> None:
        """As in `Folder`."""
        fs, path = self._opened()
        temporary = f"{path}/.{name}.{secrets.token_hex(4)}.tmp"
        fs.pipe_file(temporary, content)
        fs.mv(temporary, f"{path}/{name}")

    def delete(self, names: Iterable[str]) -> None:
        """As in `Folder`."""
        fs, path = self._opened()
        present = self.names()
        if paths := [f"{path}/{name}" for name in names if name in present]:
            fs.rm(paths)  # one request for many, on stores that can

    def _opened(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise MissingExtra(f"the folder {self.url}", "dask") from None
        fs, path = url_to_fs(self.url)
        return fs, path


def folder_at(place: str) -> Folder:
    """Return the folder at a path or URL; a relative path is made absolute, because workers have other folders."""
    return RemoteFolder(place) if "://" in place else LocalFolder(Path(place).absolute())
