"""A corpus must not repeat texts that models are measured on: shared runs are reported by place, without words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus.entries import AnnotatedEntry, CorpusError
from training.corpus.overlap import RUN, shared_runs

THEIRS = "So I went back to the shop on Friday and they had sold out of bread."


def entry(text: str) -> AnnotatedEntry:
    """Return an entry of a corpus."""
    return AnnotatedEntry(id="a", kind="entry", text=text, profile="", group="a", spans=(), source="a.jsonl:1")


@pytest.fixture
def post(tmp_path: Path) -> Path:
    """A file that a model is measured on."""
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"id": "p", "sentences": ["Hello.", THEIRS]}) + "\n\n", encoding="utf-8")
    return path


def test_run_of_eight_words(post: Path) -> None:
    """Eight words in a row are a fault in any case and punctuation; it names the place and no word."""
    text = "Busy. I WENT back, to the shop on friday"
    (fault,) = shared_runs([entry(text)], [post])
    assert fault.startswith(
        f"a.jsonl:1: shares {RUN} words in a row, from code point {text.index('I WENT')}, with posts"
    )
    assert "shop" not in fault.lower()


def test_shorter_runs_are_chance(post: Path) -> None:
    """Seven words in a row are no fault, nor are the same words in another order."""
    texts = ["I went back to the shop on Monday", "On Friday the shop to back went I"]
    assert list(shared_runs([entry(text) for text in texts], [post])) == []


def test_texts_in_tables(tmp_path: Path) -> None:
    """Every cell of a CSV is compared, quoted line breaks included."""
    path = tmp_path / "posts.csv"
    path.write_text(f'a,b\n1,"x\n{THEIRS}"\n', encoding="utf-8")
    assert len(list(shared_runs([entry(THEIRS)], [path]))) == 1


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", b"{"), ("b.csv", b"\xff"), ("c.jsonl", None)])
def test_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None) -> None:
    """An unreadable file is an error that names it and the formats that are read."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=r"cannot be read; give texts to compare with as UTF-8 \.csv"):
        list(shared_runs([], [tmp_path / name]))


@given(st.lists(st.sampled_from(["yes", "day", "it's", "ok"]), min_size=RUN, max_size=20), st.text(" .,\n", min_size=1))
def test_an_entry_shares_itself(tmp_path_factory: pytest.TempPathFactory, words: list[str], between: str) -> None:
    """A text of eight words or more shares a run with itself in any punctuation."""
    path = tmp_path_factory.mktemp("own") / "own.json"
    path.write_text(json.dumps([between.join(words)]), encoding="utf-8")
    assert list(shared_runs([entry(" ".join(words))], [path]))
