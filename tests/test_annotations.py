"""Annotations of other tools: each format as its tool writes it, labels by name, and faults with file and line."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from classifier.__main__ import main
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.annotations import label_names, read_annotations
from training.corpus.check import check_corpus
from training.corpus.entries import AnnotatedEntry, CorpusError
from training.corpus.exports import is_table
from training.corpus.files import corpus_fingerprint
from training.corpus.sentences import split_entries
from training.evaluation import evaluate_file

TAXONOMY = Taxonomy.load()
PREPROCESSOR = Preprocessor()
TEXT = "Day one. I'm a useless drunk. Bed early."
USELESS = (9, 29)
CANARY = "zyzzogeton"


def read(*files: Path, taxonomy: Taxonomy = TAXONOMY) -> list[AnnotatedEntry]:
    """Read files."""
    return read_annotations(files, taxonomy, PREPROCESSOR)


def tagged(entry: AnnotatedEntry) -> dict[str, list[str]]:
    """Return the labelled sentences of an entry, with their labels."""
    data = split_entries([entry], PREPROCESSOR, TAXONOMY)
    return {
        row.text: [label for label, is_there in zip(TAXONOMY.ids, labels, strict=True) if is_there]
        for row, labels in zip(data.rows, data.labels, strict=True)
        if labels.any()
    }


def jsonl(path: Path, *rows: Any) -> Path:
    """Write rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def table(path: Path, *rows: Sequence[str], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write rows as a spreadsheet does."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def fault(*files: Path) -> str:
    """Return the error message for files that cannot be used."""
    with pytest.raises(CorpusError) as caught:
        read(*files)
    return str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        # doccano, as its versions write it
        {"id": 7, "text": TEXT, "label": [[9, 29, "Labeling"]], "Comments": []},
        {"id": 7, "text": TEXT, "labels": [[9, 29, "Labeling"]]},
        {"id": 7, "data": TEXT, "label": [[9, 29, "Labeling"]]},
        {"doc_id": 7, "text": TEXT, "entities": [[9, 29, "Labeling"]], "username": "admin", "metadata": {}},
        {
            "id": 7,
            "text": TEXT,
            "entities": [{"id": 1, "label": "Labeling", "start_offset": 9, "end_offset": 29}],
            "relations": [],
        },
        # Prodigy
        {
            "text": TEXT,
            "_input_hash": -1530009927,
            "_task_hash": 340967702,
            "tokens": [{"text": "Day", "start": 0, "end": 3, "id": 0, "ws": True}],
            "spans": [{"start": 9, "end": 29, "token_start": 3, "token_end": 9, "label": "Labeling"}],
            "_view_id": "spans_manual",
            "answer": "accept",
        },
        {"text": TEXT, "spans": [{"start": 9, "end": 29, "label": "Labeling"}]},
        # the project
        {"id": "a", "kind": "entry", "text": TEXT, "spans": [{"start": 9, "end": 29, "labels": ["labeling"]}]},
        {"id": "a", "sentences": TEXT.replace(". ", ".\n").split("\n"), "labels": {"1": ["labeling"]}},
    ],
)
def test_label_at_a_place(tmp_path: Path, row: dict[str, Any]) -> None:
    """In each tool's export, the labelled sentence has its label, and the others have none."""
    (entry,) = read(jsonl(tmp_path / "a.jsonl", row))
    assert (entry.kind, entry.source) == ("entry", f"{tmp_path / 'a.jsonl'}:1")
    assert tagged(entry) == {"I'm a useless drunk.": ["labeling"]}


@pytest.mark.parametrize(
    "row",
    [
        {"id": 7, "text": "I'm useless.", "label": ["Labeling", "Denial"]},
        {"text": "I'm useless.", "labels": ["Labeling", "Denial"]},
        {
            "text": "I'm useless.",
            "options": [{"id": name, "text": name} for name in ("Labeling", "Denial", "Minimizing")],
            "accept": ["Labeling", "Denial"],
            "answer": "accept",
        },
        {
            "text": "I'm useless.",
            "options": [{"id": 0, "text": "Minimizing"}, {"id": 1, "text": "Labeling"}, {"id": 2, "text": "Denial"}],
            "accept": [1, 2],
            "answer": "accept",
        },
    ],
)
def test_labels_of_a_whole_text(tmp_path: Path, row: dict[str, Any]) -> None:
    """Labels for a whole text are labels of its only sentence."""
    (entry,) = read(jsonl(tmp_path / "a.jsonl", row))
    assert tagged(entry) == {"I'm useless.": ["denial", "labeling"]}


