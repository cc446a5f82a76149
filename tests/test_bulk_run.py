"""Large files: results that grow in parts, can be resumed after a kill, and are the same however they are made."""

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
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.__main__ import main
from classifier.bulk import run
from classifier.bulk.folders import LocalFolder
from classifier.bulk.job import Job
from classifier.bulk.parts import Parts
from classifier.journal.entry import Entry

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
    """1,700 entries and one line that is not an entry, in JSON Lines."""
    path = tmp_path_factory.mktemp("journal") / "a.jsonl"
    rows = [json.dumps({"id": f"e{i}", "text": text(i)}) for i in range(1_700)]
    rows.insert(600, f'{{"text": "{CANARY}')
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def undisturbed(journal: Path, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a run that was not interrupted."""
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
    """The result has each entry once, in order; rejected rows are listed by number and reason only."""
    assert [row["id"] for row in rows(undisturbed)] == [f"e{i}" for i in range(1_700)]
    side = undisturbed.with_name("tags.jsonl.rejected.jsonl")
    (rejected,) = rows(side)
    assert (rejected["source"], rejected["row"]) == (str(journal), 601)
    assert "is not a JSON object" in rejected["reason"]
    assert CANARY not in side.read_text() + undisturbed.read_text()
    assert left(undisturbed.parent) == ["tags.jsonl", "tags.jsonl.rejected.jsonl"]


def test_processes_give_the_same(journal: Path, undisturbed: Path, small_model: Path, tmp_path: Path) -> None:
    """Two processes give the same bytes as one."""
    out = tmp_path / "tags.jsonl"
    assert tag(journal, "--out", out, "--model", small_model, "--jobs", 2).exit_code == 3
    assert out.read_bytes() == undisturbed.read_bytes()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_and_called_again(
    journal: Path, undisturbed: Path, small_model: Path, tmp_path: Path, jobs: int
) -> None:
    """Killed at any moment and started again with the same command, a run gives the same bytes."""
    out = tmp_path / "tags.jsonl"
    call = [*PROGRAM, str(journal), "--out", str(out), "--model", str(small_model), "--jobs", str(jobs)]
    chance = random.Random(5)
    for kill in range(4):
        with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and not (out.with_name("tags.jsonl.parts") / f"part-{kill:05}.jsonl").exists():
                time.sleep(0.005)
            time.sleep(chance.random() / 5)
            run.kill()
        if out.exists():  # it was finished before the kill
            break
        assert not out.exists()
    subprocess.run(call, capture_output=True, check=False)
    assert out.read_bytes() == undisturbed.read_bytes()
    assert left(tmp_path) == ["tags.jsonl", "tags.jsonl.rejected.jsonl"]


def test_killed_when_the_result_was_there(
    journal: Path, undisturbed: Path, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed while it deleted its parts deletes the rest when it is repeated; the result stays."""
    out = tmp_path / "tags.jsonl"
    real, gone = Path.unlink, []

    def broken_off(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "tags.jsonl.parts" and path.name.startswith("part-"):
            if len(gone) == 3:
                raise KeyboardInterrupt
            gone.append(path)
        real(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", broken_off)
        assert tag(journal, "--out", out, "--model", small_model).exit_code == 1
    assert "_SUCCESS" in left(out.with_name("tags.jsonl.parts"))
    assert tag(journal, "--out", out, "--model", small_model).exit_code == 3
    assert out.read_bytes() == undisturbed.read_bytes()
    side = "tags.jsonl.rejected.jsonl"
    assert (tmp_path / side).read_bytes() == undisturbed.with_name(side).read_bytes()
    assert left(tmp_path) == ["tags.jsonl", side]


@pytest.mark.parametrize("option", ["--with-text", "--overwrite"])
def test_a_folder_of_another_is_left_alone(journal: Path, small_model: Path, tmp_path: Path, option: str) -> None:
    """A folder that only happens to have the name of the parts is refused and stays as it is."""
    kept = tmp_path / "tags.jsonl.parts" / "chapter.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    result = tag(journal, "--out", tmp_path / "tags.jsonl", "--model", small_model, option)
    assert result.exit_code == 2
    assert "holds more than results of thoughtmark" in result.stderr
    assert kept.read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds a process's children as Linux does")
def test_a_killed_process_of_several(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """If a tagging process is killed, the error is one sentence, and finished parts are kept."""
    path = tmp_path / "long.jsonl"
    path.write_bytes(journal.read_bytes() * 4)
    out = tmp_path / "tags.jsonl"
    call = [*PROGRAM, str(path), "--out", str(out), "--model", str(small_model), "--jobs", "2"]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        while not list(tmp_path.glob("tags.jsonl.parts/part-*")):
            time.sleep(0.01)
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        os.kill(next(child for child, command in commands.items() if b"popen_loky" in command), signal.SIGKILL)
        _, said = run.communicate()
    assert run.returncode == 2
    assert "a tagging process was killed" in said
    assert "Traceback" not in said
    assert not out.exists()
    assert list(tmp_path.glob("tags.jsonl.parts/part-*"))


def test_other_settings_do_not_resume(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """An interrupted run is not resumed with other settings; the message names what differs."""
    out = tmp_path / "tags.jsonl"
    parts = Parts(LocalFolder(out.with_name("tags.jsonl.parts")), "jsonl")
    parts.start({"files": [], "options": {}, "format": "jsonl"}, overwrite=False)
    result = tag(journal, "--out", out, "--model", small_model, "--operating-point", "sensitive")
    assert result.exit_code == 2
    assert "other settings (files, " in result.stderr
    assert "--overwrite" in result.stderr
    assert not out.exists()
    assert tag(journal, "--out", out, "--model", small_model, "--overwrite").exit_code == 3
    assert len(rows(out)) == 1_700


def test_a_result_is_not_replaced_unasked(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """An existing result is not replaced without --overwrite."""
    out = tmp_path / "tags.csv"
    out.write_text("mine")
    result = tag(journal, "--out", out, "--model", small_model)
    assert result.exit_code == 2
    assert "already exists" in result.stderr
    assert out.read_text() == "mine"
    assert tag(journal, "--out", out, "--model", small_model, "--overwrite").exit_code == 3
    assert out.read_text(encoding="utf-8-sig").startswith("entry,")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_no_text_unless_asked(form: str, small_model: Path, tmp_path: Path) -> None:
    """A result contains no word of the text; with --with-text it contains the tagged sentences."""
    (tmp_path / "a.txt").write_text(f"{CALM} I'm a complete failure {CANARY} and I always will be.", encoding="utf-8")
    out = tmp_path / f"tags.{form}"
    for option, held in (("--overwrite", False), ("--with-text", True)):
        assert tag(tmp_path / "a.txt", "--out", out, "--model", small_model, "--overwrite", option).exit_code == 0
        content = str(pq.read_table(out).to_pylist()) if form == "parquet" else out.read_text(encoding="utf-8")
        assert "labeling" in content
        assert (CANARY in content) == held


def test_parquet_out_is_what_jsonl_is(undisturbed: Path, journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A Parquet file contains the same rows as JSON Lines, with types."""
    out = tmp_path / "tags.parquet"
    assert tag(journal, "--out", out, "--model", small_model).exit_code == 3
    assert pq.read_table(out).to_pylist() == [
        row | {"probabilities": row["probabilities"] or None} for row in rows(undisturbed)
    ]


def test_parquet_in(undisturbed: Path, small_model: Path, tmp_path: Path) -> None:
    """A Parquet file is read like the same entries as JSON Lines; rows without text are named by number."""
    ids, texts = [f"e{i}" for i in range(1_700)], [text(i) for i in range(1_700)]
    table = pa.table({"id": [*ids, "none"], "text": [*texts, None], "mood": range(1_701)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=400)
    out = tmp_path / "tags.jsonl"
    result = tag(tmp_path / "a.parquet", "--out", out, "--model", small_model)
    assert result.exit_code == 3
    assert "a.parquet:1701: has no text" in result.stderr
    assert out.read_bytes() == undisturbed.read_bytes()


def test_csv_of_parts_is_one_table(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """A CSV file has one header and a row for each tag, however many parts it was joined from."""
    out = tmp_path / "tags.csv"
    assert tag(journal, "--out", out, "--model", small_model).exit_code == 3
    with out.open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert len(out.read_text(encoding="utf-8").split("entry,date")) == 2
    assert len({row["entry"] for row in table}) == 1_700
    assert {row["model"] for row in table} == {table[0]["model"]}


def damaged(folder: Path) -> Iterator[tuple[str, str]]:
    """Parquet files that cannot be tagged, and part of the message for each."""
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
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), folder / "rowless.parquet")
    yield "rowless.parquet", "is empty"


def test_parquet_that_cannot_be_tagged(small_model: Path, tmp_path: Path) -> None:
    """A file without the column, cut short, empty or of another type is reported without its text."""
    for name, said in damaged(tmp_path):
        result = tag(tmp_path / name, "--out", tmp_path / "tags.jsonl", "--model", small_model, "--overwrite")
        assert result.exit_code in {2, 3}
        assert said in result.stderr
        assert CANARY not in result.stderr


def test_parquet_rows_that_are_odd(small_model: Path, tmp_path: Path) -> None:
    """A row that is not UTF-8 is named by number; an odd date or a second column makes no difference."""
    texts = pa.array([CALM.encode(), b"\xff" + CANARY.encode(), None, CALM.encode()], pa.binary())
    table = pa.table(
        [texts.view(pa.string()), pa.array([1, 2, 3, 4]), pa.array([2**62] * 4, pa.timestamp("us")), [CANARY] * 4],
        names=["text", "id", "date", "text"],
    )
    pq.write_table(table, tmp_path / "a.parquet")
    out = tmp_path / "tags.jsonl"
    result = tag(tmp_path / "a.parquet", "--out", out, "--model", small_model)
    assert result.exit_code == 3
    assert [(row["id"], row["status"]) for row in rows(out)] == [("1", "no_tags"), ("4", "no_tags")]
    rejected = rows(tmp_path / "tags.jsonl.rejected.jsonl")
    assert [(row["row"], row["reason"].split(";")[0]) for row in rejected] == [
        (2, "contains bytes that are not valid in the encoding of the file"),
        (3, "has no text: expected a string in the field 'text'"),
    ]
    assert CANARY not in result.output + out.read_text()


def test_a_parquet_page_that_is_damaged(small_model: Path, tmp_path: Path) -> None:
    """The rows before a damaged page are tagged, and the file is named without a word of its text."""
    path, out = tmp_path / "a.parquet", tmp_path / "tags.jsonl"
    texts = [f"{CALM} {CANARY} {number}" for number in range(3_000)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=500, compression="none", use_dictionary=False)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff" * 3_000 + content[len(content) // 2 + 3_000 :])
    result = tag(path, "--out", out, "--model", small_model)
    assert result.exit_code == 3
    assert "is not a whole Parquet file" in result.stderr
    assert 1_000 <= len(rows(out)) < 3_000
    assert CANARY not in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", "", "is empty"),
        ("a.jsonl", "\n\n", "is empty"),
        ("a.csv", "", "is empty"),
        ("a.csv", "id,text\n", "is empty"),
        ("a.csv", f'id,text\n1,"{CALM}"\n2,"{CANARY}', "a.csv:3: has a quotation mark that is not closed"),
        ("a.tsv", f"id\ttext\n1\t{CALM}\n2", "a.tsv:3: has 1 cells where the header has 2"),
        ("a.jsonl", f'{{"text": "{CALM}"}}\n{{"text": "{CANARY}', "a.jsonl:2: is not a JSON object"),
        ("a.jsonl", f'{{"text": "{CALM}"}}\n{{"text": ["{CANARY}"]}}\n{{"text": 5}}', "a.jsonl:3: has no text"),
    ],
)
def test_files_that_are_not_whole(small_model: Path, tmp_path: Path, name: str, content: str, said: str) -> None:
    """A file that is empty, ends in the middle or has mixed types is named with the line; the rest is tagged."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    out = tmp_path / "tags.jsonl"
    result = tag(tmp_path / name, "--out", out, "--model", small_model)
    assert result.exit_code == 3
    assert said in result.stderr
    assert len(rows(out)) == (CALM in content)
    assert CANARY not in result.stderr + (tmp_path / "tags.jsonl.rejected.jsonl").read_text()


LENGTHS = [0, 1, 900, run._CHARACTERS // 3, run._CHARACTERS]


@settings(deadline=None)  # a bound in time would only measure how busy the machine is
@given(st.lists(st.sampled_from(LENGTHS), max_size=40).map(lambda lengths: lengths * 20))
def test_chunks_are_bounded(lengths: list[int]) -> None:
    """Chunks keep the order of the entries and are bounded in number and length, for entries of any length."""
    texts = {length: "x" * length for length in lengths}
    entries = [Entry(str(i), texts[length], None, None, f"a:{i}") for i, length in enumerate(lengths)]
    chunks = list(run._chunks(iter(entries)))
    assert [entry.source for chunk in chunks for entry in chunk] == [entry.source for entry in entries]
    for chunk in chunks:
        assert 0 < len(chunk) <= run._CHUNK
        assert sum(len(entry.text) for entry in chunk[:-1]) < run._CHARACTERS  # type: ignore[union-attr]


def test_options_without_effect_are_told(journal: Path, small_model: Path) -> None:
    """An option without effect is a wrong call."""
    for options in (["--jobs", "2"], ["--scheduler", "tcp://127.0.0.1:9"]):
        result = tag(journal, "--model", small_model, *options)
        assert result.exit_code == 2
        assert f"{options[0]} is for" in result.stderr


def test_parquet_is_no_stream(journal: Path, small_model: Path) -> None:
    """Parquet is not written to the screen."""
    result = tag(journal, "--format", "parquet", "--model", small_model)
    assert result.exit_code == 2
    assert "name it, such as --out tags.parquet" in result.stderr


BOUNDED = """
import resource, signal
from classifier.language import reason_not_to_judge
reason_not_to_judge("Heute war es wieder still.")  # unpacks a large file, so it must run before the limit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from classifier.__main__ import main
main(prog_name="thoughtmark")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="bounds files as POSIX does")
def test_full_disk(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """If the disk is full, the error says so, no file has the final name, and the run can be resumed."""
    out = tmp_path / "tags.jsonl"
    call = [*PROGRAM, str(journal), "--out", str(out), "--model", str(small_model)]
    result = subprocess.run([sys.executable, "-c", BOUNDED, *call[3:]], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "cannot be written (File too large). Free disk space" in result.stderr
    assert "Traceback" not in result.stderr
    assert left(tmp_path) == ["tags.jsonl.parts"]
    assert subprocess.run(call, capture_output=True, check=False).returncode == 3
    assert len(rows(out)) == 1_700


@pytest.mark.skipif(not hasattr(os, "fork"), reason="bounds files as POSIX does")
@pytest.mark.parametrize("name", ["report.html", "table.txt"])
def test_full_disk_under_a_report(journal: Path, small_model: Path, tmp_path: Path, name: str) -> None:
    """A page or table that cannot be written completely leaves no file, and the error says so."""
    call = ["tag", str(journal), "--out", str(tmp_path / name), "--model", str(small_model)]
    bounded = BOUNDED.replace("400_000", "20_000")
    result = subprocess.run([sys.executable, "-c", bounded, *call], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (
        2,
        "thoughtmark: File too large. Free disk space or check permissions.\n",
    )
    assert left(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="bounds files as POSIX does")
@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_full_disk_under_the_screen(journal: Path, small_model: Path, tmp_path: Path, form: str) -> None:
    """Output that is redirected to a full disk ends with one sentence."""
    call = ["tag", str(journal), "--format", form, "--model", str(small_model)]
    bounded = BOUNDED.replace("400_000", "20_000")
    with (tmp_path / "redirected").open("wb") as out:
        result = subprocess.run(
            [sys.executable, "-c", bounded, *call], stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (result.returncode, result.stderr) == (
        2,
        "thoughtmark: File too large. Free disk space or check permissions.\n",
    )


def test_a_link_leads_to_the_file(small_model: Path, tmp_path: Path) -> None:
    """If --out is a link, the file that it leads to is written, and the link stays a link."""
    entry, link, file = tmp_path / "a.txt", tmp_path / "link.jsonl", tmp_path / "elsewhere" / "tags.jsonl"
    entry.write_text(CALM)
    file.parent.mkdir()
    link.symlink_to(file)
    assert tag(entry, "--out", link, "--model", small_model).exit_code == 0
    assert link.is_symlink()
    assert len(rows(file)) == 1
    assert left(tmp_path) == ["a.txt", "elsewhere", "link.jsonl"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
@pytest.mark.parametrize("name", ["tags.jsonl", "report.html"])
def test_no_file(small_model: Path, tmp_path: Path, name: str) -> None:
    """An --out that is not a file, such as a pipe, is refused and stays as it is."""
    (tmp_path / "a.txt").write_text(CALM)
    os.mkfifo(tmp_path / name)
    result = tag(tmp_path / "a.txt", "--out", tmp_path / name, "--overwrite", "--model", small_model)
    assert result.exit_code == 2
    assert "is not a file; name a file" in result.stderr
    assert (tmp_path / name).is_fifo()


def test_what_is_done_is_not_done_again(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resumed run tags only the chunks whose part is missing."""
    tagged: list[int] = []
    real = run.tag_part

    def watched(number: int, *rest: Any) -> None:
        tagged.append(number)
        real(number, *rest)

    monkeypatch.setattr(run, "tag_part", watched)
    job, out = Job(format="jsonl", model=str(small_model)), tmp_path / "out.jsonl"

    def entries(until: int) -> Iterator[Entry]:
        for i in range(1_200):
            if i == until:
                raise KeyboardInterrupt
            yield Entry(str(i), CALM, None, None, f"a:{i}")

    with pytest.raises(KeyboardInterrupt):
        run.tag_to_file(entries(1_100), out, job, files=[])
    assert tagged
    before = len(tagged)
    run.tag_to_file(entries(-1), out, job, files=[])
    assert sorted(tagged) == [0, 1, 2]
    assert before < 3
