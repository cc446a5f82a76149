"""`Classifier`: properties of every result, for any text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from classifier.errors import ArtifactDamaged, ArtifactIncompatible, ArtifactNotFound, UnknownName
from classifier.model import artifact
from classifier.model.scoring import score
from classifier.options import Options
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor
from classifier.tagging import TaggedEntry
from classifier.taxonomy import Taxonomy
from training.corpus.files import default_corpus
from training.trainer import fit

BATCH = 32
FAILURE = "Day 12. Slept ok. I'm a complete failure and I always will be."
KEYS = ["label", "probability", "threshold", "start", "end", "evidence"]


def sample(file: str, number: int) -> list[str]:
    """Return texts of the project's corpus."""
    lines = (default_corpus() / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines[:number]]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """More texts than one batch: entries, thoughts, and some that cannot be judged."""
    return [*sample("near-relapse", 40), "", *sample("thoughts-recovery", 40), "ok", "Ich war heute wieder im Kino."]


@pytest.fixture(scope="module")
def answers(classifier: Classifier, texts: list[str]) -> list[TaggedEntry]:
    """The results for `texts` at the operating point with the most tags."""
    return list(classifier.tag_many(texts, Options(operating_point="sensitive")))


def test_the_texts_have_all_answers(answers: list[TaggedEntry]) -> None:
    """The texts of the tests below give every status, and many tags."""
    assert {answer.status for answer in answers} == {"tagged", "no_tags", "cannot_judge"}
    assert sum(len(answer.tags) for answer in answers) > 40


def test_together_as_one_by_one(classifier: Classifier, texts: list[str], answers: list[TaggedEntry]) -> None:
    """Entries of one batch get the results that they get alone, in their order."""
    assert [classifier.tag(text, Options(operating_point="sensitive")) for text in texts] == answers


