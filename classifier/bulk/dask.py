"""Tags Parquet or JSON Lines files on any file system into a folder of partitions, with Dask workers.

    files → partitions (row groups, blocks of lines) → `tag_part` on whichever worker is free → OUT/part-00000.parquet

Each worker writes the partitions that it tagged. If a worker is lost, the scheduler gives its partitions to another. If
the run is interrupted, the same command resumes it and tags the missing partitions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from classifier.bulk.folders import folder_at
from classifier.bulk.job import Job, tag_part
from classifier.bulk.model_cache import LOCK, cached_classifier_for_bulk, identity, read_manifest
from classifier.bulk.partitions import InputFile, Partition, count_lines, cut, find_input_files
from classifier.bulk.parts import Parts
from classifier.errors import BatchError, EntriesError, MissingExtra, ThoughtmarkError
from classifier.model.artifact import Manifest
from classifier.model.packaged import MODELS

try:
    import distributed
    import fsspec
except ImportError:
    raise MissingExtra("--engine dask", "dask") from None

_PATIENCE: Final = 10
"""Seconds to wait for an answer of the scheduler."""


def tag_with_dask(
    inputs: Sequence[str],
    out: str,
    job: Job,
    *,
    scheduler: str | None = None,
    workers: int = 1,
    overwrite: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Tag files into a folder of partitions, or resume such a run. Return the number of unreadable rows.

    Parameters
    ----------
    inputs
        Paths, URLs or patterns of Parquet and JSON Lines files, or folders of them.
    out
        Path or URL of the folder to write.
    job
        How the entries are tagged. The path or URL of a model must be readable for all workers.
    scheduler, workers
        Address of a scheduler. None starts one on this machine, with `workers` worker processes.
    overwrite
        Whether to replace an existing result, or another interrupted run, in the folder.
    progress
        Called with the number of finished partitions and the number of all partitions.

    Raises
    ------
    EntriesError
        The inputs hold no entry, or a file has no column for the text.
    UnknownName
        An option names a label or operating point that the model does not have.
    BatchError
        The scheduler does not answer, its workers cannot do the job, or the folder holds something else.
    """
    job = _with_absolute_model(job)
    manifest = read_manifest(job.model)
    job.part_format(manifest)  # raises for wrong options before any work starts
    files = _input_files(inputs, out, job)
    parts = _open_parts(out, job, manifest, files, overwrite=overwrite)
    with _client(scheduler, workers) as client:
        _check_workers(client, job.model, identity(manifest))
        partitions = cut(files, lambda *blocks: client.gather(client.map(count_lines, *blocks, pure=False)))
        work = partial(_tag_partition, parts, job, identity(manifest))
        _tag_missing(client, partitions, work, parts.done(), progress)
    if len(parts.done()) < len(partitions):
        raise BatchError(f"{out}: the workers wrote to another place; name a folder that all machines share")
    parts.finish()
    return sum(parts.folder.read(name).count(b"\n") for name in parts.rejected())


def _with_absolute_model(job: Job) -> Job:
    """Return the job with an absolute path of its model, because workers run in other folders."""
    if job.model is None or job.model in MODELS or "://" in job.model:
        return job
    return replace(job, model=str(Path(job.model).absolute()))


def _open_parts(out: str, job: Job, manifest: Manifest, files: Sequence[InputFile], *, overwrite: bool) -> Parts:
    """Return the parts of the result: those of an interrupted run with the same plan, or new ones."""
    parts = Parts(folder_at(out), job.format)
    plan = job.plan(manifest, files=[(file.url, file.size, file.changed) for file in files])
    if parts.finished() or not parts.holds(plan):
        parts.start(plan, overwrite=overwrite)
    return parts


def _input_files(inputs: Sequence[str], out: str, job: Job) -> list[InputFile]:
    """Return the files to read; raise if all are empty or if one of them is in the folder to write."""
    files = [file for given in inputs for file in find_input_files(given, job.columns)]
    fs, folder = fsspec.core.url_to_fs(out)
    if any(file.url.startswith(f"{fs.unstrip_protocol(folder)}/") for file in files):
        raise BatchError(f"--out {out} contains one of the files to read; name another folder")
    if not any(file.has_rows for file in files):
        raise EntriesError(f"{', '.join(inputs)}: is empty; expected at least one entry")
    return files