def test_answers_of_prodigy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Accepted labels of one text are joined; rejected and ignored ones are left out and logged."""
    row = {"text": "I'm useless.", "_input_hash": 1, "spans": [{"start": 4, "end": 11, "text": "useless"}]}
    answers = [("Labeling", "accept"), ("Minimizing", "reject"), ("Denial", "accept"), ("Bargaining", "ignore")]
    file = jsonl(tmp_path / "a.jsonl", *({**row, "label": label, "answer": answer} for label, answer in answers))
    with caplog.at_level(logging.INFO):
        (entry,) = read(file)
    assert tagged(entry) == {"I'm useless.": ["denial", "labeling"]}
    assert "Left out, by Prodigy's answers: 1 reject, 1 ignore." in caplog.messages


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_table(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """A table may have any delimiter and encoding; a row with an empty label is untagged."""
    file = table(
        tmp_path / "a.txt",
        ("Text", "Label", "group"),
        ("I'm useless, café or not.", "Labeling", "Zoë"),
        ("Slept.", "", "Zoë"),
        delimiter=delimiter,
        encoding=encoding,
    )
    first, second = read(file)
    assert tagged(first) == {"I'm useless, café or not.": ["labeling"]}
    assert tagged(second) == {}
    assert first.group == second.group == "Zoë"
    assert (first.kind, second.kind) == ("entry", "entry")
    assert [entry.source for entry in (first, second)] == [f"{file}:2", f"{file}:3"]


@pytest.mark.parametrize("labels", ["Labeling;Denial", "Labeling | Denial", "labeling,denial,", "; denial ;labeling"])
def test_labels_of_a_row(tmp_path: Path, labels: str) -> None:
    """Several labels in a cell are separated by semicolons, bars or commas."""
    (entry,) = read(table(tmp_path / "a.csv", ("text", "labels"), ("I'm useless.", labels)))
    assert tagged(entry) == {"I'm useless.": ["denial", "labeling"]}


def test_places_in_a_table(tmp_path: Path) -> None:
    """With start and end, each row is one annotation, and rows with one id are one entry."""
    file = table(
        tmp_path / "a.csv",
        ("id", "text", "label", "start", "end", "kind"),
        ("1", TEXT, "Labeling", "9", "29", ""),
        ("1", TEXT, "Denial", "30.0", "40.0", ""),
        ("2", TEXT, "", "", "", "thought"),
    )
    first, second = read(file)
    assert tagged(first) == {"I'm a useless drunk.": ["labeling"], "Bed early.": ["denial"]}
    assert (first.id, first.text, first.kind, first.starts) == ("1", TEXT, "entry", None)
    assert (second.id, second.spans, second.kind) == ("2", (), "thought")


def test_sentences_in_a_table(tmp_path: Path) -> None:
    """Rows of one id with different texts are the sentences of one entry, in their order, each with its label."""
    texts = ["day 9", "I'm useless", "bed early"]
    rows = [("entry_id", "text", "label"), *(("e", text, "labeling" if "I'm" in text else "") for text in texts)]
    (entry,) = read(table(tmp_path / "a.csv", *rows))
    data = split_entries([entry], PREPROCESSOR, TAXONOMY)
    assert [row.text for row in data.rows] == texts
    assert (entry.kind, tagged(entry)) == ("entry", {"I'm useless": ["labeling"]})


def test_ids_are_those_of_a_file(tmp_path: Path) -> None:
    """The same id in two files, or on two lines of an export, does not join texts."""
    files = [
        jsonl(tmp_path / f"{n}.jsonl", *({"id": 1, "text": f"Slept {n}{i}.", "label": []} for i in "ab")) for n in "xy"
    ]
    assert [entry.text for entry in read(*files)] == ["Slept xa.", "Slept xb.", "Slept ya.", "Slept yb."]


def test_equal_texts_are_one_group(tmp_path: Path) -> None:
    """The same text under two ids is one group, which is never split."""
    first, second = read(jsonl(tmp_path / "a.jsonl", *({"id": i, "text": "Slept.", "label": []} for i in (1, 2))))
    assert first.group == second.group


@pytest.mark.parametrize(
    ("start", "end", "texts"),
    [
        (11, 20, ["I'm a useless drunk."]),
        (9, 30, ["I'm a useless drunk."]),
        (7, 29, ["I'm a useless drunk."]),
        (4, 33, ["Day one.", "I'm a useless drunk.", "Bed early."]),
        (28, 30, []),
    ],
)
def test_place_off_the_bounds_of_sentences(tmp_path: Path, start: int, end: int, texts: list[str]) -> None:
    """A span tags each sentence that it overlaps by more than punctuation and blanks."""
    (entry,) = read(jsonl(tmp_path / "a.jsonl", {"text": TEXT, "label": [[start, end, "denial"]]}))
    assert list(tagged(entry)) == texts


@pytest.mark.parametrize(("start", "end"), [(14, 34), (12, 32)])
def test_emoji_in_doccano(tmp_path: Path, start: int, end: int) -> None:
    """Versions of doccano count an emoji as two or as one; the word boundaries show which."""
    text = "😭😭 day one. I'm a useless drunk. Bed."
    assert text[12:32] == "I'm a useless drunk."
    (entry,) = read(jsonl(tmp_path / "a.jsonl", {"text": text, "label": [[start, end, "labeling"]]}))
    assert tagged(entry) == {"I'm a useless drunk.": ["labeling"]}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("mind_reading", "mind_reading"),
        ("Mind reading", "mind_reading"),
        (" MIND-READING ", "mind_reading"),
        ("MindReading", "mind_reading"),
        ("Jumping to conclusions: mind reading", "mind_reading"),
        ("Magnification", "catastrophizing"),
        ("Disqualifying the Positive", "discounting_positives"),
    ],
)
def test_names_of_labels(tmp_path: Path, name: str, label: str, caplog: pytest.LogCaptureFixture) -> None:
    """A label may go by id, name or alias in any spelling, and what it was taken for is logged."""
    with caplog.at_level(logging.INFO):
        (entry,) = read(jsonl(tmp_path / "a.jsonl", {"text": "I'm useless.", "label": [name]}))
    assert tagged(entry) == {"I'm useless.": [label]}
    assert caplog.messages == [f'"{name}" → {label} (1)']


def test_each_label_goes_by_its_own_names() -> None:
    """No id or name of the project's taxonomy refers to another label."""
    known = label_names(TAXONOMY)
    for label in TAXONOMY:
        assert known[label.id.replace("_", "")] == (label.id,)
        assert label.id in known["".join(filter(str.isalnum, label.name)).casefold()]


