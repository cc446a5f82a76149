"""Parquet or JSON Lines on any file system in, a folder of tagged partitions out, by the workers of Dask.

    files → partitions (row groups, blocks of lines) → `tag_frame` on whichever worker is free → OUT/part-00000.parquet

Each partition is written under another name and then renamed, by the worker that tagged it, and the scheduler gives
those of a lost worker to another. A run that was broken off goes on with the partitions that are not there. `_SUCCESS`
stands in the folder once all are, as Hadoop has it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal
from uuid import uuid4

from classifier.bulk.frames import classifier_for_many, manifest_of, tag_frame
from classifier.errors import BatchError, EntriesError, MissingExtra, ThoughtmarkError
from classifier.journal.columns import ColumnOptions, choose_columns
from classifier.journal.entry import Entry, Unreadable
from classifier.journal.jsonl import Block, read_block
from classifier.journal.parquet import read_row_group
from classifier.model.artifact import Manifest
from classifier.options import Options
from classifier.report.parquet import schema, to_bytes

try:
    import distributed
    import fsspec
    import pandas as pd
    import pyarrow as pa
    from fsspec.utils import read_block as bytes_of_block
    from pyarrow import parquet as pq
except ImportError:
    raise MissingExtra("the engine", "dask") from None

_LEAST: Final = 1 << 18
_MOST: Final = 1 << 23
"""Bytes of JSON Lines in a partition: half a second's work, and twenty."""

_MANY: Final = 64
"""Partitions that are worth having, so that no worker waits long for the last one."""

_PATIENCE: Final = 10
"""Seconds that a scheduler has to answer."""

_ENDINGS: Final = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}

_PLAN: Final = "_plan.json"
_SUCCESS: Final = "_SUCCESS"
_OURS: Final = re.compile(rf"{_PLAN}|{_SUCCESS}|part-\d+\.\w+(\.jsonl)?|.*\.growing")

