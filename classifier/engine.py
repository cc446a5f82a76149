"""Parquet or JSON Lines on any file system in, a folder of tagged partitions out, by the workers of Dask.

    files → partitions (row groups, blocks of lines) → `tag_frame` on whichever worker is free → OUT/part-00000.parquet

Each partition is written under another name and then renamed, by the worker that tagged it, and the scheduler gives
those of a lost worker to another. A run that was broken off goes on with the partitions that are not there. `_SUCCESS`
stands in the folder once all are, as Hadoop has it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any, Final, Literal
from uuid import uuid4

from classifier.entries import json_object
from classifier.errors import BatchError, EntriesError, MindmarkError, MissingExtra
from classifier.frames import NOT_READ, classifier_of, tag_frame
from classifier.report.parquet import schema, to_bytes
from classifier.tables import Asked, Columns

try:
    import distributed
    import fsspec
    import pandas as pd
    import pyarrow as pa
    from fsspec.utils import read_block
    from pyarrow import parquet as pq
except ImportError:
    raise MissingExtra("the engine", "dask") from None

_BLOCK: Final = 1 << 20
"""Bytes of JSON Lines in a partition, some thousand entries and three seconds' work."""

_PATIENCE: Final = 10
"""Seconds that a scheduler has to answer."""

_ENDINGS: Final = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}

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
    options
        Of `tag_frame`, with `with_text`.
    """

    out: str
    form: PartFormat
    model: str | None
    text_column: str | None
    id_column: str | None
    options: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of the input.

    start, length
        Number of the row group, and 1; or the bytes of a block, of which the lines count that start there.
    rows
        Rows before it in its file.
    """

    number: int
    path: str
    start: int
    length: int
    rows: int = 0