def test_entries_are_taken_as_they_are_wanted(classifier: Classifier) -> None:
    """At most one batch of texts is read ahead."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for text in itertools.cycle(["Walked the dog, then work.", "I'm a useless drunk and always will be."]):
            read += 1
            yield text

    stream = classifier.tag_many(endless())
    assert read == 0
    for given_ in range(1, 3 * BATCH):
        next(stream)
        assert read - given_ < BATCH


def test_texts_come_from_any_iterable(classifier: Classifier) -> None:
    """Texts may come from a list or a generator; no texts give no results."""
    assert list(classifier.tag_many([])) == []
    assert [e.status for e in classifier.tag_many(t for t in ["", FAILURE])] == ["cannot_judge", "tagged"]


def test_a_failing_source_keeps_what_went_before(classifier: Classifier) -> None:
    """An error in the source of the texts is passed on after the complete batches."""

    def broken() -> Iterator[str]:
        yield from ["Walked the dog, then work."] * BATCH
        raise OSError("the disk is gone")

    stream = classifier.tag_many(broken())
    assert [next(stream).status for _ in range(BATCH)] == ["no_tags"] * BATCH
    with pytest.raises(OSError, match="the disk is gone"):
        next(stream)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ("mind_raeding",)}, "unknown label 'mind_raeding'; did you mean 'mind_reading'?"),
        ({"labels": "denial"}, "unknown label 'd'"),
        ({"operating_point": "sensitiv"}, "unknown operating point 'sensitiv'; did you mean 'sensitive'?"),
        ({"operating_point": "xyz"}, "unknown operating point 'xyz'; known: balanced, sensitive"),
    ],
)
def test_unknown_names(classifier: Classifier, options: dict[str, Any], message: str) -> None:
    """The error for an unknown name suggests the nearest one, and is raised before any text is read."""
    texts = iter([FAILURE])
    with pytest.raises(UnknownName) as caught:
        classifier.tag_many(texts, Options(**options))
    assert str(caught.value).startswith(message)
    assert next(texts) == FAILURE


def test_only_the_labels_asked_for(classifier: Classifier, texts: list[str], answers: list[TaggedEntry]) -> None:
    """With two labels the result is that for all labels, without the others."""
    wanted = ("labeling", "bargaining")
    entries = list(classifier.tag_many(texts, Options(operating_point="sensitive", labels=wanted)))
    assert [e.tags for e in entries] == [tuple(t for t in e.tags if t.label in wanted) for e in answers]
    assert {tuple(e.probabilities) for e in entries} == {(), ("bargaining", "labeling")}


def test_sensitive_finds_what_balanced_finds(
    classifier: Classifier, texts: list[str], answers: list[TaggedEntry]
) -> None:
    """The sensitive operating point sets every tag of the balanced one, and more."""
    balanced = [{(t.label, t.start) for t in e.tags} for e in classifier.tag_many(texts)]
    sensitive = [{(t.label, t.start) for t in e.tags} for e in answers]
    assert all(few <= many for few, many in zip(balanced, sensitive, strict=True))
    assert balanced != sensitive


@settings(max_examples=25, deadline=None)
@given(bounds=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted), start=st.integers(0, 60))
def test_higher_probability_never_adds_a_tag(
    classifier: Classifier, texts: list[str], bounds: list[float], start: int
) -> None:
    """A higher `min_probability` never adds a tag, and each tag reaches it."""
    some = texts[start : start + 3]
    low, high = (
        [set(e.tags) for e in classifier.tag_many(some, Options(operating_point="sensitive", min_probability=bound))]
        for bound in bounds
    )
    for few, many in zip(high, low, strict=True):
        assert {(t.label, t.start) for t in few} <= {(t.label, t.start) for t in many}
        assert all(t.probability >= max(bounds) and t.threshold >= max(bounds) for t in few)


def test_tags_reach_their_thresholds(classifier: Classifier, answers: list[TaggedEntry]) -> None:
    """A tag's probability reaches its threshold, and is at most that of its label for the entry."""
    for answer in answers:
        for tag in answer.tags:
            assert tag.threshold == classifier.operating_points["sensitive"][tag.label]
            assert tag.threshold <= tag.probability <= answer.probabilities[tag.label] <= 1


def test_an_entry_has_a_label_when_a_sentence_has_it(classifier: Classifier, answers: list[TaggedEntry]) -> None:
    """The labels whose probability for the entry reaches the threshold are the labels of the tags."""
    thresholds = classifier.operating_points["sensitive"]
    for answer in answers:
        reached = {label for label, p in answer.probabilities.items() if p >= thresholds[label]}
        assert reached == {tag.label for tag in answer.tags}


def test_each_tag_is_a_sentence(texts: list[str], answers: list[TaggedEntry]) -> None:
    """A tag's offsets are those of a sentence, which starts and ends with a visible character."""
    preprocessor = Preprocessor()
    for text, answer in zip(texts, answers, strict=True):
        bounds = {(sentence.start, sentence.end) for sentence in preprocessor.sentences(text)}
        for tag in answer.tags:
            assert (tag.start, tag.end) in bounds
            assert text[tag.start : tag.end] == text[tag.start : tag.end].strip() != ""


def test_evidence_is_words_of_the_text(texts: list[str], answers: list[TaggedEntry]) -> None:
    """Evidence is in the order of the text, has a positive weight, and consists of words."""
    all_evidence = [(text, tag.evidence) for text, e in zip(texts, answers, strict=True) for tag in e.tags]
    assert all(evidence for _, evidence in all_evidence)
    for text, evidence in all_evidence:
        places = [place for span in evidence for place in (span.start, span.end)]
        assert places == sorted(places)
        assert 0 <= places[0] < places[-1] <= len(text)
        assert all(span.weight > 0 for span in evidence)
        assert all(any(map(str.isalnum, text[span.start : span.end])) for span in evidence)


