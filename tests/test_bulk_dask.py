"""Dask: the same tags as one process gives, even if workers are lost; what cannot be done is reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from classifier.__main__ import main
from classifier.bulk import model_cache

distributed = pytest.importorskip("distributed")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from classifier.bulk import dask  # noqa: E402

FAILURE = "I'm a complete failure and I always will be."
CALM = "Slept ok. Coffee, then the bus to work in the rain."
CANARY = "zanzibarquokka"
ROWS = 3_000


def tag(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["tag", *map(str, arguments)])


def text(number: int) -> str:
    return f"{FAILURE if number % 3 else CALM} Day {number}. {CALM} {CALM}"


def lines(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def parts(folder: Path, form: str) -> list[Path]:
    return sorted(path for path in folder.glob(f"part-*.{form}") if "rejected" not in path.name)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Entries without ids, a few of them without text, as JSON Lines and as Parquet."""
    folder = tmp_path_factory.mktemp("journal")
    texts = [text(i) if i % 1_000 != 7 else None for i in range(ROWS)]
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts), encoding="utf-8")
    pq.write_table(pa.table({"text": texts}), folder / "a.parquet", row_group_size=300)
    return folder


@pytest.fixture(scope="module")
def plain(journal: Path, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The result of one process."""
    out = tmp_path_factory.mktemp("plain") / "tags.jsonl"
    assert tag(journal / "a.jsonl", "--out", out, "--model", small_model).exit_code == 3
    return lines(out)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers, each a process of its own."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as local:
        yield local


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_the_same_as_one_process(
    cluster: Any, journal: Path, plain: list[dict[str, Any]], small_model: Path, tmp_path: Path, ending: str
) -> None:
    """The partitions, in their order, equal the result of one process, also in the ids of rows without one."""
    out = tmp_path / "tags"
    options = ("--engine", "dask", "--scheduler", cluster.scheduler_address, "--format", "jsonl")
    result = tag(journal / f"a.{ending}", "--out", out, "--model", small_model, *options)
    assert result.exit_code == 3, result.stderr
    assert lines(*parts(out, "jsonl")) == plain
    assert [row["row"] for row in lines(*sorted(out.glob("*.rejected.jsonl")))] == [8, 1008, 2008]
    assert (out / "_SUCCESS").exists()


def test_a_folder_of_another_is_left_alone(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A folder that contains other files is never replaced."""
    kept = tmp_path / "chapter.txt"
    kept.write_text("mine")
    options = ("--engine", "dask", "--overwrite")
    result = tag(journal / "a.jsonl", "--out", tmp_path, "--model", small_model, *options)
    assert result.exit_code == 2
    assert "holds more than results of thoughtmark" in result.stderr
    assert kept.read_text() == "mine"


def test_parquet_out(
    cluster: Any, journal: Path, plain: list[dict[str, Any]], small_model: Path, tmp_path: Path
) -> None:
    """By default the partitions are Parquet, and together one table."""
    out = tmp_path / "tags"
    options = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
    assert tag(journal / "a.parquet", "--out", out, "--model", small_model, *options).exit_code == 3
    tagged = [row for path in parts(out, "parquet") for row in pq.read_table(path).to_pylist()]
    assert [row["id"] for row in tagged] == [row["id"] for row in plain]
    assert [row["tags"] for row in tagged] == [row["tags"] for row in plain]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_a_lost_worker(journal: Path, plain: list[dict[str, Any]], small_model: Path, tmp_path: Path) -> None:
    """A worker that is killed in the middle only costs time: the result is equal, with nothing in it twice."""
    out = tmp_path / "tags"
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        victim = next(iter(cluster.workers.values())).pid
        killed = threading.Event()

        def kill() -> None:
            while not parts(out, "jsonl"):
                time.sleep(0.01)
            os.kill(victim, signal.SIGKILL)
            killed.set()

        thread = threading.Thread(target=kill)
        thread.start()
        options = ("--engine", "dask", "--scheduler", cluster.scheduler_address, "--format", "jsonl")
        result = tag(journal / "a.parquet", "--out", out, "--model", small_model, *options)
        thread.join()
    assert killed.is_set()
    assert result.exit_code == 3, result.stderr
    assert lines(*parts(out, "jsonl")) == plain
    assert not list(out.glob(".*"))


def test_an_interrupted_run_is_resumed(
    cluster: Any, journal: Path, plain: list[dict[str, Any]], small_model: Path, tmp_path: Path
) -> None:
    """Finished partitions are not tagged again; other settings are refused, and so is a complete folder."""
    out = tmp_path / "tags"
    options = [
        "--engine",
        "dask",
        "--scheduler",
        cluster.scheduler_address,
        "--format",
        "jsonl",
        "--model",
        small_model,
    ]
    assert tag(journal / "a.parquet", "--out", out, *options).exit_code == 3
    (out / "_SUCCESS").unlink()
    first, *_, last = parts(out, "jsonl")
    last.unlink()
    kept = first.stat().st_mtime_ns
    refused = tag(journal / "a.parquet", "--out", out, *options, "--operating-point", "sensitive")
    assert refused.exit_code == 2
    assert "other settings (options)" in refused.stderr
    assert tag(journal / "a.parquet", "--out", out, *options).exit_code == 3
    assert first.stat().st_mtime_ns == kept
    assert lines(*parts(out, "jsonl")) == plain
    assert tag(journal / "a.parquet", "--out", out, *options).exit_code == 2


def test_a_scheduler_that_does_not_answer(journal: Path, small_model: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """An address that does not answer is reported in one sentence."""
    monkeypatch.setattr(dask, "_PATIENCE", 1)
    options = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    result = tag(journal / "a.jsonl", "--out", tmp_path / "tags", "--model", small_model, *options)
    assert result.exit_code == 2
    assert "no answer within 1 s" in result.stderr


def test_workers_of_another_version(
    cluster: Any, journal: Path, small_model: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    """Workers with another version of thoughtmark are reported before any work starts."""
    monkeypatch.setattr(model_cache, "version", lambda _: "99.0")
    options = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
    result = tag(journal / "a.jsonl", "--out", tmp_path / "tags", "--model", small_model, *options)
    assert result.exit_code == 2
    assert "has another thoughtmark" in result.stderr
    assert not parts(tmp_path / "tags", "parquet")


def test_workers_without_the_model(cluster: Any, journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A model that a worker cannot read is reported before any work starts."""
    expected = model_cache.identity(model_cache.read_manifest(str(small_model)))
    client = distributed.Client(cluster)
    try:
        with pytest.raises(dask.BatchError, match=r"cannot load the model: .*none\.thoughtmark"):
            dask._check_workers(client, str(tmp_path / "none.thoughtmark"), expected)
    finally:
        client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="bounds files as POSIX does")
def test_workers_without_room(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """The error of a worker is reported once, in one sentence, without a traceback."""
    bounded = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from classifier.__main__ import main; main(prog_name='thoughtmark')"
    )
    options = ["--out", str(tmp_path / "tags"), "--model", str(small_model), "--engine", "dask"]
    call = [sys.executable, "-c", bounded, "tag", str(journal / "a.jsonl"), *options]
    result = subprocess.run(call, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "cannot load the model: [Errno 27] File too large" in result.stderr
    assert result.stderr.count("File too large") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"id": ["a"], "mood": [CANARY]}, "its columns are 'id', 'mood'"),
        (None, "is not a complete Parquet file"),
    ],
)
def test_input_that_cannot_be_tagged(small_model: Path, tmp_path: Path, content: Any, said: str) -> None:
    """A file without the column, or a damaged one, is reported before any work starts, without its text."""
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1") if content is None else pq.write_table(pa.table(content), path)
    result = tag(path, "--out", tmp_path / "tags", "--model", small_model, "--engine", "dask")
    assert result.exit_code == 2
    assert said in result.stderr
    assert CANARY not in result.stderr


def test_nothing_to_read(small_model: Path, tmp_path: Path) -> None:
    """A folder without files is an error."""
    result = tag(tmp_path, "--out", tmp_path / "tags", "--model", small_model, "--engine", "dask")
    assert result.exit_code == 2
    assert "expected Parquet or JSON Lines files, found none" in result.stderr


def test_without_the_extra(tmp_path: Path) -> None:
    """Without the libraries of the extra the command says how to get them."""
    hidden = (
        "import sys; sys.modules['distributed'] = None\n"
        "from classifier.__main__ import main\nmain(prog_name='thoughtmark')"
    )
    words = ["tag", "a.parquet", "--engine", "dask", "--out", str(tmp_path / "tags")]
    result = subprocess.run([sys.executable, "-c", hidden, *words], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "pip install 'thoughtmark[dask]'" in result.stderr
