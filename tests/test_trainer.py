"""Training and evaluation: the same corpus gives the same model, and an insufficient corpus is refused."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.model import artifact
from classifier.pipeline import Classifier
from classifier.taxonomy import Taxonomy
from training.corpus.entries import CorpusError
from training.corpus.files import corpus_fingerprint
from training.corpus.project_format import read_corpus
from training.evaluation import cross_validate, evaluate_file
from training.trainer import train

Rows = list[dict[str, Any]]


@pytest.fixture
def taxonomy(two_labels: Path) -> Taxonomy:
    """A taxonomy of two labels, `bargaining` and `labeling`."""
    return Taxonomy.load(two_labels / "taxonomy.toml")


@pytest.fixture
def corpus(two_labels: Path) -> Path:
    """Sixty thoughts with these labels."""
    return two_labels / "corpus" / "a.jsonl"


def edit(corpus: Path, change: Callable[[Rows], Rows]) -> Path:
    """Rewrite a corpus file."""
    rows = change([json.loads(line) for line in corpus.read_text().splitlines()])
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return corpus


def labels_of(row: dict[str, Any]) -> list[str]:
    """Return the labels of a row with at most one span."""
    return [label for span in row["spans"] for label in span["labels"]]


def test_same_corpus_gives_the_same_model(small_corpus: Path, small_model: Path, tmp_path: Path) -> None:
    """Training twice on one corpus gives the same weights, thresholds, figures and fingerprints to the last bit."""
    train(tmp_path / "again", corpus=small_corpus)
    first, again = artifact.load(small_model), artifact.load(tmp_path / "again")
    assert np.array_equal(first.model.linear["tagger"].coef_, again.model.linear["tagger"].coef_)
    assert np.array_equal(first.model.linear["tagger"].intercept_, again.model.linear["tagger"].intercept_)
    for field in ("columns_version", "labels", "thresholds", "calibration", "quality", "corpus"):
        assert getattr(first.manifest, field) == getattr(again.manifest, field)


def test_file_and_folder_are_one_corpus(corpus: Path, taxonomy: Taxonomy, tmp_path: Path) -> None:
    """A corpus file, and a folder with only this file, are the same corpus."""
    first = train(tmp_path / "file", corpus=corpus, taxonomy=taxonomy)
    folder = train(tmp_path / "folder", corpus=corpus.parent, taxonomy=taxonomy)
    assert (first.corpus, first.thresholds) == (folder.corpus, folder.thresholds)


def test_manifest_tells_the_training(small_model: Path, small_corpus: Path) -> None:
    """The manifest has the corpus's fingerprint and counts, a threshold for each label, and measured figures."""
    manifest = artifact.load(small_model).manifest
    assert manifest.corpus["sha256"] == corpus_fingerprint(small_corpus)
    assert manifest.corpus["entries"] == len(read_corpus(small_corpus, Taxonomy.load()))
    assert manifest.taxonomy == Taxonomy.load().as_dict()
    for point in ("balanced", "sensitive"):
        assert list(manifest.thresholds[point]) == list(Taxonomy.load().ids)
        assert all(0 < threshold < 1 for threshold in manifest.thresholds[point].values())
    assert "micro_f1" in manifest.quality["out_of_fold_on_own_corpus"]["operating_points"]["balanced"]
    assert manifest.calibration["reliability"]
    assert manifest.pipeline == "blank:en"


def test_sensitive_thresholds_are_the_lower_ones(small_model: Path) -> None:
    """No label has a higher threshold at `sensitive` than at `balanced`."""
    thresholds = artifact.load(small_model).manifest.thresholds
    assert all(thresholds["sensitive"][label] <= bound for label, bound in thresholds["balanced"].items())


def test_own_labels_travel_in_the_artifact(corpus: Path, taxonomy: Taxonomy, tmp_path: Path) -> None:
    """A model with labels of one's own stores them with their texts, and tags with them."""
    train(tmp_path / "own", corpus=corpus, taxonomy=taxonomy)
    own = Classifier.load(tmp_path / "own")
    assert own.labels == ("bargaining", "labeling")
    assert own.taxonomy == taxonomy
    assert [tag.label for tag in own.tag("just one drink with paper").tags] == ["bargaining"]
    assert list(own.tag("went to work on foot").probabilities) == ["bargaining", "labeling"]


def test_label_in_too_few_entries(corpus: Path, taxonomy: Taxonomy, tmp_path: Path) -> None:
    """A label in too few entries is an error that names it, and nothing is written."""

    def two(rows: Rows) -> Rows:
        rest = [row for row in rows if labels_of(row) != ["labeling"]]
        return [*rest, *(row for row in rows if labels_of(row) == ["labeling"])][: len(rest) + 2]

    with pytest.raises(CorpusError, match="'labeling' occurs in 2 independent entries, expected at least 3"):
        train(tmp_path / "own", corpus=edit(corpus, two), taxonomy=taxonomy)
    assert not (tmp_path / "own").exists()