def test_offsets_count_code_points(classifier: Classifier) -> None:
    """Text before a sentence moves the tag by its number of code points: emoji, accents, Hebrew."""
    before = "Bon caf\u00e9 \U0001f37a\U0001f3fd \u05e9\u05dc\u05d5\u05dd e\u0301.\n\n"
    tags = classifier.tag(before + "I'm a complete failure and I always will be.").tags
    assert {(tag.start, tag.end) for tag in tags} == {(len(before), len(before) + 44)}


def test_cannot_judge_has_no_tags(answers: list[TaggedEntry]) -> None:
    """An entry that cannot be judged has a reason and no tags or probabilities; any other has no reason."""
    for answer in answers:
        if answer.status == "cannot_judge":
            assert answer.reason in {"empty", "too_short", "not_english"}
            assert answer.tags == ()
            assert answer.probabilities == {}
        else:
            assert answer.reason is None
            assert len(answer.probabilities) == 17
            assert (answer.status == "tagged") == bool(answer.tags)


def test_results_hold_no_text(texts: list[str], answers: list[TaggedEntry]) -> None:
    """No word of a text is in its result, neither in the repr nor in the data."""
    known = {*Taxonomy.load().ids, *KEYS}
    for text, answer in zip(texts, answers, strict=True):
        shown = repr(answer) + json.dumps(answer.as_dict())
        words = {word.strip(".,!?") for word in text.split() if len(word) > 5}
        assert [word for word in words if word in shown and not any(word in name for name in known)] == []


def test_repr_of_sentences_holds_no_text() -> None:
    """The repr of sentences has offsets and no words."""
    rows = Preprocessor().sentences(FAILURE)
    assert "failure" not in repr(rows)
    assert "Sentence(start=18, end=62)" in repr(rows)


def test_as_dict_is_the_documented_form(classifier: Classifier) -> None:
    """A result as a dict has exactly the documented keys, and survives JSON."""
    answer = classifier.tag(FAILURE).as_dict()
    assert list(answer) == ["id", "status", "reason", "tags", "any_label", "probabilities", "model"]
    assert [list(tag) for tag in answer["tags"]] == [KEYS] * len(answer["tags"])
    assert {tuple(span) for tag in answer["tags"] for span in tag["evidence"]} == {("start", "end", "weight")}
    assert json.loads(json.dumps(answer)) == answer


def test_answers_name_the_model(classifier: Classifier) -> None:
    """Each result names its model, also if the entry cannot be judged."""
    assert {classifier.tag(text).model for text in ("", FAILURE)} == {classifier.version}


def test_saved_and_loaded_model_says_the_same(small_corpus: Path, tmp_path: Path) -> None:
    """Saving and loading changes no bit of any probability."""
    from training.corpus.project_format import read_corpus
    from training.corpus.sentences import split_entries

    taxonomy = Taxonomy.load()
    data = split_entries(read_corpus(small_corpus, taxonomy), Preprocessor(), taxonomy)
    fitted, thresholds = fit(data)
    artifact.save(
        tmp_path / "model",
        fitted,
        project="0",
        pipeline="blank:en",
        labels=taxonomy.ids,
        taxonomy=taxonomy.as_dict(),
        experimental=(),
        thresholds={name: dict(zip(taxonomy.ids, map(float, row), strict=True)) for name, row in thresholds.items()},
        calibration={},
        quality={},
        corpus={},
        created="",
    )
    loaded = Classifier.load(tmp_path / "model")
    assert np.array_equal(loaded.probabilities(data.rows), expit(score(fitted, data.rows).log_odds))
    assert loaded.thresholds(Options(operating_point="sensitive")) == dict(
        zip(taxonomy.ids, thresholds["sensitive"], strict=True)
    )


def test_probabilities_of_no_rows(classifier: Classifier) -> None:
    """Without sentences the matrix has no rows and all labels."""
    assert classifier.probabilities([]).shape == (0, 17)


