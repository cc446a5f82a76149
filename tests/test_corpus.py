"""The project's format: files in, sentences with their labels out, faults with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedSpan, CorpusError
from training.corpus.files import corpus_files, corpus_fingerprint, default_corpus
from training.corpus.project_format import parse_line, read_corpus
from training.corpus.sentences import split_entries

TAXONOMY = Taxonomy.load()
ENTRY: dict[str, Any] = {
    "id": "e-1",
    "kind": "entry",
    "profile": "woman, 41",
    "text": "Day one. I'm a useless drunk. Bed early.",
    "spans": [{"start": 9, "end": 29, "labels": ["labeling"]}],
}
ANNOTATED: dict[str, Any] = {
    "id": "post-1",
    "sentences": ["Day one. ", "I'm a useless drunk.", "It was one drink.", "Bed early."],
    "annotator_a": {"1": ["labeling", "all_or_nothing"], "2": ["minimizing"]},
    "annotator_b": {"1": ["labeling"]},
}


def write(path: Path, *rows: Any) -> Path:
    """Write rows as JSON Lines, without escapes."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def parsed(row: Any) -> Any:
    """Return the entry that a row is read as."""
    return parse_line(json.dumps(row), "a.jsonl:7", TAXONOMY)


def test_entry_with_spans() -> None:
    """The fields of an entry are kept, and an entry without a group is its own group."""
    entry = parsed(ENTRY)
    assert (entry.id, entry.kind, entry.profile, entry.group, entry.source) == (
        "e-1",
        "entry",
        "woman, 41",
        "e-1",
        "a.jsonl:7",
    )
    assert entry.spans == (AnnotatedSpan(9, 29, ("labeling",)),)
    assert entry.starts is None
    assert entry.disputed == ()
    assert parsed({**ENTRY, "group": "g"}).group == "g"


@pytest.mark.parametrize("fields", [{"text": "Day \ud83d one."}, {"sentences": ["Day \ud83d one."]}])
def test_half_a_surrogate_pair(fields: dict[str, Any]) -> None:
    """Half a surrogate pair, which JSON may hold but no file, becomes U+FFFD and moves no offset."""
    assert parsed({"id": "a", "kind": "entry", **fields}).text == "Day \ufffd one."


def test_fields_that_only_the_reader_knows() -> None:
    """A line of the project's format cannot set its source, its sentence split, or what is disputed."""
    span = {"start": 0, "end": 3, "labels": ["denial"]}
    entry = parsed({**ENTRY, "source": "b.jsonl:1", "starts": [3], "disputed": [span]})
    assert (entry.source, entry.starts, entry.disputed) == ("a.jsonl:7", None, ())


def test_labels_stand_in_the_taxonomys_order() -> None:
    """Labels are a set: order and repetition in the file do not matter."""
    span = {"start": 9, "end": 29, "labels": ["labeling", "catastrophizing", "labeling"]}
    assert parsed({**ENTRY, "spans": [span]}).spans[0].labels == ("catastrophizing", "labeling")


def test_entry_with_sentences_of_its_own() -> None:
    """A set with its own sentences keeps them: one per line of the text, with a span for each labelled one."""
    entry = parsed({"id": 7, "sentences": ["First. Still first. ", " Second"], "labels": {"0": ["denial"], "1": []}})
    assert (entry.id, entry.text, entry.starts) == ("7", "First. Still first.\nSecond", (0, 20))
    assert entry.spans == (AnnotatedSpan(0, 19, ("denial",)),)
    data = split_entries([entry], Preprocessor(), TAXONOMY)
    assert [row.text for row in data.rows] == ["First. Still first.", "Second"]


def test_gold_is_what_both_annotators_tagged() -> None:
    """Labels that both annotators gave are gold; labels that only one gave are disputed."""
    entry = parsed(ANNOTATED)
    texts = [(entry.text[span.start : span.end], span.labels) for span in entry.spans]
    assert texts == [("I'm a useless drunk.", ("labeling",))]
    disputed = [(entry.text[span.start : span.end], span.labels) for span in entry.disputed]
    assert disputed == [("I'm a useless drunk.", ("all_or_nothing",)), ("It was one drink.", ("minimizing",))]


def test_annotators_who_agree_on_no_label() -> None:
    """A sentence that both annotators tagged with different labels is disputed."""
    entry = parsed({**ANNOTATED, "annotator_a": {"1": ["labeling"]}, "annotator_b": {"1": ["denial"]}})
    assert entry.spans == ()
    assert [span.start for span in entry.disputed] == [9]


