"""`training.corpus.real`: labels of real posts without their text, and their join with the texts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from classifier.__main__ import main
from classifier.taxonomy import Taxonomy
from training.corpus.entries import CorpusError
from training.corpus.files import samples_folder
from training.corpus.project_format import read_corpus
from training.corpus.real import PostLabels, join_texts, read_post_labels, sentence_hash

FILE = samples_folder() / "real" / "annotations.jsonl"
SENTENCES = ["Slept badly.", "I am useless.", "One drink on Friday, then I am done.", "Walked home."]


@pytest.fixture(scope="module")
def posts() -> list[PostLabels]:
    """The project's own labels of real posts."""
    return read_post_labels(FILE)


def post(id_: str = "made-up:1", *, whole: bool = True, source: str = "diary", **changes: Any) -> PostLabels:
    """Labels of the made-up post in `SENTENCES`."""
    read = range(len(SENTENCES)) if whole else (1, 2)
    fields = {
        "hashes": {number: sentence_hash(SENTENCES[number]) for number in read},
        "labels": {1: ("labeling",)},
        "doubt": {2: ("bargaining",)},
        **changes,
    }
    return PostLabels(id=id_, source=source, whole=whole, **fields)


def texts(folder: Path, *ids: str) -> Path:
    """Write a folder in which each of these posts has the text `SENTENCES`."""
    lines = [json.dumps({"id": id_, "sentences": SENTENCES}) + "\n" for id_ in ids]
    (folder / "posts.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def of_part(part: str) -> str:
    """Return an id whose whole post belongs to a part."""
    return next(f"made-up:{i}" for i in range(100) if post(f"made-up:{i}").part == part)


def test_file_holds_no_text() -> None:
    """The repository keeps ids, hashes, labels and numbers of real posts, and no sentence."""
    labels = set(Taxonomy.load().ids)
    for line in FILE.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        assert set(fields) <= {"id", "source", "whole", "hashes", "labels", "doubt", "second", "read_twice"}
        assert re.fullmatch(r"[\w:./+-]{1,60}", fields["id"])
        assert re.fullmatch(r"\w{1,60}", fields["source"])
        assert all(re.fullmatch(r"[0-9a-f]{8}", digest) for digest in fields["hashes"].values())
        assert {label for given in (*fields["labels"].values(), *fields["doubt"].values()) for label in given} <= labels
        second = fields.get("second", {}).values()
        assert {label for pair in second for given in pair for label in given} <= labels


def test_a_post_is_there_once(posts: list[PostLabels]) -> None:
    """No post has two lines, so that none can be on both sides of a split."""
    assert max(Counter(post.id for post in posts).values()) == 1


def test_a_quarter_of_the_whole_posts_is_locked(posts: list[PostLabels]) -> None:
    """About a quarter of the whole posts is set aside, and no picked sentence is."""
    parts = Counter(post.part for post in posts if post.whole and post.part != "transfer")
    assert parts["locked"] / parts.total() == pytest.approx(0.25, abs=0.02)
    assert not any(post.part == "locked" for post in posts if not post.whole)


def test_whole_posts_become_entries(tmp_path: Path) -> None:
    """A whole post is read as one entry, in which a doubted sentence is disputed."""
    id_ = of_part("training")
    joined = join_texts([post(id_)], texts(tmp_path, id_), part="training")
    file = tmp_path / "joined.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in joined.rows), encoding="utf-8")
    (entry,) = read_corpus(file, Taxonomy.load())
    assert [(entry.text[span.start : span.end], span.labels) for span in entry.spans] == [
        ("I am useless.", ("labeling",))
    ]
    assert [entry.text[span.start : span.end] for span in entry.disputed] == [SENTENCES[2]]


def test_picked_sentences_become_thoughts(tmp_path: Path) -> None:
    """Sentences picked from a post are thoughts of one group, without those that are only doubted."""
    joined = join_texts([post("made-up:1", whole=False)], texts(tmp_path, "made-up:1"), part="training")
    assert [(row["kind"], row["group"], row["text"]) for row in joined.rows] == [
        ("thought", "made-up:1", "I am useless.")
    ]


@pytest.mark.parametrize("part", ["training", "locked"])
def test_parts_do_not_mix(tmp_path: Path, part: str) -> None:
    """Only the posts of the part that is asked for are joined."""
    ids = [of_part("training"), of_part("locked")]
    joined = join_texts([post(id_) for id_ in ids], texts(tmp_path, *ids), part=part)  # type: ignore[arg-type]
    assert [row["id"] for row in joined.rows] == [of_part(part)]


def test_a_community_is_kept_for_transfer() -> None:
    """Posts of the community that is set aside belong to no other part, whole or not."""
    assert {post(source="alcoholism", whole=whole).part for whole in (True, False)} == {"transfer"}


def test_texts_that_are_not_there_or_differ_are_named(tmp_path: Path) -> None:
    """A post without a text, and one whose text is not what was annotated, are listed and not joined."""
    training = [f"made-up:{i}" for i in range(100) if post(f"made-up:{i}").part == "training"][:2]
    other = post(training[0], hashes={0: sentence_hash("Another sentence.")})
    joined = join_texts([other, post(training[1])], texts(tmp_path, training[0]), part="training")
    assert (joined.rows, joined.changed, joined.missing) == ([], [training[0]], [training[1]])


def test_unknown_label_is_named(tmp_path: Path) -> None:
    """A label that the taxonomy does not have is named with file and line."""
    file = tmp_path / "labels.jsonl"
    file.write_text(post(labels={1: ("labelling",)}).model_dump_json() + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"labels\.jsonl:1: unknown labels labelling"):
        read_post_labels(file)


def test_command(tmp_path: Path, posts: list[PostLabels]) -> None:
    """`thoughtmark corpus join` writes the rows, and says how many posts have no text here."""
    folder = tmp_path / "texts"
    folder.mkdir()
    texts(folder, "no-such-post")
    out = tmp_path / "joined.jsonl"
    result = CliRunner().invoke(main, ["corpus", "join", str(folder), "--out", str(out), "--part", "locked"])
    assert result.exit_code == 2
    locked = sum(post.part == "locked" for post in posts)
    assert f"{locked} of {locked} posts have no text" in result.stderr
    assert not out.exists()