PartFormat = Literal["jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class Job:
    """How partitions are tagged.

    out
        Folder of the result, a path or URL.
    form
        Form of the result.
    model
        Path or URL of an artifact that every worker can read, or None for the default model.
    text_column, id_column
        Columns or fields; None for those with the usual names.
    options, with_text
        As in `tag_frame`.
    expected
        What every worker must have, as `_facts_of` tells it; filled in when the run begins.
    """

    out: str
    form: PartFormat
    model: str | None
    text_column: str | None
    id_column: str | None
    options: Options
    with_text: bool = False
    expected: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its URL, and what the ids of its rows begin with where they have none."""

    url: str
    name: str

    @property
    def form(self) -> str:
        """Form of the file."""
        return _ENDINGS[PurePosixPath(self.url).suffix]


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of the input.

    start, size
        Number of the row group; or the first byte of a block and its bytes, of which the lines count that start there.
    lines, entries
        Lines, and among them lines that are not blank, before it in its file; of Parquet both are rows.
    """

    number: int
    source: Source
    start: int
    size: int
    lines: int
    entries: int


def tag_with_dask(
    inputs: Sequence[str],
    job: Job,
    *,
    scheduler: str | None = None,
    workers: int = 1,
    overwrite: bool = False,
    tell: Callable[[int, int, int], None] = lambda done, all_, rows: None,
) -> int:
    """Tag files into a folder of partitions, or go on with it; return how many rows could not be read.

    Parameters
    ----------
    inputs
        Paths, URLs or patterns of Parquet and JSON Lines files, or folders of them.
    job
        How they are tagged.
    scheduler
        Address of a scheduler; None starts one on this machine.
    workers
        Processes of the scheduler on this machine.
    overwrite
        Whether a result that is there, or another run that was broken off, may be lost.
    tell
        Called with the partitions done and in all, and the rows done.

    Raises
    ------
    EntriesError
        There is nothing to read, or it has no column for the text.
    BatchError
        The scheduler does not answer, its workers cannot do the job, or the folder is in the way. What is done is kept.
    """
    fs, folder = fsspec.core.url_to_fs(job.out)
    here = job.model is None or "://" in job.model  # what is relative here is not so in the folder of a worker
    model = job.model if here else str(Path(str(job.model)).absolute())
    expected = _facts_of(manifest_of(model))
    job = replace(job, out=fs.unstrip_protocol(folder), model=model, expected=tuple(expected.items()))
    sources = [source for given in inputs for source in _sources(given)]
    filled = [_holds_rows(source, job, folder) for source in sources]  # each is looked at before any work starts
    if not any(filled):
        raise EntriesError(f"{', '.join(inputs)}: is empty; expected at least one entry")
    plan = {"model": expected, "job": _settings(job), "files": [_facts(source) for source in sources]}
    _open(fs, folder, json.loads(json.dumps(plan)), overwrite=overwrite)
    with _client(scheduler, workers) as client:
        _check_workers(client, job)
        partitions = _partitions(client, sources)
        done = _done(fs, folder, job.form)
        todo = [part for part in partitions if part.number not in done]
        finished, rows = len(partitions) - len(todo), 0
        tell(finished, len(partitions), rows)
        for future in distributed.as_completed(client.map(_tag, todo, job=job, pure=False, retries=1)):
            rows += _result(future)
            finished += 1
            tell(finished, len(partitions), rows)
    return _close(fs, folder, {part.number for part in partitions}, job)


def _facts_of(manifest: Manifest) -> dict[str, str]:
    """What a process has: its thoughtmark, and the model with this manifest."""
    return {"thoughtmark": version("thoughtmark"), "model": manifest.version, "sha256": manifest.sha256}


def _sources(given: str) -> list[Source]:
    try:
        fs, path = fsspec.core.url_to_fs(given)
        above = path
        if fs.isdir(path):
            found = [file for ending in _ENDINGS for file in fs.glob(f"{path}/**/*{ending}")]
        elif any(character in path for character in "*?["):
            found, above = fs.glob(path), re.split(r"[*?\[]", path)[0].rpartition("/")[0]
        else:
            found, above = [path] if fs.exists(path) else [], path.rpartition("/")[0]
    except (OSError, ValueError, ImportError) as error:
        raise EntriesError(f"{given}: cannot be reached ({type(error).__name__}); check the address") from None
    found = sorted(file for file in found if PurePosixPath(file).suffix in _ENDINGS)
    if not found:
        raise EntriesError(f"{given}: expected Parquet or JSON Lines files, found none; known: {', '.join(_ENDINGS)}")
    return [
        Source(fs.unstrip_protocol(file), str(PurePosixPath(file.removeprefix(above).lstrip("/")).with_suffix("")))
        for file in found
    ]


def _facts(source: Source) -> list[Any]:
    fs, path = fsspec.core.url_to_fs(source.url)
    info = fs.info(path)
    changed = next((str(info[key]) for key in ("mtime", "LastModified", "updated", "ETag") if key in info), "")
    return [source.url, info["size"], changed]


def _settings(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in ("form", "text_column", "id_column", "with_text")} | {
        "options": asdict(job.options)
    }


def _holds_rows(source: Source, job: Job, folder: str) -> bool:
    """Raise where a file lies in the folder of the result, or is Parquet that is broken or without a text column."""
    _, path = fsspec.core.url_to_fs(source.url)
    if path.startswith(f"{folder}/"):
        raise BatchError(f"--out {job.out} holds one of the files to read; name another folder")
    if source.form == "jsonl":
        return bool(_length(source))
    with _parquet(source.url) as table:
        columns = choose_columns(table.schema_arrow.names, ColumnOptions(job.text_column, job.id_column))
        rows = table.metadata.num_rows
    if columns.text is None:
        raise EntriesError(
            f"{source.url}: has no column for the text; {columns}; name the right one with --text-column"
        )
    return bool(rows)


@contextmanager
def _parquet(path: str) -> Iterator[Any]:
    try:
        with fsspec.open(path, "rb") as stream, pq.ParquetFile(stream) as table:
            yield table
    except (pa.ArrowException, OSError):
        raise EntriesError(f"{path}: is not a whole Parquet file; copy it again, or export it again") from None


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Any]:
    logging.getLogger("distributed").setLevel(logging.WARNING)
    if scheduler is not None:
        try:
            asyncio.run(asyncio.wait_for(_greet(scheduler), _PATIENCE))
            client = distributed.Client(scheduler, timeout=_PATIENCE)
        except (OSError, TimeoutError, ValueError):
            raise BatchError(
                f"--scheduler {scheduler}: nothing answers there within {_PATIENCE} s; start it with `dask scheduler`, "
                f"or leave the option out for workers on this machine"
            ) from None
        with client:
            yield client
        return
    with (
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):
        client.register_plugin(_Quiet())
        yield client


