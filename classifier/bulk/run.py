"""Entries in, one file of tags out, by one local process or several; an interrupted run can be resumed.

Entries are cut into chunks, which processes tag in any order. While the run lasts, the parts are in the folder
`<name of the file>.parts`; at the end they are joined in their order, and the folder is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from joblib import Parallel, delayed

from classifier.bulk.folders import LocalFolder
from classifier.bulk.job import Job, tag_part
from classifier.bulk.model_cache import read_manifest
from classifier.bulk.parts import Parts, reported
from classifier.errors import BatchError
from classifier.files import atomic_file
from classifier.journal.entry import Entry, Unreadable
from classifier.report.formats import PartFormat

_CHUNK: Final = 500
"""Entries of a part: about a second of work, which is what a kill can cost."""

_CHARACTERS: Final = 1 << 22
"""Characters after which a part is closed early, so that very long entries do not fill the memory."""

_NAMED: Final = 20
"""Number of unreadable rows that are returned for the screen; the side file has them all."""


@dataclass(slots=True)
class Rejected:
    """The rows that could not be read: their number, and the first of them."""

    count: int = 0
    first: list[Unreadable] = field(default_factory=list)


def rejected_file(out: Path) -> Path:
    """Return the file that lists the rejected rows of a result; it exists only if there are any."""
    return out.with_name(f"{out.name}.rejected.jsonl")


def tag_to_file(
    entries: Iterator[Entry | Unreadable], out: Path, job: Job, *, files: Any, jobs: int = 1, overwrite: bool = False
) -> Rejected:
    """Tag entries into one file, or resume an interrupted run.

    Parameters
    ----------
    entries
        As `read_entries` gives them; to resume, the same again.
    out
        The file to write.
    job
        How they are tagged.
    files
        What identifies the files that were read, as JSON.
    jobs
        Number of processes; each has the model in memory.
    overwrite
        Whether to replace a result, or another interrupted run, that is there.

    Raises
    ------
    UnknownName
        An option names what the model does not have.
    BatchError
        A result or another run is in the way, or something cannot be written. Finished parts are kept.
    """
    manifest = read_manifest(job.model)
    part_format = job.part_format(manifest)  # raises for wrong options before anything is written
    plan = job.plan(manifest, files=files, chunk=_CHUNK)
    folder = LocalFolder(out.with_name(f"{out.name}.parts"))
    parts = Parts(folder, job.format)
    chunks = Chunks(entries)
    # A run that was killed while it deleted its parts: the result is complete, and only its rejected rows are counted.
    if parts.finished() and parts.holds(plan) and out.exists():
        for _ in chunks:
            pass
    else:
        if parts.finished():
            _delete(parts, folder)
        if not parts.holds(plan):
            if out.exists() and not overwrite:
                raise BatchError(f"{out} already exists; name another file, or add --overwrite to replace it")
            parts.start(plan, overwrite=overwrite)
        _tag_missing(chunks, parts, job, jobs=jobs)
        _join(parts, folder, part_format, out, number=chunks.number)
        parts.finish()
    _delete(parts, folder)
    return chunks.rejected


class Chunks:
    """Entries cut into numbered chunks. After the last one it knows how many there were, and the rejected rows."""

    def __init__(self, entries: Iterable[Entry | Unreadable]) -> None:
        self.number = 0
        self.rejected = Rejected()
        self._entries = entries

    def __iter__(self) -> Iterator[tuple[int, list[Entry | Unreadable]]]:
        chunk: list[Entry | Unreadable] = []
        characters = 0
        for item in self._entries:
            chunk.append(item)
            if isinstance(item, Entry):
                characters += len(item.text)
            else:
                self._reject(item)
            if len(chunk) == _CHUNK or characters >= _CHARACTERS:
                yield self.number, chunk
                self.number += 1
                chunk, characters = [], 0
        if chunk:
            yield self.number, chunk
            self.number += 1

    def _reject(self, item: Unreadable) -> None:
        self.rejected.count += 1
        if len(self.rejected.first) < _NAMED:
            self.rejected.first.append(item)


def _tag_missing(chunks: Chunks, parts: Parts, job: Job, *, jobs: int) -> None:
    """Tag the chunks whose part is not there yet."""
    done = parts.done()
    work = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    tasks = (delayed(tag_part)(number, chunk, parts, job) for number, chunk in chunks if number not in done)
    try:
        for _ in work(tasks):
            pass
    except BrokenProcessPool:
        raise BatchError(
            "a tagging process was killed, perhaps because memory ran out; give fewer --jobs. Run the same command "
            "again to resume."
        ) from None


def _join(parts: Parts, folder: LocalFolder, part_format: PartFormat, out: Path, *, number: int) -> None:
    """Write the parts, in their order, as one file, and their rejected rows as another."""
    rejected = rejected_file(out)
    # The temporary files grow in the folder of the parts, so a kill leaves nothing beside the result. The rejected rows
    # get their name first: whoever sees the result also sees what is missing from it.
    with reported(out), atomic_file(out, folder=folder.path) as stream:
        part_format.join((folder.path / parts.name(i) for i in range(number)), stream)
        rejected.unlink(missing_ok=True)
        if names := parts.rejected():
            with atomic_file(rejected, folder=folder.path) as side:
                side.writelines(folder.read(name) for name in names)


def _delete(parts: Parts, folder: LocalFolder) -> None:
    with suppress(OSError):  # the result is complete, and leftovers do no harm
        parts.delete()
        folder.path.rmdir()
