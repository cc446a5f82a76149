"""Large files: results that grow in parts, go on where they were broken off, and are the same however they are made."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from classifier import batch
from classifier.__main__ import main
from classifier.entries import Entry
from classifier.errors import BatchError
from classifier.parts import Parts

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

FAILURE = "I'm a complete failure and I always will be."
CALM = "Slept ok. Coffee, then the bus to work in the rain."
TEXTS = [FAILURE, CALM, "Ich habe heute wieder nicht geschlafen und denke nur an die Arbeit.", "", f"{CALM} {FAILURE}"]
CANARY = "zanzibarquokka"
PROGRAM = [sys.executable, "-m", "classifier", "tag"]


def text(number: int) -> str:
    return f"{TEXTS[number % len(TEXTS)]} Day {number}." if number % len(TEXTS) != 3 else ""


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,700 entries and one line that is none, in JSON Lines."""
    path = tmp_path_factory.mktemp("journal") / "a.jsonl"
    rows = [json.dumps({"id": f"e{i}", "text": text(i)}) for i in range(1_700)]
    rows.insert(600, f'{{"text": "{CANARY}')
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def undisturbed(journal: Path, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a run that nothing has disturbed."""
    out = tmp_path_factory.mktemp("undisturbed") / "tags.jsonl"
    assert tag(journal, "--out", out, "--model", small_model).exit_code == 3
    return out


def tag(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["tag", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_order_and_rejected_rows(journal: Path, undisturbed: Path) -> None:
    """Every entry stands once, in its order; a row that cannot be read is told by number and reason only."""
    assert [row["id"] for row in rows(undisturbed)] == [f"e{i}" for i in range(1_700)]
    side = undisturbed.with_name("tags.jsonl.rejected.jsonl")
    (rejected,) = rows(side)
    assert (rejected["source"], rejected["row"]) == (str(journal), 601)
    assert "is not a JSON object" in rejected["reason"]
    assert CANARY not in side.read_text() + undisturbed.read_text()
    assert left(undisturbed.parent) == ["tags.jsonl", "tags.jsonl.rejected.jsonl"]


def test_processes_give_the_same(journal: Path, undisturbed: Path, small_model: Path, tmp_path: Path) -> None:
    """Two processes give the very bytes of one."""
    out = tmp_path / "tags.jsonl"
    assert tag(journal, "--out", out, "--model", small_model, "--jobs", 2).exit_code == 3
    assert out.read_bytes() == undisturbed.read_bytes()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_killed_and_called_again(journal: Path, undisturbed: Path, small_model: Path, tmp_path: Path) -> None:
    """Killed at any moment and called again as it was, a run ends as if nothing had been."""
    out = tmp_path / "tags.jsonl"
    call = [*PROGRAM, str(journal), "--out", str(out), "--model", str(small_model)]
    chance = random.Random(5)
    for kill in range(4):
        with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and not (out.with_name("tags.jsonl.parts") / f"{kill:06}").exists():
                time.sleep(0.005)
            time.sleep(chance.random() / 5)
            run.kill()
        if out.exists():  # it was done before
            break
        assert not out.exists()
    subprocess.run(call, capture_output=True, check=False)
    assert out.read_bytes() == undisturbed.read_bytes()
    assert left(tmp_path) == ["tags.jsonl", "tags.jsonl.rejected.jsonl"]


def test_other_settings_do_not_go_on(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A run that was broken off is not finished with other settings; the message names what differs."""
    out = tmp_path / "tags.jsonl"
    Parts(out).open({"files": [], "options": {}, "form": "jsonl"}, overwrite=False)
    result = tag(journal, "--out", out, "--model", small_model, "--operating-point", "sensitive")
    assert result.exit_code == 2
    assert "other settings (files, " in result.stderr
    assert "--overwrite" in result.stderr
    assert not out.exists()
    assert tag(journal, "--out", out, "--model", small_model, "--overwrite").exit_code == 3
    assert len(rows(out)) == 1_700


def test_a_result_is_not_replaced_unasked(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A file that is there is refused and stays, unless --overwrite is given."""
    out = tmp_path / "tags.csv"
    out.write_text("mine")
    result = tag(journal, "--out", out, "--model", small_model)
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert out.read_text() == "mine"
    assert tag(journal, "--out", out, "--model", small_model, "--overwrite").exit_code == 3
    assert out.read_text(encoding="utf-8-sig").startswith("entry,")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_no_text_unless_asked(form: str, small_model: Path, tmp_path: Path) -> None:
    """A result holds no word of the text; with --with-text it holds the tagged sentences."""
    (tmp_path / "a.txt").write_text(f"{CALM} I'm a complete failure {CANARY} and I always will be.", encoding="utf-8")
    out = tmp_path / f"tags.{form}"
    for option, held in (("--overwrite", False), ("--with-text", True)):
        assert tag(tmp_path / "a.txt", "--out", out, "--model", small_model, "--overwrite", option).exit_code == 0
        content = str(pq.read_table(out).to_pylist()) if form == "parquet" else out.read_text(encoding="utf-8")
        assert "labeling" in content
        assert (CANARY in content) == held


def test_parquet_out_is_what_jsonl_is(undisturbed: Path, journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A Parquet file holds the rows of the JSON Lines, with types."""
    out = tmp_path / "tags.parquet"
    assert tag(journal, "--out", out, "--model", small_model).exit_code == 3
    assert pq.read_table(out).to_pylist() == [
        row | {"probabilities": row["probabilities"] or None} for row in rows(undisturbed)
    ]


def test_parquet_in(undisturbed: Path, small_model: Path, tmp_path: Path) -> None:
    """A Parquet file is read like the same entries as JSON Lines, rows without text told by number."""
    ids, texts = [f"e{i}" for i in range(1_700)], [text(i) for i in range(1_700)]
    table = pa.table({"id": [*ids, "none"], "text": [*texts, None], "mood": range(1_701)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=400)
    out = tmp_path / "tags.jsonl"
    result = tag(tmp_path / "a.parquet", "--out", out, "--model", small_model)
    assert result.exit_code == 3
    assert "a.parquet:1701: has no text" in result.stderr
    assert out.read_bytes() == undisturbed.read_bytes()


def test_csv_of_parts_is_one_table(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """However many parts a CSV file had, it has one header, and a row for each tag."""
    out = tmp_path / "tags.csv"
    assert tag(journal, "--out", out, "--model", small_model).exit_code == 3
    with out.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert len(out.read_text(encoding="utf-8").split("entry,date")) == 2
    assert len({row["entry"] for row in found}) == 1_700
    assert {row["model"] for row in found} == {found[0]["model"]}


def damaged(folder: Path) -> Iterator[tuple[str, str]]:
    """Parquet files that cannot be tagged, and what is said of each."""
    whole = folder / "whole.parquet"
    pq.write_table(pa.table({"id": ["a"], "mood": [CANARY]}), whole)
    yield "whole.parquet", "its columns are 'id', 'mood'"
    pq.write_table(pa.table({"text": [CANARY * 50]}), folder / "cut.parquet")
    (folder / "cut.parquet").write_bytes((folder / "cut.parquet").read_bytes()[:-20])
    yield "cut.parquet", "is not a whole Parquet file"
    (folder / "empty.parquet").write_bytes(b"")
    yield "empty.parquet", "is not a whole Parquet file"
    pq.write_table(pa.table({"text": [1, 2]}), folder / "numbers.parquet")
    yield "numbers.parquet", "has no text: expected a string"


def test_parquet_that_cannot_be_tagged(small_model: Path, tmp_path: Path) -> None:
    """A file without the column, cut short, empty or of another type gets a sentence, and none of its text."""
    for name, said in damaged(tmp_path):
        result = tag(tmp_path / name, "--out", tmp_path / "tags.jsonl", "--model", small_model, "--overwrite")
        assert result.exit_code in {2, 3}
        assert said in result.stderr
        assert CANARY not in result.stderr


def test_parquet_is_no_stream(journal: Path, small_model: Path) -> None:
    """Parquet is not written to the screen."""
    result = tag(journal, "--format", "parquet", "--model", small_model)
    assert result.exit_code == 2
    assert "name it, such as --out tags.parquet" in result.stderr


BOUNDED = """
import resource, signal
from classifier.language import reason_not_to_judge
reason_not_to_judge("Heute war es wieder still.")  # unpacks a file of its own, which is not what is bounded here
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from classifier.__main__ import main
main(prog_name="mindmark")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="bounds files as POSIX does")
def test_full_disk(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """Where a file cannot grow, that is said, nothing has the final name, and with room the run goes on."""
    out = tmp_path / "tags.jsonl"
    call = [*PROGRAM, str(journal), "--out", str(out), "--model", str(small_model)]
    result = subprocess.run([sys.executable, "-c", BOUNDED, *call[3:]], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "cannot be written (File too large); make room" in result.stderr
    assert "Traceback" not in result.stderr
    assert left(tmp_path) == ["tags.jsonl.parts"]
    assert subprocess.run(call, capture_output=True, check=False).returncode == 3
    assert len(rows(out)) == 1_700


def test_a_part_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written to its end leaves no file."""
    parts = Parts(tmp_path / "out")
    parts.open({}, overwrite=False)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(BatchError, match="No space left on device"):
        parts.put(0, b"content", b"")
    assert left(parts.folder) == ["plan.json"]
    assert not parts.has(0)


def test_what_is_done_is_not_done_again(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on tags only the chunks that are not there."""
    tagged: list[int] = []
    real = batch._tag_chunk

    def watched(parts: Parts, number: int, *rest: Any) -> None:
        tagged.append(number)
        real(parts, number, *rest)

    monkeypatch.setattr(batch, "_tag_chunk", watched)
    job = batch.Job(str(small_model), "jsonl", (), with_text=False)
    parts = Parts(tmp_path / "out.jsonl")

    def entries(until: int) -> Iterator[Entry]:
        for i in range(1_200):
            if i == until:
                raise KeyboardInterrupt
            yield Entry(str(i), CALM, None, None, f"a:{i}")

    with pytest.raises(KeyboardInterrupt):
        batch.tag_to_file(entries(1_100), parts, job, plan={})
    assert tagged
    before = len(tagged)
    batch.tag_to_file(entries(-1), parts, job, plan={})
    assert sorted(tagged) == [0, 1, 2]
    assert before < 3
