"""The corpus check: each fault has file and line, and the project's corpus has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classifier.taxonomy import Taxonomy
from training.corpus.check import check_corpus
from training.corpus.check_report import MINIMUM, CorpusReport
from training.corpus.entries import REASONS
from training.corpus.files import default_corpus

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


def hard(id_: str, text: str, *sentences: tuple[int, int, str]) -> dict[str, Any]:
    """Return an untagged entry with hard sentences."""
    return entry(id_, text) | {"untagged": [{"start": s, "end": e, "reason": reason} for s, e, reason in sentences]}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The file that a test writes its corpus to."""
    return tmp_path / "a.jsonl"


def check(corpus: Path, *rows: Any) -> CorpusReport:
    """Write rows (strings unchanged) and check them without minimum counts."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    corpus.write_text("\n".join(lines), encoding="utf-8")
    return check_corpus(corpus, TAXONOMY, minimum=False)


def test_sound_corpus(corpus: Path) -> None:
    """A sound corpus has no faults, and is counted."""
    report = check(
        corpus, entry("a", TEXT, (17, 37, "labeling")), entry("b", LONG, kind="thought"), entry("c", "Slept ok.")
    )
    assert report.faults == []
    assert (report.entries, report.thoughts, report.sentences) == (2, 1, 5)
    assert (report.tagged_sentences, report.tagged_in_entries, report.untagged_entries) == (1, 1 / 4, 1 / 2)
    assert +report.by_label == {"labeling": 1}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (entry("b", LONG, (0, 64, "mind_raeding")), "unknown label 'mind_raeding'; did you mean 'mind_reading'?"),
        (entry("b", LONG, (0, 65, "denial")), "span 0-65 is not within the text of 64 code points"),
        (entry("b", LONG, (3, 64, "denial")), "span 3-64 is not a sentence; the nearest is 0-64"),
        (entry("b", "  ", (0, 1, "denial")), "span 0-1 is not a sentence; the nearest is none, the text is empty"),
        (entry("a", LONG), "id 'a' is already used at {corpus}:1; give each entry its own"),
        (entry("b"), "the same as {corpus}:1; leave one of them out"),
        (entry("b", TEXT.upper()), "the same as {corpus}:1"),
        (entry("b", TEXT + " Night all."), "nearly the same as (85% of word pairs) {corpus}:1"),
        ('{"id": "b", ', "not valid JSON; each line must be one JSON object"),
        (entry("b", LONG, kind="note"), "kind: input should be 'entry' or 'thought'"),
        (entry("b", LONG) | {"near": ["denail"]}, "unknown label 'denail'; did you mean 'denial'?"),
        (hard("b", LONG, (0, 64, "sad")), "unknown reason in 'untagged'; expected one of pain, answered"),
        (hard("b", LONG, (0, 65, "pain")), "span 0-65 is not within the text of 64 code points"),
        (hard("b", LONG, (3, 64, "pain")), "span 3-64 is not a sentence; the nearest is 0-64"),
        (
            hard("b", LONG, (0, 64, "pain")) | entry("b", LONG, (0, 64, "denial")),
            "0-64 is in 'spans' and in 'untagged'; remove one of the two",
        ),
        (
            entry("b", LONG, (0, 64, "denial")) | {"near": ["denial"]},
            "has both 'spans' and 'near'; remove one of the two",
        ),
    ],
)
def test_fault_by_file_and_line(corpus: Path, row: Any, told: str) -> None:
    """A fault on the third line is reported there, and is the only one."""
    report = check(corpus, entry("a"), entry("x", "Slept ok."), row)
    (fault,) = report.faults
    assert fault.startswith(f"{corpus}:3: {told.format(corpus=corpus)}")


def test_all_faults_are_reported(corpus: Path) -> None:
    """All faults are reported."""
    report = check(corpus, "{", entry("a", TEXT, (0, 3, "denial"), (17, 36, "denial")), "[]", entry("a", LONG))
    assert [fault.split(": ")[0].removeprefix(f"{corpus}:") for fault in report.faults] == ["1", "3", "4", "2", "2"]


def test_lines_are_counted_as_editors_count_them(corpus: Path) -> None:
    """A Unicode line separator inside a text does not end the line, so line numbers are those of an editor."""
    report = check(corpus, entry("a", "Slept ok.\u2028Bed."), "{")
    assert report.faults == [f"{corpus}:2: not valid JSON; each line must be one JSON object"]


def test_different_texts_are_no_duplicates(corpus: Path) -> None:
    """Sharing half of the word pairs is no fault, nor are equal short texts."""
    report = check(corpus, entry("a"), entry("b", TEXT[:37] + " " + LONG), entry("c", "Ok."), entry("d", "Ok."))
    assert report.faults == []


def test_duplicates_across_files(tmp_path: Path) -> None:
    """A text or an id in two files of a folder is a fault of the second."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(json.dumps(entry("one")))
    faults = check_corpus(tmp_path, TAXONOMY, minimum=False).faults
    assert [fault.split(": ")[0] for fault in faults] == [f"{tmp_path / 'b.jsonl'}:1"] * 2