def test_labels_are_checked_at_loading(small_model: Path) -> None:
    """A model is refused if its labels are not those of the given taxonomy."""
    taxonomy = Taxonomy.load()
    fewer = Taxonomy.from_dict({**taxonomy.as_dict(), "labels": taxonomy.as_dict()["labels"][:2]})
    assert Classifier.load(small_model, taxonomy=taxonomy).labels == taxonomy.ids
    with pytest.raises(ArtifactIncompatible):
        Classifier.load(small_model, taxonomy=fewer)


def test_missing_model(tmp_path: Path) -> None:
    """A missing model is never replaced by the default one."""
    with pytest.raises(ArtifactNotFound):
        Classifier.load(tmp_path / "none.thoughtmark")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t\u200b\ufeff", "empty"),
        ("ok", "too_short"),
        ("I failed again. " * 700_000, "too_long"),
        ("\0" * 500, "not_text"),
        ("Ich habe heute wieder nicht geschlafen und bin sehr traurig.", "not_english"),
    ],
)
def test_what_cannot_be_judged(classifier: Classifier, text: str, reason: str) -> None:
    """Empty, very short, very long, non-text and non-English entries get a reason and no tags."""
    answer = classifier.tag(text)
    assert (answer.status, answer.reason, answer.tags) == ("cannot_judge", reason, ())


@pytest.mark.parametrize(
    "oddity",
    [
        "\0",
        "\ud83d",
        "\udc00\ud800",
        "\u202eABC\u202c",
        "\u05d0\u05e0\u05d9 \u05db\u05d9\u05e9\u05dc\u05d5\u05df",
        "\u200b\u200d\u2060",
        "\ufeff",
        "e" + "\u0301" * 300,
        "\r\n\x0b\x0c\x85\u2028",
        "\U0010ffff\ue000",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "....!?!?" * 20,
        '"' * 100,
    ],
)
def test_odd_characters(classifier: Classifier, oddity: str) -> None:
    """Odd characters do no harm: the thought beside them is tagged, with correct offsets."""
    before = f"{'Day 12 was ok, walked the dog to the river and cooked for the boys. ' * 8}{oddity} I think.\n"
    text = f"{before}I'm a complete failure and I always will be.\n{oddity} then bed"
    tags = classifier.tag(text).tags
    assert "complete failure" in {text[t.start : t.end][6:22] for t in tags}


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=200) | st.text(st.characters(codec="ascii"), max_size=200))
def test_any_text_is_answered(classifier: Classifier, text: str) -> None:
    """Any string, also with lone surrogates, has a result with offsets inside the string."""
    answer = classifier.tag(text, Options(operating_point="sensitive", min_probability=0.0))
    for tag in answer.tags:
        assert 0 <= tag.start < tag.end <= len(text)


def test_default_model(default_model: Classifier) -> None:
    """The default model has the project's labels, and tags an obvious sentence."""
    assert default_model.labels == Taxonomy.load().ids
    assert {"balanced", "sensitive"} == set(default_model.operating_points)
    tags = default_model.tag(FAILURE).tags
    assert ("labeling", 18, 62) in {(tag.label, tag.start, tag.end) for tag in tags}


def test_without_evidence(classifier: Classifier) -> None:
    """Without evidence the tags are the same."""
    text = "I'm a complete failure and I always will be."
    with_evidence, without = classifier.tag(text), classifier.tag(text, Options(evidence=False))
    assert any(tag.evidence for tag in with_evidence.tags)
    assert without == replace(with_evidence, tags=tuple(replace(tag, evidence=()) for tag in with_evidence.tags))


def test_check_looks_and_does_not_run(small_model: Path, tmp_path: Path) -> None:
    """`check` accepts a valid artifact and refuses a damaged one, without loading it."""
    assert Classifier.check(small_model) == small_model
    (tmp_path / "garbage").write_bytes(b"garbage")
    with pytest.raises(ArtifactDamaged):
        Classifier.check(tmp_path / "garbage")
