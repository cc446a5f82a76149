"""No text leaves: a word hidden in journals and corpora appears in no message, log record, error or traceback.

Except where a person asks for it: the table and HTML show tagged sentences, and --with-text puts them into the other
formats.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from classifier.__main__ import main
from classifier.journal.reader import read_entries
from classifier.options import Options
from classifier.pipeline import Classifier
from classifier.taxonomy import Taxonomy
from training.corpus.check import check_corpus
from training.corpus.entries import CorpusError
from training.corpus.project_format import parse_line, read_corpus
from training.evaluation import evaluate_file
from training.trainer import train

CANARY = "zanzibarine"
THOUGHT = f"Day 12 with {CANARY}. I'm a complete {CANARY} failure and I always will be."
GERMAN = f"Ich habe heute wieder nicht geschlafen und denke nur an {CANARY} und an die Arbeit."

JOURNAL: dict[str, bytes] = {
    "good.txt": THOUGHT.encode(),
    "utf-16.txt": THOUGHT.encode("utf-16"),
    "german.txt": GERMAN.encode(),
    "short.txt": CANARY.encode(),
    "long.txt": (THOUGHT + "\n").encode() * 4_000,
    "huge.txt": (THOUGHT + "\n").encode() * 250_000,
    "binary.txt": b"\x00\x01\x02\xff" * 400 + CANARY.encode(),
    "bytes.txt": THOUGHT.encode() + "\u00e9\u00e8\u00ea".encode() * 9 + b"\xff\xfe" + CANARY.encode(),
    "front.md": f"---\ndate: {CANARY}\n---\n{THOUGHT}".encode(),
    "rows.csv": f'id,text\n1,"{THOUGHT}"\n2,{CANARY},{CANARY}\n3,"{CANARY}\0"\n4,"{CANARY}'.encode(),
    "headless.csv": f'"{THOUGHT}","{CANARY}"\n"{THOUGHT}",x\n'.encode(),
    "rows.jsonl": "\n".join(
        [
            json.dumps({"text": THOUGHT}),
            json.dumps({"text": GERMAN, "date": CANARY}),
            f'{{"text": "{CANARY}',
            json.dumps([CANARY]),
            json.dumps({"text": [CANARY]}),
            json.dumps({"body": 5, "note": CANARY}),
            json.dumps({"text": f"\ud83d {THOUGHT}"}),
            f'{{"text": "{CANARY}\udc80"}}',
        ]
    ).encode("utf-8", "surrogateescape"),
}

SPAN = {"start": 0, "end": len(THOUGHT), "labels": ["labeling"]}
GOOD_ROW: dict[str, Any] = {"id": "a", "kind": "entry", "text": THOUGHT, "spans": []}
FAULTY_LINES = [
    f'{{"id": "a", "text": "{CANARY}',
    json.dumps([CANARY]),
    json.dumps(CANARY),
    json.dumps({"id": "a", "kind": "entry", "text": [CANARY], "spans": []}),
    json.dumps({**GOOD_ROW, "spans": CANARY}),
    json.dumps({**GOOD_ROW, "spans": [CANARY]}),
    json.dumps({**GOOD_ROW, "spans": [{**SPAN, "start": CANARY}]}),
    json.dumps({**GOOD_ROW, "spans": [{**SPAN, "end": THOUGHT}]}),
    json.dumps({**GOOD_ROW, "spans": [{**SPAN, "end": 10**9}]}),
    json.dumps({**GOOD_ROW, "spans": [{**SPAN, "labels": CANARY}]}),
    json.dumps({**GOOD_ROW, "spans": [{**SPAN, "labels": [[CANARY]]}]}),
    json.dumps({"id": "a", "sentences": CANARY}),
    json.dumps({"id": "a", "sentences": [THOUGHT, 5], "labels": {}}),
    json.dumps({"id": "a", "sentences": [THOUGHT], "labels": {CANARY: ["labeling"]}}),
    json.dumps({"id": "a", "sentences": [THOUGHT], "labels": {"4": ["labeling"]}}),
    json.dumps({"id": "a", "sentences": [THOUGHT], "annotator_a": CANARY, "annotator_b": {}}),
]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A folder of journals, good and bad, with the canary in each."""
    folder = tmp_path / "journal"
    folder.mkdir()
    for name, content in JOURNAL.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(autouse=True)
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Record every log record of every package, and look through them after the test."""
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for record in caplog.records:
        assert CANARY not in repr(record.__dict__)
        assert CANARY not in caplog.handler.format(record)


def shown(error: BaseException) -> str:
    """Return all that is printed of an error by default, and what a debugger shows of it."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