def tag_with_dask(
    sources: Sequence[str],
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
    sources
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
    expected = _model(job.model)
    files = [file for source in sources for file in _files(source)]
    for path in files:
        _check_columns(path, job)
    fs, folder = fsspec.core.url_to_fs(job.out)
    plan = {"model": expected, "job": _settings(job), "files": [_facts(path) for path in files]}
    _open(fs, folder, json.loads(json.dumps(plan)), overwrite=overwrite)
    with _client(scheduler, workers) as client:
        _check_workers(client, job.model, expected)
        partitions = _partitions(client, files)
        todo = [part for part in partitions if not fs.exists(_name(folder, part.number, job.form))]
        futures = client.map(_tag, todo, job=job, pure=False, retries=1)
        done, rows = len(partitions) - len(todo), 0
        tell(done, len(partitions), rows)
        for future in distributed.as_completed(futures):
            rows += _result(future)
            done += 1
            tell(done, len(partitions), rows)
    return _close(fs, folder, len(partitions))


def _model(model: str | None) -> dict[str, str]:
    """What a process has: its mindmark, and the model that it loads."""
    classifier = classifier_of(model)
    return {"mindmark": version("mindmark"), "model": classifier.version, "sha256": classifier.manifest.sha256}


def _files(source: str) -> list[str]:
    try:
        fs, path = fsspec.core.url_to_fs(source)
        if fs.isdir(path):
            found = [file for ending in _ENDINGS for file in fs.glob(f"{path}/**/*{ending}")]
        else:
            found = fs.glob(path) if any(c in path for c in "*?[") else [path] if fs.exists(path) else []
    except (OSError, ValueError, ImportError) as error:
        raise EntriesError(f"{source}: cannot be reached ({type(error).__name__}); check the address") from None
    found = sorted(file for file in found if PurePosixPath(file).suffix in _ENDINGS)
    if not found:
        raise EntriesError(f"{source}: expected Parquet or JSON Lines files, found none; known: {', '.join(_ENDINGS)}")
    return [fs.unstrip_protocol(file) for file in found]


def _facts(path: str) -> list[Any]:
    fs, name = fsspec.core.url_to_fs(path)
    info = fs.info(name)
    changed = next((str(info[key]) for key in ("mtime", "LastModified", "updated", "ETag") if key in info), "")
    return [path, info["size"], changed]


def _settings(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in ("form", "text_column", "id_column")} | {"options": dict(job.options)}


def _form(path: str) -> str:
    return _ENDINGS[PurePosixPath(path).suffix]


def _check_columns(path: str, job: Job) -> None:
    """Raise where a Parquet file is broken, or has no column for the text."""
    if _form(path) == "parquet":
        with _parquet(path) as table:
            columns = Columns.among(table.schema_arrow.names, Asked(job.text_column, job.id_column))
        if columns.text is None:
            raise EntriesError(f"{path}: has no column for the text; {columns}; name the right one with --text-column")


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
        yield client


def _check_workers(client: Any, model: str | None, expected: dict[str, str]) -> None:
    """Raise where a worker could not do the job alike, before it starts."""
    addresses = list(client.scheduler_info(n_workers=-1)["workers"])
    if not addresses:
        raise BatchError("the scheduler has no worker; start one with `dask worker ADDRESS`")
    asked = {address: client.submit(_offer, model, workers=[address], pure=False) for address in addresses}
    for address, future in asked.items():
        try:
            found = future.result()
        except Exception as error:
            raise BatchError(
                f"worker {address} cannot run mindmark ({type(error).__name__}); install {expected['mindmark']} there"
            ) from None
        for name, wanted in expected.items():
            if found.get(name) != wanted:
                raise BatchError(
                    f"worker {address} has another {name}: {found.get(name) or found['problem']}, expected {wanted}; "
                    f"give all the same mindmark and, with --model, the same artifact"
                )


def _offer(model: str | None) -> dict[str, str]:
    try:
        return _model(model)
    except MindmarkError as error:
        return {"problem": str(error), "mindmark": version("mindmark")}


def _partitions(client: Any, files: Sequence[str]) -> list[Partition]:
    """Cut files into partitions; the lines of JSON Lines are counted first, so that each row has its number."""
    found: list[tuple[str, int, int, int]] = []
    for path in files:
        if _form(path) == "parquet":
            with _parquet(path) as table:
                sizes = [table.metadata.row_group(i).num_rows for i in range(table.metadata.num_row_groups)]
            places = [(i, 1) for i in range(len(sizes))]
        else:
            fs, name = fsspec.core.url_to_fs(path)
            places = [(start, _BLOCK) for start in range(0, fs.info(name)["size"], _BLOCK)]
            sizes = client.gather(client.map(_count, [path] * len(places), [start for start, _ in places], pure=False))
        before = accumulate(sizes, initial=0)
        found.extend((path, start, length, rows) for (start, length), rows in zip(places, before, strict=False))
    return [Partition(number, *place) for number, place in enumerate(found)]


def _count(path: str, start: int) -> int:
    return len(_lines(path, start, _BLOCK))


def _lines(path: str, start: int, length: int) -> list[bytes]:
    with fsspec.open(path, "rb") as stream:
        block = read_block(stream, start, length, delimiter=b"\n")
    return [line for line in block.split(b"\n") if line.strip()]


def _tag(part: Partition, job: Job) -> int:
    """Tag a partition and write it; runs on a worker. Return its rows."""
    frame, broken = _read(part, job)
    tagged = tag_frame(
        frame,
        text_column=job.text_column if len(frame.columns) else "text",
        id_column=job.id_column,
        model=job.model,
        **dict(job.options),
    )
    rejected = broken + [
        _rejection(part, int(number), reason)
        for number, status, reason in zip(frame["_row"], tagged["status"], tagged["reason"], strict=True)
        if status == NOT_READ
    ]
    rows = tagged[tagged["status"] != NOT_READ].to_dict("records")
    fs, folder = fsspec.core.url_to_fs(job.out)
    if rejected:
        rejected.sort(key=lambda row: row["row"])
        lines = "".join(json.dumps(row) + "\n" for row in rejected)
        _write(fs, _name(folder, part.number, "rejected.jsonl"), lines.encode())
    _write(fs, _name(folder, part.number, job.form), _render(rows, job))
    return len(rows) + len(rejected)


def _rejection(part: Partition, row: int, reason: str) -> dict[str, Any]:
    return {"source": part.path, "row": row, "reason": reason}


def _read(part: Partition, job: Job) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The rows of a partition, `_row` with their numbers, and what could not be read."""
    broken: list[dict[str, Any]] = []
    if _form(part.path) == "parquet":
        with _parquet(part.path) as table:
            columns = Columns.among(table.schema_arrow.names, Asked(job.text_column, job.id_column))
            wanted = [name for name in (columns.text, columns.id) if name is not None]
            frame = table.read_row_group(part.start, columns=wanted).to_pandas(integer_object_nulls=True)
        frame["_row"] = range(part.rows + 1, part.rows + 1 + len(frame))
    else:
        objects = []
        for row, line in enumerate(_lines(part.path, part.start, part.length), start=part.rows + 1):
            fields = json_object(line.decode("utf-8", "replace"))
            if fields is None:
                broken.append(
                    _rejection(part, row, 'is not a JSON object; write one object a line, such as {"text": "..."}')
                )
            else:
                objects.append({**fields, "_row": row})
        frame = pd.DataFrame(objects, dtype=object)
    if not len(frame):
        return pd.DataFrame({"text": [], "_row": []}, dtype=object), broken
    stem = PurePosixPath(part.path).stem
    frame.index = pd.Index([f"{stem}:{row}" for row in frame["_row"]], dtype=object)
    return frame, broken


def _render(rows: list[dict[str, Any]], job: Job) -> bytes:
    if job.form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows).encode()
    with_text = bool(dict(job.options).get("with_text"))
    return to_bytes(rows, schema(classifier_of(job.model).taxonomy, with_text=with_text))


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
    except MindmarkError as error:
        raise BatchError(f"{error}; called again as it was, the run goes on") from None
    except distributed.scheduler.KilledWorker:
        raise BatchError(
            "workers died again and again over one partition, as they do without memory; give them more, or cut the "
            "files into smaller row groups; called again as it was, the run goes on"
        ) from None
    return rows


def _open(fs: Any, folder: str, plan: dict[str, Any], *, overwrite: bool) -> None:
    file = f"{folder}/_plan.json"
    if fs.exists(folder):
        found = json.loads(fs.cat_file(file)) if fs.exists(file) else None
        if found == plan and not fs.exists(f"{folder}/_SUCCESS"):
            return
        if not overwrite:
            raise BatchError(
                f"{folder} is there already, and not of a run like this that was broken off; name another folder, or "
                f"replace it by --overwrite"
            )
        fs.rm(folder, recursive=True)
    fs.makedirs(folder, exist_ok=True)
    _write(fs, file, json.dumps(plan).encode())


def _close(fs: Any, folder: str, number: int) -> int:
    """Take away what lost workers left, mark the folder as whole, and return how many rows were rejected."""
    for file in fs.glob(f"{folder}/*.growing"):
        fs.rm(file)
    rejected: int = sum(fs.cat_file(file).count(b"\n") for file in fs.glob(f"{folder}/part-*.rejected.jsonl"))
    _write(fs, f"{folder}/_SUCCESS", f"{number} partitions\n".encode())
    return rejected