def test_sentences_have_the_labels_of_their_spans() -> None:
    """Sentences get the labels of the spans that they overlap, and the numbers of their entry and group."""
    entries = [parsed(ENTRY), parsed({**ENTRY, "id": "e-2", "spans": []}), parsed({**ENTRY, "group": "e-2"})]
    data = split_entries([*entries, parsed(ANNOTATED)], Preprocessor(), TAXONOMY)
    labeling = TAXONOMY.ids.index("labeling")
    assert data.labels[:, labeling].tolist() == [False, True, False, *[False] * 3, False, True, False, 0, 1, 0, 0]
    assert data.labels.sum() == 3
    assert data.entries.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 4
    assert data.groups.tolist() == [0] * 3 + [1] * 6 + [2] * 4
    assert data.disputed.tolist() == [False] * 11 + [True, False]


def test_no_entries() -> None:
    """No entries give empty arrays of the right shapes."""
    data = split_entries([], Preprocessor(), TAXONOMY)
    assert data.rows == []
    assert (data.labels.shape, data.groups.shape, data.disputed.shape) == ((0, 17), (0,), (0,))


def test_folder_and_file(tmp_path: Path) -> None:
    """A folder is read as its files in order of name; blank lines and a BOM are ignored."""
    write(tmp_path / "b.jsonl", {**ENTRY, "id": "b"})
    (tmp_path / "a.jsonl").write_text(f"\ufeff\n{json.dumps(ENTRY)}\n\n", encoding="utf-8")
    (tmp_path / "readme.md").write_text("notes")
    assert [entry.id for entry in read_corpus(tmp_path, TAXONOMY)] == ["e-1", "b"]
    assert [e.source for e in read_corpus(tmp_path / "a.jsonl", TAXONOMY)] == [f"{tmp_path / 'a.jsonl'}:2"]


def test_line_separators_within_a_text(tmp_path: Path) -> None:
    """Only a line break ends a line; a text may contain Unicode line separators."""
    text = "Day one.\u2028Slept ok.\u0085Bed."
    entries = read_corpus(write(tmp_path / "a.jsonl", {**ENTRY, "text": text, "spans": []}, ENTRY), TAXONOMY)
    assert [entry.text for entry in entries] == [text, ENTRY["text"]]


