"""The corpus check: each fault by file and line, none in the project's corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classifier.taxonomy import Taxonomy
from training.check import MINIMUM, Report, check_corpus
from training.corpus import default_corpus

TAXONOMY = Taxonomy.load()
TEXT = "Day one of many. I'm a useless drunk. Bed early tonight."
LONG = "We drove out to the lake with the boys and came home after dark."


def entry(id_: str, text: str = TEXT, *spans: tuple[int, int, str], kind: str = "entry") -> dict[str, Any]:
    """Return an annotated entry."""
    return {
        "id": id_,
        "kind": kind,
        "text": text,
        "spans": [{"start": start, "end": end, "labels": [label]} for start, end, label in spans],
    }


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Where the corpus of a test is written."""
    return tmp_path / "a.jsonl"


def check(corpus: Path, *rows: Any) -> Report:
    """Write rows, those that are text as they are, and check them without asking for counts."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    corpus.write_text("\n".join(lines), encoding="utf-8")
    return check_corpus(corpus, TAXONOMY, minimum=False)


def test_sound_corpus(corpus: Path) -> None:
    """A corpus without faults has none, and is counted."""
    report = check(
        corpus, entry("a", TEXT, (17, 37, "labeling")), entry("b", LONG, kind="thought"), entry("c", "Slept ok.")
    )
    assert report.faults == []
    assert (report.entries, report.thoughts, report.sentences) == (2, 1, 5)
    assert (report.tagged_sentences, report.untagged_entries, report.by_label) == (1, 2, {"labeling": 1})


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (entry("b", LONG, (0, 64, "mind_raeding")), "unknown label 'mind_raeding'; did you mean 'mind_reading'?"),
        (entry("b", LONG, (0, 65, "denial")), "span 0-65 is not within the text of 64 code points"),
        (entry("b", LONG, (3, 64, "denial")), "span 3-64 is not a sentence; the nearest is 0-64"),
        (entry("b", "  ", (0, 1, "denial")), "span 0-1 is not a sentence; the nearest is none, the text is empty"),
        (entry("a", LONG), "id 'a' stands already at {corpus}:1; ids are unique"),
        (entry("b"), "the same as {corpus}:1; leave one of them out"),
        (entry("b", TEXT.upper()), "the same as {corpus}:1"),
        (entry("b", TEXT + " Night all."), "nearly the same as (82% of word pairs) {corpus}:1"),
        ('{"id": "b", ', "not valid JSON; each line is one object"),
        (entry("b", LONG, kind="note"), "kind is 'note'"),
    ],
)
def test_fault_by_file_and_line(corpus: Path, row: Any, told: str) -> None:
    """A fault on the third line is named there, and is the only one."""
    report = check(corpus, entry("a"), entry("x", "Slept ok."), row)
    (fault,) = report.faults
    assert fault.startswith(f"{corpus}:3: {told.format(corpus=corpus)}")


def test_all_faults_are_told(corpus: Path) -> None:
    """A fault hides no other."""
    report = check(corpus, "{", entry("a", TEXT, (0, 3, "denial"), (17, 36, "denial")), "[]", entry("a", LONG))
    assert [fault.split(": ")[0].removeprefix(f"{corpus}:") for fault in report.faults] == ["1", "3", "4", "2", "2"]


def test_lines_are_counted_as_editors_count_them(corpus: Path) -> None:
    """A separator of Unicode within a text is no line break, so that the lines after it keep their numbers."""
    report = check(corpus, entry("a", "Slept ok.\u2028Bed."), "{")
    assert report.faults == [f"{corpus}:2: not valid JSON; each line is one object"]


def test_different_texts_are_no_duplicates(corpus: Path) -> None:
    """Half the word pairs in common are no fault, and nor are short texts that are the same."""
    report = check(corpus, entry("a"), entry("b", TEXT[:37] + " " + LONG), entry("c", "Ok."), entry("d", "Ok."))
    assert report.faults == []


def test_duplicates_across_files(tmp_path: Path) -> None:
    """A text or an id that stands in two files of a folder is a fault of the second."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(json.dumps(entry("one")))
    faults = check_corpus(tmp_path, TAXONOMY, minimum=False).faults
    assert [fault.split(": ")[0] for fault in faults] == [f"{tmp_path / 'b.jsonl'}:1"] * 2


def test_sets_with_sentences_of_their_own(corpus: Path) -> None:
    """Where a set brings its sentences, these are the bounds, and what annotators dispute is no tag."""
    row = {
        "id": "p",
        "sentences": ["Day one. Slept ok", "I'm a drunk. Useless.", "One drink"],
        "annotator_a": {"1": ["labeling"], "2": ["minimizing"]},
        "annotator_b": {"1": ["labeling"]},
    }
    report = check(corpus, row, {"id": "q", "sentences": ["One drink. Only."], "labels": {"0": ["minimizing"]}})
    assert report.faults == []
    assert (report.sentences, report.tagged_sentences) == (4, 2)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is no UTF-8 is a fault, and the others are checked."""
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xff")
    (tmp_path / "b.jsonl").write_text("{")
    first, second = check_corpus(tmp_path, TAXONOMY, minimum=False).faults
    assert first.startswith(f"{tmp_path / 'a.jsonl'}: cannot be read")
    assert second.startswith(f"{tmp_path / 'b.jsonl'}:1: ")


def test_counts_below_the_minimum(corpus: Path) -> None:
    """A corpus too small to train the default model has a fault for each count, and for each label."""
    corpus.write_text(json.dumps(entry("a", TEXT, (17, 37, "labeling"))))
    faults = check_corpus(corpus, TAXONOMY).faults
    assert faults[:3] == [
        f"1 entries, expected at least {MINIMUM['entries']}",
        f"0 thoughts, expected at least {MINIMUM['thoughts']}",
        f"3 sentences, expected at least {MINIMUM['sentences']}",
    ]
    assert len(faults) == 3 + len(TAXONOMY)
    least = MINIMUM["sentences of each label"]
    assert f"label 'labeling' on 1 sentences, expected at least {least}" in faults


def test_summary_shows_repetition(corpus: Path) -> None:
    """The summary says how often texts begin alike, and how many of their word pairs are different ones."""
    texts = [f"I think that {word} is over now." for word in ("work", "rain", "summer")]
    report = check(corpus, *(entry(str(i), text, (0, len(text), "denial")) for i, text in enumerate(texts)))
    summary = "\n".join(report.summary())
    assert "3 entries and 0 thoughts, 3 sentences\ntagged sentences: 3 (100.0%)" in summary
    assert summary.count('"i think that" 3 (100.0%)') == 2
    assert 0 < report.distinct_pairs < 1
    assert check(corpus, entry("a"), entry("b", LONG)).distinct_pairs == 1


def test_empty_corpus(corpus: Path) -> None:
    """A corpus without entries is counted as such."""
    assert next(check(corpus).summary()) == "0 entries and 0 thoughts, 0 sentences"


def test_the_projects_corpus_has_no_fault() -> None:
    """The corpus that the default model is trained on passes every check."""
    assert check_corpus(default_corpus(), TAXONOMY).faults == []