def thoughtmark(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, stdout and stderr."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.stdout, result.stderr


def test_the_journal_is_read_as_meant(journal: Path) -> None:
    """The canary is where the tests below need it: in entries, and in files and rows that are not read."""
    items = list(read_entries([journal]))
    assert sum(hasattr(item, "text") and CANARY in item.text for item in items) >= 8
    assert sum(hasattr(item, "problem") for item in items) >= 8


@pytest.mark.parametrize("form", ["jsonl", "table", "csv", "html"])
def test_tagging(small_model: Path, journal: Path, tmp_path: Path, form: str) -> None:
    """For no kind of entry, good, broken, foreign or too long, does stderr say more than its place."""
    out = tmp_path / f"out.{form}"
    code, stdout, stderr = thoughtmark("tag", journal, "--model", small_model, "--format", form, "--out", out)
    assert code == 3
    assert sum(line.startswith("thoughtmark: ") for line in stderr.splitlines()) >= 8
    assert CANARY not in stdout + stderr
    assert (CANARY in out.read_text(encoding="utf-8")) == (form == "html")


def test_tagging_as_a_process(small_model: Path, journal: Path) -> None:
    """The same as a process of its own, where libraries may write to stderr too."""
    done = subprocess.run(
        [sys.executable, "-m", "classifier", "tag", journal, "--model", small_model, "--format", "jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert CANARY not in done.stderr + done.stdout


@pytest.mark.parametrize("name", sorted(JOURNAL))
def test_wrong_calls(small_model: Path, journal: Path, name: str) -> None:
    """A file that is given by itself, and with a column that it does not have, is not quoted either."""
    for options in ((), ("--text-column", "said")):
        _, _, stderr = thoughtmark("tag", journal / name, "--model", small_model, "--format", "jsonl", *options)
        assert CANARY not in stderr


def test_answers(classifier: Classifier) -> None:
    """An answer, printed or as data, has no word of the text."""
    for text in (THOUGHT, GERMAN, CANARY, CANARY * 20_000):
        answer = classifier.tag(text, Options(operating_point="sensitive"))
        assert CANARY not in repr(answer) + json.dumps(answer.as_dict())


@pytest.mark.parametrize("text", [THOUGHT.encode(), [THOUGHT], {CANARY: 1}, (CANARY, CANARY)])
def test_what_is_no_text(classifier: Classifier, text: Any) -> None:
    """A programmer who hands over something else than a string gets an error without its contents."""
    with pytest.raises((TypeError, AttributeError, KeyError, ValueError)) as caught:
        classifier.tag(text)
    assert CANARY not in shown(caught.value)


@pytest.mark.parametrize("line", FAULTY_LINES)
def test_faulty_line_of_a_corpus(line: str) -> None:
    """The error for a line that cannot be used, its traceback and its causes are without its text."""
    with pytest.raises(CorpusError) as caught:
        parse_line(line, "a.jsonl:1", Taxonomy.load())
    assert CANARY not in shown(caught.value)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A corpus with every fault, the canary in each, twice the same text, and a file that is not UTF-8."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    off_bounds = json.dumps({**GOOD_ROW, "spans": [{**SPAN, "end": 5}]})
    (folder / "a.jsonl").write_text("\n".join([*FAULTY_LINES, off_bounds, json.dumps(GOOD_ROW), json.dumps(GOOD_ROW)]))
    (folder / "b.jsonl").write_bytes(f'{{"id": "{CANARY}'.encode() + b"\xff")
    return folder


def test_corpus_check(faulty: Path) -> None:
    """Each fault of a corpus is named by its place."""
    faults = check_corpus(faulty, Taxonomy.load()).faults
    assert len(faults) > len(FAULTY_LINES)
    assert CANARY not in "\n".join(faults)
    code, _, stderr = thoughtmark("corpus", "check", faulty)
    assert code == 2
    assert CANARY not in stderr


@pytest.mark.parametrize("name", ["", "a.jsonl", "b.jsonl"])
def test_corpus_in_use(faulty: Path, classifier: Classifier, small_model: Path, tmp_path: Path, name: str) -> None:
    """Neither reading, nor training, nor measuring quotes a faulty corpus."""
    corpus = faulty / name
    for use in (
        lambda: read_corpus(corpus, Taxonomy.load()),
        lambda: train(tmp_path / "own", corpus=corpus),
        lambda: evaluate_file(classifier, corpus),
    ):
        with pytest.raises(CorpusError) as caught:
            use()
        assert CANARY not in shown(caught.value)
    for command in (
        ("train", "--corpus", corpus, "--out", tmp_path / "own"),
        ("evaluate", corpus, "--model", small_model),
        ("evaluate", "--corpus", corpus),
    ):
        code, stdout, stderr = thoughtmark(*command)
        assert code == 2
        assert CANARY not in stdout + stderr


def test_training_on_a_sound_corpus(two_labels: Path, tmp_path: Path) -> None:
    """Training and measuring say how much there was, and nothing of what it said."""
    file = two_labels / "corpus" / "a.jsonl"
    file.write_text(file.read_text().replace("useless", CANARY[:7]).replace("went", CANARY[:4]))
    taxonomy = two_labels / "taxonomy.toml"
    for command in (
        ("train", "--corpus", file, "--taxonomy", taxonomy, "--out", tmp_path / "own"),
        ("evaluate", file, "--model", tmp_path / "own"),
    ):
        code, stdout, stderr = thoughtmark(*command)
        assert code == 0
        assert CANARY[:4] not in stdout + stderr


def test_unknown_label_is_named_and_the_text_is_not(tmp_path: Path) -> None:
    """A label that does not exist is named, since it is an annotator's word and not the writer's."""
    row = {**GOOD_ROW, "spans": [{**SPAN, "labels": ["labelling"]}]}
    with pytest.raises(CorpusError, match="did you mean 'labeling'") as caught:
        parse_line(json.dumps(row), "a.jsonl:1", Taxonomy.load())
    assert CANARY not in shown(caught.value)
