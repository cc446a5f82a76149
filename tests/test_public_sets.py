"""Public sets: files in the expected form are read, others give one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.public_sets import write_set

from classifier.taxonomy import Taxonomy
from training.benchmark.public_sets import (
    PUBLIC_SETS,
    PublicSetError,
    PublicSetMissing,
    pattern_reframe,
    recovery_posts,
    therapist_qa,
    thinking_traps,
)

CANARY = "zanzibarquince"
LOADERS: dict[str, Callable[[Path], Any]] = {
    "recovery_posts": lambda folder: recovery_posts(folder, Taxonomy.load()),
    "thinking_traps": thinking_traps,
    "pattern_reframe": pattern_reframe,
    "therapist_qa": therapist_qa,
}
loaders = pytest.mark.parametrize("name", LOADERS)


def test_prompt_stands_once_with_all_its_labels(tmp_path: Path) -> None:
    """A prompt with several labels is one text without the arrow, with each label once and in order."""
    rows = [("The bus left ->", " Labeling"), ("I sang ->", " Not distorted"), ("The bus left ->", " Mind reading")]
    write_set(tmp_path, "thinking_traps", *({"prompt": p, "completion": c} for p, c in [*rows, rows[0]]))
    assert [(item.text, item.names) for item in thinking_traps(tmp_path)] == [
        ("The bus left", ("Labeling", "Mind reading")),
        ("I sang", ("Not distorted",)),
    ]


def test_thoughts(tmp_path: Path) -> None:
    """A thought has one pattern; rows without a thought are ignored."""
    write_set(
        tmp_path, "pattern_reframe", {"thought": "Tea, again.", "pattern": "P "}, {"thought": " ", "pattern": "P"}
    )
    assert [(item.text, item.names) for item in pattern_reframe(tmp_path)] == [("Tea, again.", ("P",))]


def test_posts(tmp_path: Path) -> None:
    """A post has a dominant type, perhaps a secondary one, and a distorted part."""
    columns = PUBLIC_SETS["therapist_qa"].columns
    values = [("Tea. It is over.", "It is over.", "Magnification", "Labeling"), ("Tea.", "", "No Distortion", "")]
    write_set(tmp_path, "therapist_qa", *(dict(zip(columns, row, strict=True)) for row in values))
    assert [(item.text, item.names, item.part) for item in therapist_qa(tmp_path)] == [
        ("Tea. It is over.", ("Magnification", "Labeling"), "It is over."),
        ("Tea.", ("No Distortion",), ""),
    ]


def test_real_posts(tmp_path: Path) -> None:
    """What both annotators tagged is gold; what only one tagged is disputed."""
    row = {
        "id": "a",
        "sentences": ["Tea.", "I am useless.", "Rain."],
        "annotator_a": {"1": ["labeling"], "2": ["denial"]},
        "annotator_b": {"1": ["labeling"]},
    }
    write_set(tmp_path, "recovery_posts", row)
    (post,) = LOADERS["recovery_posts"](tmp_path)
    assert [span.labels for span in post.spans] == [("labeling",)]
    assert [span.labels for span in post.disputed] == [("denial",)]


@loaders
def test_missing_file(tmp_path: Path, name: str) -> None:
    """A missing file is an error with its name, its columns and where to get it."""
    with pytest.raises(PublicSetMissing) as error:
        LOADERS[name](tmp_path)
    for part in (str(tmp_path / PUBLIC_SETS[name].file), *PUBLIC_SETS[name].columns, PUBLIC_SETS[name].origin):
        assert part in str(error.value)


@loaders
def test_missing_columns(tmp_path: Path, name: str) -> None:
    """A file with other columns is an error with the expected ones and where to get it, without its contents."""
    write_set(tmp_path, name, {CANARY: CANARY, "text": CANARY})
    with pytest.raises(PublicSetError) as error:
        LOADERS[name](tmp_path)
    assert CANARY not in str(error.value)
    for part in (str(tmp_path / PUBLIC_SETS[name].file), *PUBLIC_SETS[name].columns, PUBLIC_SETS[name].origin):
        assert part in str(error.value)


@loaders
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00" + CANARY.encode(), CANARY.encode(), b'["' + CANARY.encode() + b'"]', b"[" * 100_000],
    ids=["empty", "not UTF-8", "no table", "no object", "deep"],
)
def test_what_is_no_such_set(tmp_path: Path, name: str, content: bytes) -> None:
    """A file of another kind gives one sentence that names it, without its contents."""
    (tmp_path / PUBLIC_SETS[name].file).write_bytes(content)
    with pytest.raises(PublicSetError) as error:
        LOADERS[name](tmp_path)
    assert PUBLIC_SETS[name].file in str(error.value)
    assert CANARY not in str(error.value)
    assert error.value.__cause__ is None


def test_repr_shows_no_text(tmp_path: Path) -> None:
    """The repr of a text shows its labels only."""
    write_set(tmp_path, "pattern_reframe", {"thought": CANARY, "pattern": "P"})
    assert CANARY not in repr(pattern_reframe(tmp_path))
