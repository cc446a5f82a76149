"""Tags entries into one file, with one or more local processes. An interrupted run can be resumed.

Entries are cut into chunks, which the processes tag in any order. The result of a chunk is a part, in the folder
`<name of the file>.parts`. At the end, the parts are joined in the order of the entries, and the folder is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
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
"""Highest number of entries in a part: about a second of work. A kill loses at most the parts in progress."""

_CHARACTERS: Final = 1 << 22
"""A part ends early at this number of characters, so that very long entries do not fill the memory."""


def tag_to_file(
    entries: Iterator[Entry | Unreadable], out: Path, job: Job, *, files: Any, jobs: int = 1, overwrite: bool = False
) -> None:
    """Tag entries into one file, or resume an interrupted run.

    Parameters
    ----------
    entries
        Entries from `read_entries`. To resume a run, give the same entries again.
    out
        The file to write. `rejected_rows` returns the rows that could not be read.
    job
        How the entries are tagged.
    files
        Values for JSON that identify the input files, such as their sizes. A run is resumed only if they are equal.
    jobs
        Number of processes. Each process holds the model in memory.
    overwrite
        Whether to replace an existing result, or another interrupted run.

    Raises
    ------
    UnknownName
        The model does not have a label or operating point that an option names.
    BatchError
        A result or another run exists already, or a file cannot be written. Finished parts are kept.
    """
    manifest = read_manifest(job.model)
    part_format = job.part_format(manifest)  # raises for wrong options before anything is written
    plan = job.plan(manifest, files=files, chunk=_CHUNK)
    folder = LocalFolder(out.with_name(f"{out.name}.parts"))
    parts = Parts(folder, job.format)
    if parts.finished():  # the last run was killed while it deleted its parts
        complete = parts.holds(plan) and out.exists()
        _delete(parts, folder)
        if complete:
            return
    if not parts.holds(plan):
        if out.exists() and not overwrite:
            raise BatchError(f"{out} already exists; name another file, or add --overwrite to replace it")
        parts.start(plan, overwrite=overwrite)
    _tag_missing(_chunks(entries), parts, job, jobs=jobs)
    _join(parts, folder, part_format, out)
    _delete(parts, folder)


def rejected_file(out: Path) -> Path:
    """Return the path of the file that lists the rejected rows of a result. It exists only if rows were rejected."""
    return out.with_name(f"{out.name}.rejected.jsonl")


def rejected_rows(out: Path, *, most: int) -> tuple[int, list[Unreadable]]:
    """Return the number of rejected rows of a result, and the first `most` of them."""
    if not (file := rejected_file(out)).exists():
        return 0, []
    with file.open(encoding="utf-8") as lines:  # the second count continues where `islice` stopped
        first = [_unreadable(**json.loads(line)) for line in islice(lines, most)]
        return len(first) + sum(1 for _ in lines), first


def _unreadable(source: str, row: int | None, reason: str) -> Unreadable:
    return Unreadable(source if row is None else f"{source}:{row}", reason)


def _chunks(entries: Iterator[Entry | Unreadable]) -> Iterator[list[Entry | Unreadable]]:
    """Cut the entries into chunks of at most `_CHUNK` entries."""
    while chunk := list(_chunk(entries)):
        yield chunk


def _chunk(entries: Iterator[Entry | Unreadable]) -> Iterator[Entry | Unreadable]:
    """Yield the entries of the next chunk."""
    characters = 0
    for item in islice(entries, _CHUNK):
        yield item
        characters += len(item.text) if isinstance(item, Entry) else 0
        if characters >= _CHARACTERS:
            return


def _tag_missing(chunks: Iterator[list[Entry | Unreadable]], parts: Parts, job: Job, *, jobs: int) -> None:
    """Tag the chunks that have no finished part yet."""
    done = parts.done()
    work = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    missing = (
        delayed(tag_part)(number, chunk, parts, job) for number, chunk in enumerate(chunks) if number not in done
    )
    try:
        for _ in work(missing):
            pass
    except BrokenProcessPool:
        raise BatchError(
            "a tagging process was killed, perhaps because memory ran out; give fewer --jobs. Run the same command "
            "again to resume."
        ) from None


def _join(parts: Parts, folder: LocalFolder, part_format: PartFormat, out: Path) -> None:
    """Join the parts, in their order, into one file, and their rejected rows into another file."""
    # The temporary files are in the folder of the parts, so a kill leaves no temporary file beside the result. The file
    # of rejected rows gets its name before the result does, so a result never exists without its rejected rows.
    with reported(out), atomic_file(out, folder=folder.path) as stream:
        part_format.join((folder.path / parts.name(number) for number in sorted(parts.done())), stream)
        rejected_file(out).unlink(missing_ok=True)
        if names := parts.rejected():
            with atomic_file(rejected_file(out), folder=folder.path) as side:
                side.writelines(folder.read(name) for name in names)
    parts.finish()


def _delete(parts: Parts, folder: LocalFolder) -> None:
    with suppress(OSError):  # the result is complete, and leftovers do no harm
        parts.delete()
        folder.path.rmdir()
