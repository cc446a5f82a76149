"""Entries in, one file of tags out, by one process or several, and able to go on after it was broken off.

entries → chunks → tagged by whichever process is free → parts, each whole or not there → one file in their order
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from typing import Any

from joblib import Parallel, delayed

from classifier.bulk.frames import classifier_for_many, manifest_of
from classifier.bulk.parts import Parts
from classifier.errors import BatchError
from classifier.journal.entry import Entry, Unreadable
from classifier.options import Options
from classifier.report.rowwise import RowFormat, rowwise
from classifier.taxonomy import Taxonomy

_CHUNK = 500
"""Entries of a part: about a second's work, which is what a kill can cost."""

_CHARACTERS = 1 << 22
"""Characters from which a part has enough entries, so that long ones do not fill the memory."""


@dataclass(frozen=True, slots=True)
class Job:
    """How the entries are tagged.

    model
        Path of an artifact, or None for the default model.
    form
        Form of the result.
    options
        What to look for, as in `Classifier.tag_many`.
    with_text
        Whether the tagged sentences stand in the result.
    """

    model: str | None
    form: RowFormat
    options: Options
    with_text: bool


def tag_to_file(
    entries: Iterator[Entry | Unreadable], parts: Parts, job: Job, *, plan: Any, jobs: int = 1, overwrite: bool = False
) -> tuple[int, Sequence[Unreadable]]:
    """Tag entries into one file, or go on with it.

    Parameters
    ----------
    entries
        As `read_entries` gives them; the same again when a run goes on.
    parts
        Where the result grows.
    job
        How they are tagged.
    plan
        What tells this run from others, as JSON: its files, and what `job` does not say.
    jobs
        Processes; each has the model in memory.
    overwrite
        Whether a result that is there may be replaced.

    Returns how many rows could not be read, and the first of them.

    Raises
    ------
    UnknownName
        An option names what the model does not have.
    BatchError
        A result or another run is in the way, or something cannot be written. What is done is kept.
    """
    manifest = manifest_of(job.model)
    manifest.thresholds_for(job.options)  # raises for a wrong name before anything is begun
    model = {"model": manifest.version, "sha256": manifest.sha256}
    settings = {"form": job.form, "options": asdict(job.options), "with_text": job.with_text, "chunk": _CHUNK}
    form = rowwise(job.form, taxonomy=Taxonomy.from_dict(manifest.taxonomy), with_text=job.with_text)
    parts.open({**plan, **model, **settings}, overwrite=overwrite)
    numbers = 0
    refused = 0
    first: list[Unreadable] = []

    def waiting() -> Iterator[tuple[int, list[Entry | Unreadable]]]:
        nonlocal numbers, refused
        for number, chunk in enumerate(_chunks(entries)):
            numbers = number + 1
            unreadable = [item for item in chunk if isinstance(item, Unreadable)]
            refused += len(unreadable)
            first.extend(unreadable[: _TOLD - len(first)])
            if not parts.has(number):
                yield number, chunk

    work = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    try:
        for _ in work(delayed(_tag_chunk)(parts, number, chunk, job) for number, chunk in waiting()):
            pass
    except BrokenProcessPool:
        raise BatchError(
            "a process that tagged was killed, as happens without memory; give fewer --jobs; called again as it was, "
            "the run goes on"
        ) from None
    parts.close(numbers, form.join)
    return refused, first


_TOLD = 20
"""Rows that could not be read which are named on the screen; the side file has them all."""


def _chunks(entries: Iterator[Entry | Unreadable]) -> Iterator[list[Entry | Unreadable]]:
    chunk: list[Entry | Unreadable] = []
    characters = 0
    for item in entries:
        chunk.append(item)
        characters += len(item.text) if isinstance(item, Entry) else 0
        if len(chunk) == _CHUNK or characters >= _CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _tag_chunk(parts: Parts, number: int, chunk: list[Entry | Unreadable], job: Job) -> None:
    classifier = classifier_for_many(job.model)
    readable = [item for item in chunk if isinstance(item, Entry)]
    tagged = classifier.tag_many((entry.text for entry in readable), job.options)
    form = rowwise(job.form, taxonomy=classifier.taxonomy, with_text=job.with_text)
    content = form.render([(e, replace(t, id=e.id)) for e, t in zip(readable, tagged, strict=True)])
    rejected = "".join(json.dumps(item.as_dict()) + "\n" for item in chunk if isinstance(item, Unreadable))
    parts.put(number, content, rejected.encode())