def test_groups_count_and_not_entries(corpus: Path, taxonomy: Taxonomy, tmp_path: Path) -> None:
    """Entries of one group are not independent."""

    def grouped(rows: Rows) -> Rows:
        return [{**row, "group": "one"} if labels_of(row) == ["labeling"] else row for row in rows]

    with pytest.raises(CorpusError, match="'labeling' occurs in 1 independent entries"):
        train(tmp_path / "own", corpus=edit(corpus, grouped), taxonomy=taxonomy)


def test_corpus_in_which_all_is_tagged(corpus: Path, taxonomy: Taxonomy, tmp_path: Path) -> None:
    """A corpus without unlabelled sentences is refused."""
    with pytest.raises(CorpusError, match="sentences without a label occur in 0 independent entries"):
        train(tmp_path / "own", corpus=edit(corpus, lambda rows: list(filter(labels_of, rows))), taxonomy=taxonomy)


def test_entries_in_which_nothing_is_tagged(corpus: Path, taxonomy: Taxonomy, tmp_path: Path) -> None:
    """If a corpus has entries, some of them must be tagged."""

    def untagged_entries(rows: Rows) -> Rows:
        return [row if labels_of(row) else {**row, "kind": "entry"} for row in rows]

    with pytest.raises(CorpusError, match="sentences with a label occur in 0 independent entries"):
        train(tmp_path / "own", corpus=edit(corpus, untagged_entries), taxonomy=taxonomy)


def test_empty_corpus(tmp_path: Path, taxonomy: Taxonomy) -> None:
    """An empty corpus is refused with its first label."""
    (tmp_path / "a.jsonl").touch()
    with pytest.raises(CorpusError, match="'bargaining' occurs in 0 independent entries"):
        train(tmp_path / "own", corpus=tmp_path, taxonomy=taxonomy)


def test_evaluated_on_what_it_learned(small_corpus: Path, classifier: Classifier) -> None:
    """On its training entries, a model ranks nearly as annotated, and all entries are counted."""
    thoughts = small_corpus / "thoughts.jsonl"
    figures = evaluate_file(classifier, thoughts)
    assert figures["counts"]["entries"] == len(read_corpus(thoughts, classifier.taxonomy))
    assert figures["tagged_at_all"]["sentence_auc"] > 0.95
    assert list(figures["labels"]) == list(classifier.labels)
    assert set(figures["operating_points"]) == {"balanced", "sensitive"}


@pytest.mark.parametrize(
    "row",
    [
        {"id": "a", "kind": "entry", "text": "", "spans": []},
        {"id": "a", "sentences": ["One drink."], "annotator_a": {"0": ["denial"]}, "annotator_b": {}},
    ],
)
def test_evaluated_on_nothing(classifier: Classifier, tmp_path: Path, row: dict[str, Any]) -> None:
    """A file without undisputed sentences is an error that names it."""
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    with pytest.raises(CorpusError, match="no sentence on which the annotators agree") as caught:
        evaluate_file(classifier, tmp_path / "a.jsonl")
    assert str(caught.value).startswith(str(tmp_path / "a.jsonl"))


def test_evaluated_without_tags(classifier: Classifier, tmp_path: Path) -> None:
    """An untagged file is measured, and undefined figures are None."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "kind": "entry", "text": "Slept ok.", "spans": []}))
    figures = evaluate_file(classifier, tmp_path / "a.jsonl")
    assert figures["tagged_at_all"]["sentence_auc"] is None
    assert figures["operating_points"]["balanced"]["over_flagging"] == 0


def test_cross_validation_never_sees_the_group(corpus: Path, taxonomy: Taxonomy) -> None:
    """Random labels per group, known only from other entries of the group, are not found."""
    lot = random.Random(1)

    def drawn(_: Rows) -> Rows:
        rows = []
        for group in range(60):
            label = lot.choice(["bargaining", "labeling", None, None])
            for copy in range(3):
                text = f"never zq{group} wq{group} vq{group}. slept"
                spans = [{"start": 0, "end": text.index(".") + 1, "labels": [label]}] if label else []
                rows.append({"id": f"{group}-{copy}", "kind": "thought", "text": text, "group": group, "spans": spans})
        return rows

    edit(corpus, drawn)
    seen = []

    def progress(items: Any, total: int) -> Any:
        seen.append(total)
        return items

    figures = cross_validate(corpus, taxonomy=taxonomy, progress=progress)
    assert figures["counts"]["entries"] == 180
    assert figures["labels"]["bargaining"]["sentence_ap"] < 0.6  # it is 0.96 where copies are told apart
    assert seen == [5]


def test_cross_validation_of_too_small_a_corpus(corpus: Path, taxonomy: Taxonomy) -> None:
    """Cross-validation refuses what training refuses."""
    with pytest.raises(CorpusError, match="expected at least 3"):
        cross_validate(edit(corpus, lambda rows: rows[:8]), taxonomy=taxonomy)