def test_folder_without_corpus(tmp_path: Path) -> None:
    """A folder without a file of annotations is an error that names it."""
    with pytest.raises(CorpusError, match=r"no \.jsonl, \.csv, \.tsv file in this folder") as caught:
        corpus_files(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: ")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'{"id": "caf\xe9"}'])
def test_file_that_is_not_utf_8(tmp_path: Path, content: bytes) -> None:
    """A file in another encoding is an error that names it."""
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(CorpusError, match="UTF-8") as caught:
        read_corpus(tmp_path, TAXONOMY)
    assert str(caught.value).startswith(f"{tmp_path / 'a.jsonl'}: ")


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is an error that names it."""
    with pytest.raises(CorpusError, match="cannot be read"):
        read_corpus(tmp_path / "none.jsonl", TAXONOMY)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ([1], "not a JSON object"),
        ({**ENTRY, "id": None}, "id: input should be a valid string"),
        ({**ENTRY, "text": 5}, "text: input should be a valid string"),
        ({**ENTRY, "kind": "note"}, "kind: input should be 'entry' or 'thought'"),
        ({**ENTRY, "spans": [{"start": 9, "end": 41, "labels": ["denial"]}]}, "span 9-41 is not within the text of 40"),
        ({**ENTRY, "spans": [{"start": -1, "end": 4, "labels": ["denial"]}]}, "span -1-4 is not within"),
        ({**ENTRY, "spans": [{"start": 4, "end": 4, "labels": ["denial"]}]}, "span 4-4 is not within"),
        ({**ENTRY, "spans": [{"start": 0, "end": 4, "labels": ["denail"]}]}, "'denail'; did you mean 'denial'?"),
        ({**ENTRY, "spans": [{"start": 0, "end": 4}]}, "spans[0].labels: field required"),
        (
            {**ENTRY, "spans": [{"start": "a", "end": 4, "labels": ["denial"]}]},
            "spans[0].start: input should be a valid",
        ),
        (
            {**ENTRY, "spans": [{"start": 0, "end": float("inf"), "labels": []}]},
            "spans[0].end: input should be a finite",
        ),
        (
            {**ENTRY, "spans": [{"start": 0, "end": 4, "labels": [5]}]},
            "spans[0].labels[0]: input should be a valid string",
        ),
        (
            {**ENTRY, "spans": [{"start": 0, "end": 4, "labels": "denial"}]},
            "spans[0].labels: input should be a valid list",
        ),
        (
            {**ENTRY, "spans": [{"start": 0, "end": 4, "labels": [["a"]]}]},
            "spans[0].labels[0]: input should be a valid",
        ),
        ({**ENTRY, "spans": 3}, "spans: input should be a valid list"),
        ({**ANNOTATED, "sentences": "one"}, "sentences: input should be a valid list"),
        ({**ANNOTATED, "sentences": ["one", None]}, "sentences[1]: input should be a valid string"),
        ({**ANNOTATED, "annotator_a": {"4": ["denial"]}}, "no sentence 4; the entry has 4 sentences, counted from 0"),
        ({**ANNOTATED, "annotator_b": {"-1": ["denial"]}}, "no sentence -1"),
        ({**ANNOTATED, "annotator_b": {"1": ["mind_raeding"]}}, "did you mean 'mind_reading'?"),
        ({"sentences": ["one"]}, "id: field required"),
        ({**ANNOTATED, "annotator_a": {"so I said": []}}, "annotator_a: input should be a valid integer"),
        ({"id": "a", "sentences": ["one"], "annotator_a": {}}, "annotator_b: field required"),
    ],
)
def test_fault_of_a_line(row: Any, told: str) -> None:
    """A faulty line gives one sentence that begins with file and line."""
    with pytest.raises(CorpusError) as caught:
        parsed(row)
    assert str(caught.value).startswith("a.jsonl:7: ")
    assert told in str(caught.value)
    assert "so I said" not in str(caught.value)


@pytest.mark.parametrize("line", ["{", "", '{"id": "a"', "[" * 100_000])
def test_line_that_is_not_json(line: str) -> None:
    """A line that is not JSON is an error that names it."""
    with pytest.raises(CorpusError, match=r"^a\.jsonl:7: not valid JSON"):
        parse_line(line, "a.jsonl:7", TAXONOMY)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.sampled_from(["denial"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "kind",
                    "text",
                    "spans",
                    "start",
                    "end",
                    "labels",
                    "sentences",
                    "annotator_a",
                    "annotator_b",
                    "0",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(row=_JSON, whole=st.booleans())
def test_any_line_is_read_or_refused(row: Any, whole: bool) -> None:
    """Any JSON on a line is an entry with its spans inside the text, or a `CorpusError`."""
    if whole and isinstance(row, dict):
        row = ({**ENTRY} if "sentences" not in row else {**ANNOTATED}) | row
    try:
        entry = parsed(row)
    except CorpusError:
        return
    assert all(0 <= span.start <= span.end <= len(entry.text) for span in (*entry.spans, *entry.disputed))


def test_fingerprint_is_of_the_contents(tmp_path: Path) -> None:
    """The fingerprint of a corpus depends on its contents, not on its place."""
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    first, copy = (corpus_fingerprint(write(tmp_path / name / "a.jsonl", ENTRY)) for name in ("x", "y"))
    other = corpus_fingerprint(write(tmp_path / "y" / "a.jsonl", {**ENTRY, "id": "e-2"}))
    assert first == copy != other
    assert len(first) == 64


def test_several_paths_are_one_corpus(tmp_path: Path) -> None:
    """Several paths are read in the order given, each file once, and all count for the fingerprint."""
    (tmp_path / "x").mkdir()
    first, second = write(tmp_path / "x" / "a.jsonl", ENTRY), write(tmp_path / "b.jsonl", {**ENTRY, "id": "b"})
    assert corpus_files([second, tmp_path / "x", first]) == [second, first]
    assert [entry.id for entry in read_corpus([second, first], TAXONOMY)] == ["b", "e-1"]
    assert corpus_fingerprint([first]) == corpus_fingerprint(tmp_path / "x") != corpus_fingerprint([first, second])


def test_entries_print_without_text() -> None:
    """An annotated entry prints as its id and its source."""
    assert repr(parsed(ENTRY)) == "AnnotatedEntry(id='e-1', source='a.jsonl:7')"
    assert "drunk" not in repr(split_entries([parsed(ENTRY)], Preprocessor(), TAXONOMY))


def test_the_projects_corpus_is_found() -> None:
    """The project's corpus has entries and thoughts."""
    kinds = {entry.kind for entry in read_corpus(default_corpus(), TAXONOMY)}
    assert kinds == {"entry", "thought"}