def test_own_taxonomy(two_labels: Path, tmp_path: Path) -> None:
    """Names are looked up in the given taxonomy, including its aliases, which two labels may share."""
    text = (two_labels / "taxonomy.toml").read_text()
    (tmp_path / "own.toml").write_text(
        text.replace('source = "test"\n', 'source = "test"\n[labels.aliases]\nours = ["Both"]\n')
    )
    own = Taxonomy.load(tmp_path / "own.toml")
    (entry,) = read(jsonl(tmp_path / "a.jsonl", {"text": "I'm useless.", "label": ["both"]}), taxonomy=own)
    assert [span.labels for span in entry.spans] == [("bargaining", "labeling")]


def test_labels_that_are_not_in_the_taxonomy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Unknown labels are ignored, and logged with their counts; long ones, which may be text, are only counted."""
    names = ["Blaming", "Other", "Blaming", "denial", f"so I told {CANARY} that it was over and that was that"]
    file = jsonl(tmp_path / "a.jsonl", *({"text": f"I'm {i}.", "label": [name]} for i, name in enumerate(names)))
    entries = read(file)
    assert [len(entry.spans) for entry in entries] == [0, 0, 0, 1, 0]
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert '"Blaming" (2), "Other" (1), and 1 more.' in warning
    assert "--taxonomy" in warning
    assert CANARY not in warning


def test_no_label_is_in_the_taxonomy(tmp_path: Path) -> None:
    """If no label is known, nothing is read; the message lists the labels and says what to do."""
    file = jsonl(tmp_path / "a.jsonl", {"text": "Slept.", "label": []}, {"text": "I'm.", "label": ["Blaming"]})
    assert fault(file).startswith(f"{file}:2: neither this label nor any other is in the taxonomy: ")
    assert '"Blaming" (1)' in fault(file)
    assert "--taxonomy" in fault(file)


def test_label_of_several_sentences_without_a_place(tmp_path: Path) -> None:
    """A label for a whole text of several sentences is an error with its line, similar lines, and what to do."""
    file = table(
        tmp_path / "a.csv",
        ("text", "label"),
        ("Slept.", "denial"),
        (TEXT, "denial"),
        (TEXT, ""),
        (f"{TEXT} X.", "denial"),
    )
    told = fault(file)
    assert told.startswith(f"{file}:3: a text of 3 sentences has a label without offsets")
    assert f"(likewise 1 more: {file}:5)" in told
    assert "columns 'start' and 'end'" in told


def test_unknown_label_needs_no_place(tmp_path: Path) -> None:
    """A label that is ignored, such as "none", may be given to a text of any length."""
    file = table(tmp_path / "a.csv", ("text", "label"), ("I'm useless.", "labeling"), (TEXT, "No distortion"))
    assert [len(entry.spans) for entry in read(file)] == [1, 0]


FAULTY_OBJECTS: list[tuple[Any, str]] = [
    ({"text": CANARY}, "no field with annotations"),
    ({"text": [CANARY], "label": []}, "text: input should be a valid string"),
    ({"label": [CANARY]}, "text: field required"),
    ({"text": CANARY, "label": {CANARY: 1}}, "label: input should be a valid list"),
    ({"text": CANARY, "label": [12]}, "label[0]: expected a name, or [start, end, name], or an object"),
    ({"text": CANARY, "label": [[0, 3]]}, "export the labels by name"),
    ({"text": CANARY, "label": [[0, CANARY, "denial"]]}, "export the labels by name"),
    ({"text": CANARY, "annotations": [{"label": 2, "start_offset": 0, "end_offset": 3}]}, "export the labels by name"),
    ({"text": CANARY, "label": [[0, 11, "denial"]]}, "span 0-11 is not within the text of 10 code points"),
    ({"text": CANARY, "label": [[-1, 3, "denial"]]}, "-1-3 is not within the text"),
    ({"text": CANARY, "label": [[3, 3, "denial"]]}, "3-3 is not within the text"),
    ({"text": "😭", "label": [[0, 9, "denial"]]}, "is not within the text"),
    ({"text": CANARY, "spans": [{"start": 0, "end": 3}]}, "a span has no label"),
    ({"text": CANARY, "spans": [{"start": 0, "end": 3, "labels": ["denial"]}]}, "a span has no label"),
    ({"text": CANARY, "spans": [{"start": CANARY, "end": 3}]}, "spans[0].start: input should be a valid integer"),
    ({"text": CANARY, "spans": [CANARY]}, "spans[0]: expected an object"),
    ({"text": CANARY, "spans": 3}, "spans: input should be a valid list"),
    ({"text": CANARY, "accept": [3]}, "a label is not a string"),
    ({"text": CANARY, "accept": [3], "options": [CANARY, {"id": 3}]}, "a label is not a string"),
    ({"text": CANARY, "spans": [], "answer": CANARY}, "answer: input should be 'accept', 'reject' or 'ignore'"),
    ({"text": CANARY, "spans": [], "answer": [CANARY]}, "answer: input should be 'accept', 'reject' or 'ignore'"),
    ([CANARY], "not a JSON object"),
]


@pytest.mark.parametrize(("row", "told"), FAULTY_OBJECTS)
def test_fault_of_an_export(tmp_path: Path, row: Any, told: str) -> None:
    """A faulty line of an export gives one sentence with file and line, without the text."""
    file = jsonl(tmp_path / "a.jsonl", {"text": "Slept.", "label": []}, row)
    assert fault(file).startswith(f"{file}:2: ")
    assert told in fault(file)
    assert CANARY not in fault(file)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"text,label\n{CANARY},denial,{CANARY}\n", ":2: has 3 cells"),
        (f'text,label\n"{CANARY},denial\n', ":2: has a quotation mark"),
        (f"text,label,kind\n{CANARY},denial,{CANARY}\n", ":2: 'kind' is neither 'entry' nor 'thought'"),
        (f"text,label,start,end\n{CANARY},denial,1,\n", ":2: expected whole numbers in both"),
        (f"text,label,start,end\n{CANARY},denial,1,{CANARY}\n", ":2: expected whole numbers in both"),
        (f"text,label,start,end\n{CANARY},,1,2\n", ":2: expected whole numbers in both 'start' and 'end', and a label"),
        (f"text,label,start,end\n{CANARY},denial,1,11\n", ":2: span 1-11 is not within the text of 10 code points"),
        (f"text,tag\n{CANARY},denial\n", ": a table of annotations needs the columns 'text' and 'label'"),
        (f"said,label\n{CANARY},denial\n", "its columns are 'said', 'label'"),
        (f'"So {CANARY}, I said, went home at last.",x\n', "check that the first row holds the column names"),
        (f"text,label\n{CANARY}\0,denial\n", ":2: contains a NUL"),
        (f"id\n{CANARY}\n", "the columns 'text' and 'label'"),
    ],
)
def test_fault_of_a_table(tmp_path: Path, content: str, told: str) -> None:
    """A faulty table gives one sentence with file and line, without the text."""
    file = tmp_path / "a.csv"
    file.write_text(content)
    assert fault(file).startswith(str(file))
    assert told in fault(file)
    assert CANARY not in fault(file)


def test_forms_may_be_mixed(tmp_path: Path, two_labels: Path) -> None:
    """Files of different formats make one corpus, in order of name, and all of them count for its fingerprint."""
    (tmp_path / "x").mkdir()
    table(tmp_path / "x" / "b.csv", ("text", "label"), ("Day 2.", ""))
    table(tmp_path / "x" / "c.TSV", ("text", "label"), ("Day 3.", ""), delimiter="\t")
    jsonl(tmp_path / "x" / "a.jsonl", {"text": "Day 1.", "spans": []}, {"id": 5, "text": "Day 5.", "label": []})
    own = two_labels / "corpus" / "a.jsonl"
    entries = read(tmp_path / "x", own)
    assert [entry.text for entry in entries[-4:]] == ["Day 1.", "Day 5.", "Day 2.", "Day 3."]
    assert len(entries) == 64
    assert (
        len({corpus_fingerprint([tmp_path / "x", own]), corpus_fingerprint(tmp_path / "x"), corpus_fingerprint(own)})
        == 3
    )


def test_what_is_a_table(tmp_path: Path) -> None:
    """A table is recognized by its content, not by its name; empty and unreadable files are no tables."""
    for name, content, expected in (("a.jsonl", b"text,label\n", True), ("b.csv", b'\xef\xbb\xbf\n{"a": 1}', False)):
        (tmp_path / name).write_bytes(content)
        assert is_table(tmp_path / name) == expected
    (tmp_path / "c.csv").touch()
    assert not is_table(tmp_path / "c.csv")
    assert not is_table(tmp_path / "none.csv")


def test_check_is_for_the_projects_form(tmp_path: Path) -> None:
    """`thoughtmark corpus check` reports that it does not check tables."""
    file = table(tmp_path / "a.csv", ("text", "label"), ("Slept.", ""))
    assert check_corpus(file, TAXONOMY, minimum=False).faults == [
        f"{file}: is a table; only the project's own format (JSONL) can be checked"
    ]


def test_train_on_own_annotations(two_labels: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`thoughtmark train` accepts several files and the annotator's names of labels, and logs these."""
    rows = [json.loads(line) for line in (two_labels / "corpus" / "a.jsonl").read_text().splitlines()]
    names = {"bargaining": "Deals!", "labeling": "LABELING"}
    exported = [
        {"text": row["text"], "label": [[s["start"], s["end"], names[s["labels"][0]]] for s in row["spans"]]}
        for row in rows
    ]
    taxonomy = tmp_path / "own.toml"
    text = (two_labels / "taxonomy.toml").read_text()
    taxonomy.write_text(text.replace('source = "test"\n', 'source = "test"\n[labels.aliases]\nours = ["deals"]\n', 1))
    first, second = jsonl(tmp_path / "1.jsonl", *exported[:30]), jsonl(tmp_path / "2.jsonl", *exported[30:])
    out = tmp_path / "own.thoughtmark"
    arguments = ["--corpus", first, "--corpus", second, "--taxonomy", taxonomy, "--out", out]
    result = CliRunner().invoke(main, ["train", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout.endswith(
        f"on 60 entries, 75 sentences (30 tagged). Saved to {out}; use it with --model {out}.\n"
    )
    assert caplog.messages == ['"Deals!" → bargaining (15)', '"LABELING" → labeling (15)']
    own = Classifier.load(out)
    assert own.manifest.corpus["sha256"] == corpus_fingerprint([first, second])
    assert [tag.label for tag in own.tag("just one drink with paper").tags] == ["bargaining"]
    assert evaluate_file(own, second)["counts"]["entries"] == 30


def test_train_on_labels_that_nobody_knows(tmp_path: Path) -> None:
    """If no label is known, `thoughtmark train` ends with exit code 2 and one sentence."""
    file = jsonl(tmp_path / "a.jsonl", {"text": f"I'm {CANARY}.", "label": ["Blaming"]})
    result = CliRunner().invoke(main, ["train", "--corpus", str(file), "--out", str(tmp_path / "own")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"thoughtmark: {file}:1: neither this label nor any other")
    assert CANARY not in result.stderr


TEXTS = st.text(st.sampled_from("ab I'm.!? \n,“”😭é-"), max_size=30)
PLACES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["denial", "Labeling", "x"])), max_size=4
)


