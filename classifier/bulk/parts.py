"""A result that grows in parts, so that a run which is broken off goes on where it was.

    tags.jsonl.parts/           while the run lasts
      plan.json                 what is tagged, how, and by which model
      000000, 000001, ...       the result of each chunk of entries, whole or not there
      000000.rejected           the rows of the chunk that could not be read
      done.json                 the plan again, once the result has its name and the folder is to go
    tags.jsonl                  once all is done: the parts in their order
    tags.jsonl.rejected.jsonl   the rows that could not be read, where there are any

Every file is written under another name first and then renamed, which a file system does wholly or not at all. So
neither a kill nor a full disk leaves half a file under a name that somebody reads.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from classifier.errors import BatchError

_PLAN, _DONE = "plan.json", "done.json"
_REJECTED = ".rejected"
_OURS = re.compile(rf"{_PLAN}|{_DONE}|\d{{6,}}({_REJECTED})?|\..*")

Join = Callable[[Iterable[Path], BinaryIO], None]
"""Writes parts in their order to one file."""


class Parts:
    """The parts of one result.

    Parameters
    ----------
    out
        The file that the result becomes.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.rejected = out.with_name(f"{out.name}.rejected.jsonl")
        self.folder = out.with_name(f"{out.name}.parts")
        self._whole = False

    def open(self, plan: Mapping[str, Any], *, overwrite: bool) -> None:
        """Begin, or go on with what is there.

        Parameters
        ----------
        plan
            Whatever decides the result, as JSON; a run that was broken off goes on where its plan is the same.
        overwrite
            Whether a result that is there, or another run that was broken off, may be lost.

        Raises
        ------
        BatchError
            A result or another run is in the way, or the folder cannot be made.
        """
        wanted = json.loads(json.dumps(plan))
        self._whole = self.out.exists() and self._read(_DONE) == wanted
        found = self._read(_PLAN)
        if self._whole or found == wanted:
            return
        if found is not None and not overwrite:
            differing = ", ".join(name for name in wanted if found.get(name) != wanted[name]) or "the whole plan"
            raise BatchError(
                f"{self.folder} holds a run that was broken off and had other settings ({differing}); call it as it "
                f"was called then to go on, or with --overwrite to begin anew"
            )
        if self.out.exists() and not overwrite:
            raise BatchError(f"{self.out} is there already; name another file, or give --overwrite to replace it")
        if self.folder.exists() and not all(_OURS.fullmatch(path.name) for path in self.folder.iterdir()):
            raise BatchError(
                f"{self.folder} is in the way, and not of a run of thoughtmark; move it, or name another file"
            )
        with told(self.folder):
            self._remove()
            self.folder.mkdir()
            write(self.folder / _PLAN, json.dumps(wanted).encode())

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            plan = json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}
        return plan if isinstance(plan, dict) else {}

    def has(self, number: int) -> bool:
        """Return whether a part is done."""
        return self._whole or self._part(number).exists()

    def put(self, number: int, content: bytes, rejected: bytes) -> None:
        """Keep a part; raise `BatchError` where it cannot be written."""
        with told(self.folder):
            if rejected:
                write(self._part(number, _REJECTED), rejected)
            write(self._part(number), content)

    def close(self, number: int, join: Join) -> None:
        """Put so many parts together, and take them away."""
        if not self._whole:
            files = [self._part(i) for i in range(number)]
            rejected = [file for i in range(number) if (file := self._part(i, _REJECTED)).exists()]
            with told(self.out):
                with written(self.out, beside=self.folder) as stream:
                    join(files, stream)
                    self.rejected.unlink(missing_ok=True)
                    if rejected:  # before the result has its name, so that it never stands alone
                        with written(self.rejected, beside=self.folder) as side:
                            _concatenate(rejected, side)
                (self.folder / _PLAN).replace(self.folder / _DONE)
        with suppress(OSError):
            self._remove()

    def _remove(self) -> None:
        """Take the folder away; last what tells that the result is whole, or a kill could leave parts without it."""
        if self.folder.exists():
            for path in sorted(self.folder.iterdir(), key=lambda path: path.name == _DONE):
                path.unlink(missing_ok=True)
            self.folder.rmdir()

    def _part(self, number: int, kind: str = "") -> Path:
        return self.folder / f"{number:06}{kind}"


def _concatenate(parts: Iterable[Path], out: BinaryIO) -> None:
    """Write files one after the other."""
    for part in parts:
        with part.open("rb") as stream:
            shutil.copyfileobj(stream, out)


def write(path: Path, content: bytes) -> None:
    """Write a file, wholly or not at all."""
    with written(path, beside=path.parent) as stream:
        stream.write(content)


@contextmanager
def written(path: Path, *, beside: Path) -> Iterator[BinaryIO]:
    """Open a file that has its name once it is whole and on the disk; until then it grows in the folder `beside`."""
    growing = beside / f".{path.name}.{os.getpid()}"
    try:
        with growing.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        growing.replace(path)
    except BaseException:
        with suppress(OSError):
            growing.unlink()
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell what cannot be written in a sentence."""
    try:
        yield
    except FileNotFoundError:
        raise BatchError(
            f"{path}: something of it is no longer there; perhaps another run for the same result has ended or "
            f"replaced it; look whether it is whole, or make the call again"
        ) from None
    except OSError as error:
        raise BatchError(
            f"{path}: cannot be written ({error.strerror or 'output error'}); make room, or name a place where you may "
            f"write; called again as it was, the run goes on"
        ) from None