class _Quiet(distributed.WorkerPlugin):
    """What goes wrong in a partition is told once, as a sentence, and not with a traceback by its worker before."""

    def setup(self, worker: object) -> None:
        for name in ("worker", "worker.state_machine"):
            logging.getLogger(f"distributed.{name}").disabled = True


async def _greet(scheduler: str) -> None:
    """Raise where nobody answers; `distributed.Client` waits for ever for one that takes the call and is silent."""
    security = distributed.security.Security().get_connection_args("client")
    comm = await distributed.comm.core.connect(scheduler, timeout=_PATIENCE, **security)
    await comm.close()


def _check_workers(client: Any, job: Job) -> None:
    """Raise where a worker could not do the job alike, before it starts."""
    addresses = list(client.scheduler_info(n_workers=-1)["workers"])
    if not addresses:
        raise BatchError("the scheduler has no worker; start one with `dask worker ADDRESS`")
    asked = {address: client.submit(_offer, job, workers=[address], pure=False) for address in addresses}
    for address, future in asked.items():
        try:
            problem = future.result()
        except Exception as error:
            raise BatchError(
                f"worker {address} cannot run thoughtmark ({type(error).__name__}); install the version "
                f"{dict(job.expected)['thoughtmark']} there"
            ) from None
        if problem:
            raise BatchError(f"worker {address} {problem}")


def _offer(job: Job) -> str:
    """Return why this process could not do the job alike; empty where it could."""
    try:
        found = {"thoughtmark": version("thoughtmark")}
        found |= _facts_of(classifier_for_many(job.model).manifest)
    except (ThoughtmarkError, OSError) as error:
        return f"cannot load the model: {error}"
    for name, wanted in job.expected:
        if found.get(name) != wanted:
            return (
                f"has another {name}: {found.get(name)}, expected {wanted}; give all the same thoughtmark and, with "
                f"--model, the same artifact"
            )
    return ""