def _tag_missing(
    client: Any,
    partitions: Sequence[Partition],
    work: Callable[[Partition], None],
    done: Collection[int],
    progress: Callable[[int, int], None],
) -> None:
    """Let the workers tag the partitions that are not in `done`, and wait for the results."""
    missing = [partition for partition in partitions if partition.number not in done]
    finished = len(partitions) - len(missing)
    progress(finished, len(partitions))
    for future in distributed.as_completed(client.map(work, missing, pure=False, retries=1)):
        try:
            future.result()
        except distributed.scheduler.KilledWorker:
            raise BatchError(
                "several workers died on the same partition, perhaps because memory ran out; give them more memory, "
                "or write smaller row groups. Run the same command again to resume."
            ) from None
        finished += 1
        progress(finished, len(partitions))


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Any]:
    """Yield a client of the given scheduler, or of a new one on this machine."""
    logging.getLogger("distributed").setLevel(logging.WARNING)
    if scheduler is not None:
        try:
            asyncio.run(asyncio.wait_for(_check_scheduler(scheduler), _PATIENCE))
            client = distributed.Client(scheduler, timeout=_PATIENCE)
        except (OSError, TimeoutError, ValueError):
            raise BatchError(
                f"--scheduler {scheduler}: no answer within {_PATIENCE} s; start one with `dask scheduler`, or leave "
                f"out the option to use workers on this machine"
            ) from None
        with client:
            yield client
        return
    with (
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):
        client.register_plugin(_QuietWorker())
        yield client


class _QuietWorker(distributed.WorkerPlugin):
    """Turns off the tracebacks that workers log for failed partitions. The command reports a failure in a sentence."""

    def setup(self, worker: object) -> None:
        for name in ("worker", "worker.state_machine"):
            logging.getLogger(f"distributed.{name}").disabled = True


async def _check_scheduler(address: str) -> None:
    """Raise if the scheduler does not answer. `distributed.Client` alone would wait forever for a silent scheduler."""
    security = distributed.security.Security().get_connection_args("client")
    comm = await distributed.comm.core.connect(address, timeout=_PATIENCE, **security)
    await comm.close()


def _check_workers(client: Any, model: str | None, expected: dict[str, str]) -> None:
    """Raise `BatchError` if a worker would give other results than this process. Call this before any work starts."""
    addresses = list(client.scheduler_info(n_workers=-1)["workers"])
    if not addresses:
        raise BatchError("the scheduler has no worker; start one with `dask worker ADDRESS`")
    checks = {
        address: client.submit(_worker_problem, model, expected, workers=[address], pure=False) for address in addresses
    }
    for address, future in checks.items():
        try:
            problem = future.result()
        except Exception as error:
            raise BatchError(
                f"worker {address} cannot run thoughtmark ({type(error).__name__}); install version "
                f"{expected['thoughtmark']} there"
            ) from None
        if problem:
            raise BatchError(f"worker {address} {problem}")


def _worker_problem(model: str | None, expected: dict[str, str]) -> str:
    """Return why this worker would give other results, as words that follow "worker", or an empty string."""
    try:
        with LOCK:
            present = identity(cached_classifier_for_bulk(model).manifest)
    except (ThoughtmarkError, OSError) as error:
        return f"cannot load the model: {error}"
    for name, wanted in expected.items():
        if present[name] != wanted:
            return (
                f"has another {name}: {present[name]}, expected {wanted}; install the same thoughtmark everywhere "
                f"and, with --model, use the same artifact"
            )
    return ""


def _tag_partition(parts: Parts, job: Job, expected: dict[str, str], partition: Partition) -> None:
    """Tag a partition and store the result. This function runs on a worker."""
    problem = _worker_problem(job.model, expected)  # again, for workers that joined after the check
    if problem:
        raise BatchError(f"a worker {problem}. Run the same command again to resume.")
    try:
        items = list(partition.read(job.columns))
    except OSError as error:
        raise BatchError(
            f"{partition.file.url}: cannot be read ({type(error).__name__}); check that it is there. Run the same "
            f"command again to resume."
        ) from None
    tag_part(partition.number, items, parts, job)