def test_sets_with_sentences_of_their_own(corpus: Path) -> None:
    """The sentences of a set are kept as they are, and disputed labels are no tags."""
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
    """A file that is not UTF-8 is a fault, and the others are checked."""
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xff")
    (tmp_path / "b.jsonl").write_text("{")
    first, second = check_corpus(tmp_path, TAXONOMY, minimum=False).faults
    assert first.startswith(f"{tmp_path / 'a.jsonl'}: cannot be read")
    assert second.startswith(f"{tmp_path / 'b.jsonl'}:1: ")


def test_counts_below_the_minimum(corpus: Path) -> None:
    """A corpus too small to train the default model has a fault for each count, label and reason."""
    corpus.write_text(json.dumps(entry("a", TEXT, (17, 37, "labeling"))))
    faults = check_corpus(corpus, TAXONOMY).faults
    for name, count in (("entries", 1), ("thoughts", 0), ("sentences", 3)):
        assert f"{count} {name}, expected at least {MINIMUM[name]}" in faults
    for label in TAXONOMY:
        least = MINIMUM["sentences of each label" + " that a source document names" * label.source.startswith("00")]
        assert f"label {label.id!r}: {int(label.id == 'labeling')} sentences, expected at least {least}" in faults
        for what in ("tagged thoughts", "near misses"):
            assert f"label {label.id!r}: 0 {what}, expected at least {MINIMUM[what + ' of each label']}" in faults
    for reason in REASONS:
        least = MINIMUM["sentences untagged for each reason"]
        assert f"reason {reason!r}: 0 sentences, expected at least {least}" in faults


def test_too_many_tags(corpus: Path) -> None:
    """Too many tagged entries and sentences are faults."""
    corpus.write_text(json.dumps(entry("a", TEXT, (17, 37, "labeling"))))
    faults = check_corpus(corpus, TAXONOMY).faults
    assert "0.0% of entries without a tag, expected 55% to 65%" in faults
    assert "33.3% of the entries' sentences tagged, expected at most 10%" in faults


def test_counts_by_label_and_reason(corpus: Path) -> None:
    """Tagged thoughts, near misses and hard sentences are counted; a label counts once per thought."""
    two = entry("a", "Useless me. Drunk me.", (0, 11, "labeling"), (12, 21, "labeling"), kind="thought")
    near = entry("b", LONG, kind="thought") | {"near": ["labeling", "denial"]}
    report = check(corpus, two, near, hard("c", TEXT, (0, 16, "pain"), (38, 56, "answered")))
    assert report.thoughts_by_label == {"labeling": 1}
    assert report.near == {"labeling": 1, "denial": 1}
    assert report.reasons == {"pain": 1, "answered": 1}


def test_shared_openings(corpus: Path) -> None:
    """Shared openings of texts and of tagged sentences are faults, and the summary lists them."""
    texts = [f"I think that {word} is over now." for word in ("work", "rain", "summer")]
    corpus.write_text("\n".join(json.dumps(entry(t, t, (0, len(t), "denial"))) for t in texts))
    report = check_corpus(corpus, TAXONOMY)
    told = "with the commonest opening: 100.00%, expected at most"
    assert sum(told in fault for fault in report.faults) == 2
    assert "\n".join(report.summary()).count("i think that 3") == 2


def test_sentences_told_twice(corpus: Path) -> None:
    """A sentence in two entries is a near copy, unless they are in one group."""
    what = "sentences that are near copies of one elsewhere"
    rows = [entry(id_, f"{LONG} {more}") for id_, more in (("a", "Slept until ten."), ("b", TEXT))]
    assert check(corpus, *rows).repeated[what] == pytest.approx(2 / 6)
    assert check(corpus, *(row | {"group": "lake"} for row in rows)).repeated[what] == 0


def test_runs_of_words_used_again(corpus: Path) -> None:
    """Repeated runs of words lower the share of different ones."""
    corpus.write_text("\n".join(json.dumps(entry(str(i), "one more day " * (10 + i))) for i in range(3)))
    report = check_corpus(corpus, TAXONOMY)
    assert report.distinct[2] == pytest.approx(3 / (29 + 32 + 35))
    assert "distinct runs of 2 words: 3.1%, expected at least 20%" in report.faults


def test_word_that_stands_in_tagged_sentences_only(corpus: Path) -> None:
    """A word in many sentences of a label and in no untagged one is a fault."""
    corpus.write_text("\n".join(json.dumps(entry(str(i), "Useless.", (0, 8, "labeling"))) for i in range(6)))
    fault = (
        "label 'labeling': 'useless' occurs in 6 tagged sentences and in no untagged sentence; "
        "write untagged sentences with this word"
    )
    assert fault in check_corpus(corpus, TAXONOMY).faults
    with corpus.open("a") as file:
        file.write("\n" + json.dumps(entry("x", "A useless map.")))
    assert fault not in check_corpus(corpus, TAXONOMY).faults


def test_empty_corpus(corpus: Path) -> None:
    """An empty corpus has counts of 0."""
    assert next(check(corpus).summary()) == "0 entries and 0 thoughts, 0 sentences"


def test_the_projects_corpus_has_no_fault() -> None:
    """The corpus that the default model is trained on passes every check."""
    assert check_corpus(default_corpus(), TAXONOMY).faults == []