def _partitions(client: Any, sources: Sequence[Source]) -> list[Partition]:
    """Cut files into partitions; the lines of JSON Lines are counted first, so that each row has its number."""
    found: list[Partition] = []
    lengths = {source.url: _length(source) for source in sources if source.form == "jsonl"}
    size = min(_MOST, max(_LEAST, sum(lengths.values()) // _MANY))
    for source in sources:
        if source.form == "parquet":
            with _parquet(source.url) as table:
                groups = [table.metadata.row_group(i).num_rows for i in range(table.metadata.num_row_groups)]
            starts, counts = list(range(len(groups))), [(rows, rows) for rows in groups]
        else:
            starts = list(range(0, lengths[source.url], size))
            sizes, urls = [size] * len(starts), [source.url] * len(starts)
            counts = client.gather(client.map(_count, urls, starts, sizes, pure=False))
        before = accumulate(counts, lambda total, more: (total[0] + more[0], total[1] + more[1]), initial=(0, 0))
        for start, (lines, entries) in zip(starts, before, strict=False):
            found.append(Partition(len(found), source, start, size, lines, entries))
    return found


def _length(source: Source) -> int:
    fs, path = fsspec.core.url_to_fs(source.url)
    length: int = fs.info(path)["size"]
    return length


def _count(url: str, start: int, size: int) -> tuple[int, int]:
    counted = Block(_lines(url, start, size)).counted()
    return counted.lines, counted.entries


def _lines(url: str, start: int, size: int) -> bytes:
    with fsspec.open(url, "rb") as stream:
        lines: bytes = bytes_of_block(stream, start, size, delimiter=b"\n")
    return lines


def _tag(part: Partition, job: Job) -> int:
    """Tag a partition and write it; runs on a worker. Return its rows."""
    problem = _offer(job)  # a worker may have come after the others were asked
    if problem:
        raise BatchError(f"a worker {problem}")
    try:
        items = list(_read(part, job))
    except OSError as error:
        raise BatchError(
            f"{part.source.url}: cannot be read ({type(error).__name__}); check that it is there"
        ) from None
    entries = [item for item in items if isinstance(item, Entry)]
    rejected = [item for item in items if isinstance(item, Unreadable)]
    frame = pd.DataFrame(
        {"id": [entry.id for entry in entries], "text": [entry.text for entry in entries]}, dtype=object
    )
    rows = tag_frame(
        frame, text_column="text", id_column="id", model=job.model, options=job.options, with_text=job.with_text
    ).to_dict("records")
    fs, folder = fsspec.core.url_to_fs(job.out)
    if rejected:
        lines = "".join(json.dumps(item.as_dict()) + "\n" for item in rejected)
        _write(fs, _name(folder, part.number, "rejected.jsonl"), lines.encode())
    _write(fs, _name(folder, part.number, job.form), _render(rows, job))
    return len(items)


def _read(part: Partition, job: Job) -> Iterator[Entry | Unreadable]:
    columns = {"text_column": job.text_column, "id_column": job.id_column}
    url, name = part.source.url, part.source.name
    if part.source.form == "parquet":
        with fsspec.open(url, "rb") as stream:
            yield from read_row_group(stream, part.start, source=url, name=name, rows=part.entries, **columns)
    else:
        block = Block(_lines(url, part.start, part.size), part.lines, part.entries)
        yield from read_block(block, source=url, name=name, **columns)


def _render(rows: list[dict[str, Any]], job: Job) -> bytes:
    if job.form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows).encode()
    return to_bytes(rows, schema(classifier_for_many(job.model).taxonomy, with_text=job.with_text))


def _name(folder: str, number: int, form: str) -> str:
    return f"{folder}/part-{number:05}.{form}"


def _write(fs: Any, path: str, content: bytes) -> None:
    """Write a file, wholly or not at all."""
    growing = f"{path}.{uuid4().hex}.growing"
    try:
        fs.pipe_file(growing, content)
        fs.mv(growing, path)
    except OSError as error:
        raise BatchError(f"{path}: cannot be written ({error.strerror or type(error).__name__}); make room") from None


def _result(future: Any) -> int:
    try:
        rows: int = future.result()
    except ThoughtmarkError as error:
        raise BatchError(f"{error}; called again as it was, the run goes on") from None
    except distributed.scheduler.KilledWorker:
        raise BatchError(
            "workers died again and again over one partition, as they do without memory; give them more, or cut the "
            "files into smaller row groups; called again as it was, the run goes on"
        ) from None
    return rows


def _open(fs: Any, folder: str, plan: dict[str, Any], *, overwrite: bool) -> None:
    file = f"{folder}/{_PLAN}"
    if fs.exists(folder):
        inside = fs.ls(folder, detail=False) if fs.isdir(folder) else [folder]
        found = _plan(fs.cat_file(file)) if fs.exists(file) else None
        if found == plan and not fs.exists(f"{folder}/{_SUCCESS}"):
            return
        if inside and (found is None or not all(_OURS.fullmatch(PurePosixPath(path).name) for path in inside)):
            raise BatchError(
                f"{folder} is there already, and holds more than results of thoughtmark; name another folder"
            )
        if inside and not overwrite:
            raise BatchError(
                f"{folder} is there already, and not of a run like this that was broken off; name another folder, or "
                f"replace it by --overwrite"
            )
        fs.rm(folder, recursive=True)
    fs.makedirs(folder, exist_ok=True)
    _write(fs, file, json.dumps(plan).encode())


def _plan(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _done(fs: Any, folder: str, form: str) -> set[int]:
    """Numbers of the partitions that are whole."""
    fs.invalidate_cache(folder)
    names = (PurePosixPath(path).name for path in fs.ls(folder, detail=False))
    return {int(found[1]) for name in names if (found := re.fullmatch(rf"part-(\d+)\.{form}", name))}


def _close(fs: Any, folder: str, numbers: set[int], job: Job) -> int:
    """Take away what lost workers left, mark the folder as whole, and return how many rows were rejected."""
    if numbers - _done(fs, folder, job.form):
        raise BatchError(
            f"{job.out}: the workers have written elsewhere; name a folder on a file system that all machines share"
        )
    for file in fs.glob(f"{folder}/*.growing"):
        fs.rm(file)
    rejected: int = sum(fs.cat_file(file).count(b"\n") for file in fs.glob(f"{folder}/part-*.rejected.jsonl"))
    _write(fs, f"{folder}/{_SUCCESS}", f"{len(numbers)} partitions\n".encode())
    return rejected