@given(text=TEXTS, places=PLACES)
def test_spans_lie_on_what_was_marked(tmp_path_factory: pytest.TempPathFactory, text: str, places: list[Any]) -> None:
    """Spans from Prodigy stay within what was marked, without blanks and punctuation at their ends."""
    marked = [(start, end, name) for start, end, name in places if start < end <= len(text)]
    spans = [{"start": start, "end": end, "label": name} for start, end, name in marked]
    sound = {"text": "No.", "spans": [{"start": 0, "end": 2, "label": "denial"}]}  # so that some label is known
    file = jsonl(tmp_path_factory.getbasetemp() / "spans.jsonl", sound, {"text": text, "spans": spans})
    _, entry = read(file)
    assert entry.text == text
    for span in entry.spans:
        assert any(start <= span.start < span.end <= end for start, end, name in marked if name != "x")
        assert not {text[span.start], text[span.end - 1]} & set(" \n.!?,“”'-")


@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_rows_of_an_entry_keep_their_sentences(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Joining rows to an entry does not change their sentences."""
    rows = [("1", text, "") for text in texts]
    (entry,) = read(table(tmp_path_factory.getbasetemp() / "rows.csv", ("id", "text", "label"), *rows))
    split = [s.text for s in PREPROCESSOR.sentences(entry.text, starts=entry.starts)]
    assert split == [s.text for text in dict.fromkeys(texts) for s in PREPROCESSOR.sentences(text)]


@given(
    row=st.dictionaries(
        st.sampled_from(["text", "label", "labels", "entities", "spans", "accept", "options", "answer", "id", "data"]),
        st.recursive(
            st.none()
            | st.integers(-2, 40)
            | st.booleans()
            | st.sampled_from(["denial", "I'm. So.", "accept", "start"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["start", "end", "label", "id", "text", "start_offset"]), inner)
            ),
            max_leaves=8,
        ),
    )
)
def test_any_export_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]) -> None:
    """Any JSON object is read, ignored, or refused with a `CorpusError`."""
    file = jsonl(tmp_path_factory.getbasetemp() / "any.jsonl", row)
    try:
        entries = read(file)
    except CorpusError:
        return
    assert all(0 <= span.start < span.end <= len(entry.text) for entry in entries for span in entry.spans)
