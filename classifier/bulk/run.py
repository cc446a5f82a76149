"""Entries in, one file of tags out, by one local process or several; an interrupted run can be resumed.

Entries are cut into chunks, which processes tag in any order. While the run lasts, the parts are in the folder
`<name of the file>.parts`; at the end they are joined in their order, and the folder is deleted.
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
"""Entries of a part: about a second of work, which is what a kill can cost."""

_CHARACTERS: Final = 1 << 22
"""Characters after which a part is closed early, so that very long entries do not fill the memory."""


def tag_to_file(
    entries: Iterator[Entry | Unreadable], out: Path, job: Job, *, files: Any, jobs: int = 1, overwrite: bool = False
) -> None:
    """Tag entries into one file, or resume an interrupted run.

    Parameters
    ----------
    entries
        As `read_entries` gives them; to resume, the same again.
    out
        The file to write. `rejected_rows` tells what could not be read.
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
    """Return the file that lists the rows of a result that could not be read; it exists only if there are any."""
    return out.with_name(f"{out.name}.rejected.jsonl")


def rejected_rows(out: Path, *, most: int) -> tuple[int, list[Unreadable]]:
    """Return how many rows of a result could not be read, and the first of them."""
    if not (file := rejected_file(out)).exists():
        return 0, []
    with file.open(encoding="utf-8") as lines:
        first = [_unreadable(**json.loads(line)) for line in islice(lines, most)]
        return len(first) + sum(1 for _ in lines), first


def _unreadable(source: str, row: int | None, reason: str) -> Unreadable:
    return Unreadable(source if row is None else f"{source}:{row}", reason)


def _chunks(entries: Iterator[Entry | Unreadable]) -> Iterator[list[Entry | Unreadable]]:
    while chunk := list(_chunk(entries)):
        yield chunk


def _chunk(entries: Iterator[Entry | Unreadable]) -> Iterator[Entry | Unreadable]:
    characters = 0
    for item in islice(entries, _CHUNK):
        yield item
        characters += len(item.text) if isinstance(item, Entry) else 0
        if characters >= _CHARACTERS:
            return


def _tag_missing(chunks: Iterator[list[Entry | Unreadable]], parts: Parts, job: Job, *, jobs: int) -> None:
    """Tag the chunks whose part is not there yet."""
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
    """Write the parts, in their order, as one file, and their rejected rows as another."""
    # The temporary files grow in the folder of the parts, so a kill leaves nothing beside the result. The rejected rows
    # get their name first: whoever sees the result also sees what is missing from it.
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
