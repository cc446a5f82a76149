"""Finds the journal files at the paths of files and folders."""

from __future__ import annotations

import itertools
import os
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.errors import EntriesError
from classifier.journal.decoding import without_surrogates
from classifier.journal.entry import Unreadable
from classifier.journal.formats import ENDINGS, FORMATS, Format, why_not_read
from classifier.journal.webpage import is_own_report

_LOOP = "is a link back to a folder that contains it; remove the link"


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A file to read.

    Parameters
    ----------
    path
        The path of the file. None for standard input.
    format
        The format that belongs to the file's ending. None for standard input, whose format is detected when it is read.
    name
        The beginning of the ids of its entries: the file's path inside the given folder, without its ending. No two
        files have the same name (see `find_files`).
    is_explicit
        Whether the caller gave the path of the file itself. False if the caller gave a folder that contains it.
    """

    path: Path | None
    format: Format | None
    name: str
    is_explicit: bool

    @property
    def person(self) -> str | None:
        """The first folder of its name, which in a folder of several clients is the client. None for a number."""
        folder, slash, _ = self.name.partition("/")
        return folder if slash and any(map(str.isalpha, folder)) else None

    @property
    def source(self) -> str:
        """The file's path as error messages show it; `stdin` for standard input."""
        return "stdin" if self.path is None else without_surrogates(str(self.path))


def find_files(paths: Iterable[str | Path]) -> list[JournalFile | Unreadable]:
    """Return each journal file once, and an `Unreadable` for each other file, and for each that cannot be opened.

    The files of a folder are sorted by name. Its hidden files, and HTML reports of this program, are left out. If two
    files of one folder differ only by their ending, their names keep it. If files of two given paths would still have
    the same name, all names begin with the name of the given folder, or of the folder that contains the given file.

    Raises
    ------
    EntriesError
        A path does not exist or has an unknown ending, or a folder contains no journal file.
    """
    seen: set[str] = set()
    items: list[JournalFile | Unreadable] = []
    for item in itertools.chain.from_iterable(map(_files_of, paths)):
        if isinstance(item, JournalFile):
            real_path = "-" if item.path is None else os.path.realpath(item.path)
            if real_path in seen:
                continue
            seen.add(real_path)
        items.append(item)
    names = _names([item for item in items if isinstance(item, JournalFile)])
    return [replace(item, name=next(names)) if isinstance(item, JournalFile) else item for item in items]


def file_stamps(paths: Iterable[str | Path]) -> list[tuple[str, int, int]]:
    """Return the source, size and modification time of each file. A caller compares them to see whether a file changed.

    Standard input has no size and no modification time. It gets the process id and the current time instead, so its
    stamp never equals an earlier stamp.
    """
    return [_stamp(item) for item in find_files(paths) if isinstance(item, JournalFile)]


def cannot_open(path: Path | str, error: OSError) -> Unreadable:
    """Return an `Unreadable` for a file or folder that the operating system refuses to open."""
    problem = f"cannot be opened ({error.strerror or 'input error'}); check that it exists and that you may read it"
    return Unreadable(without_surrogates(str(path)), problem)


def _stamp(file: JournalFile) -> tuple[str, int, int]:
    """Return the stamp of one file, as `file_stamps` describes it."""
    if file.path is None or not file.path.exists():
        return file.source, os.getpid(), time.monotonic_ns()
    info = file.path.stat()
    return file.source, info.st_size, info.st_mtime_ns


def _names(files: Sequence[JournalFile]) -> Iterator[str]:
    """Yield the name of each file. If two are the same, all become longer by one folder, until no two are the same."""
    paths = [None if file.path is None else Path(os.path.abspath(file.path)) for file in files]
    real = [path for path in paths if path is not None]
    taken = Counter([*real, *(path.with_suffix("") for path in real)])
    names: list[str] = []
    for more in range(max((len(path.parts) for path in real), default=1)):
        names = []
        for file, path in zip(files, paths, strict=True):
            if path is None:
                names.append(file.name)
                continue
            shown = path if taken[path.with_suffix("")] > 1 else path.with_suffix("")
            parts = shown.parts[1:]  # without the root
            names.append(without_surrogates("/".join(parts[-(file.name.count("/") + 1 + more) :])))
        if len(set(names)) == len(names):
            break
    return iter(names)


def _files_of(given: str | Path) -> list[JournalFile | Unreadable]:
    """Return the file at a path, or the files in the folder at that path."""
    if str(given) == "-":
        return [JournalFile(None, None, "stdin", is_explicit=True)]
    path = Path(given)
    shown = without_surrogates(str(path))
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        # A path that does not exist is a mistake of the caller, and raises. A broken link exists. Like a file without
        # read permission, it is reported, and the other files are read.
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not path.is_symlink():
            raise EntriesError(f"{shown}: there is no such file or folder; check the path") from None
        return [cannot_open(path, error)]
    if is_folder:
        files = list(_files_in(path))
        if not any(isinstance(file, JournalFile) for file in files):
            _refuse_folder(shown, [file for file in files if isinstance(file, Unreadable)])
        return files
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise EntriesError(f"{shown} {why_not_read(path.suffix)}")
    return [JournalFile(path, form, without_surrogates(path.stem), is_explicit=True)]


def _refuse_folder(shown: str, others: list[Unreadable]) -> None:
    """Raise `EntriesError` for a folder without a file that can be read. Name its other files, at most five."""
    problem = f"{shown}: there is no journal file in this folder; expected one of {ENDINGS}"
    named = "".join(f"\n  {other.source} {other.problem}" for other in others[:5])
    more = f"\n  and {len(others) - 5} more" if len(others) > 5 else ""
    raise EntriesError(problem + named + more)


def _files_in(folder: Path) -> Iterator[JournalFile | Unreadable]:
    """Yield the files at any depth, sorted by name. Hidden files and folders, and reports of this program, are skipped.

    Links are followed. So a folder may be reached twice; it is read once. A folder may also contain a link to itself or
    to a folder above it; such a link is reported as an `Unreadable`.
    """
    # A stack of paths, the next one last. Each comes with the real paths of the folders above it.
    waiting: list[tuple[Path, tuple[str, ...]]] = [(folder, ())]
    entered: set[str] = set()  # real paths of the folders read so far
    while waiting:
        path, above = waiting.pop()
        try:
            if not stat.S_ISDIR(path.stat().st_mode):  # `path.is_dir()` would hide a broken link
                form = FORMATS.get(path.suffix.lower())
                if form is None:
                    yield Unreadable(without_surrogates(str(path)), why_not_read(path.suffix))
                elif not is_own_report(path):
                    name = path.relative_to(folder).with_suffix("").as_posix()
                    yield JournalFile(path, form, without_surrogates(name), is_explicit=False)
                continue
            real_path = os.path.realpath(path)
            if real_path in above:
                yield Unreadable(without_surrogates(str(path)), _LOOP)
            elif real_path not in entered:
                entered.add(real_path)
                inside = sorted((item for item in path.iterdir() if not item.name.startswith(".")), reverse=True)
                waiting.extend((item, (*above, real_path)) for item in inside)
        except OSError as error:
            yield cannot_open(path, error)
