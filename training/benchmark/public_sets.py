"""Reads the labelled texts of public data sets.

The texts serve only for measurement and are never shown. The files must have the names and columns in `PUBLIC_SETS`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import ThoughtmarkError
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedEntry, CorpusError
from training.corpus.files import lines_with_source
from training.corpus.project_format import read_corpus
from training.corpus.records import load_object


class PublicSetError(ThoughtmarkError):
    """A public set cannot be read. The message names the file, the expected contents, and their source."""


class PublicSetMissing(PublicSetError):
    """The file of a public set does not exist."""


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A public data set: its file, the required columns or fields, and the source."""

    file: str
    columns: tuple[str, ...]
    origin: str

    @property
    def expected(self) -> str:
        """The part of an error message that names the required columns and the source."""
        return f"expected a file with {', '.join(self.columns)} (from: {self.origin})"


PUBLIC_SETS = {
    "recovery_posts": PublicSet(
        "recovery_posts.jsonl",
        ("id", "sentences", "annotator_a", "annotator_b"),
        "annotated for this project, but not published, because the posts belong to their writers; ask the maintainers",
    ),
    "thinking_traps": PublicSet(
        "thinking_traps.jsonl",
        ("prompt", "completion"),
        "Sharma et al. 2023, https://github.com/behavioral-data/Cognitive-Reframing",
    ),
    "pattern_reframe": PublicSet(
        "pattern_reframe.csv",
        ("thought", "pattern"),
        "Maddela et al. 2023 (PatternReframe), https://arxiv.org/abs/2307.02768",
    ),
    "therapist_qa": PublicSet(
        "therapist_qa.csv",
        ("Patient Question", "Distorted part", "Dominant Distortion", "Secondary Distortion (Optional)"),
        "Shreevastava & Foltz 2021, https://aclanthology.org/2021.clpsych-1.17",
    ),
}
"""The public sets by name."""

NOT_DISTORTED = "No Distortion"
"""Label of `therapist_qa` for a post without a distortion."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text of a public set.

    names
        The labels of the text, as the set names them. The main label comes first.
    part
        The distorted part of the text; empty if the set marks none.
    """

    text: str
    names: tuple[str, ...]
    part: str = ""

    def __repr__(self) -> str:
        """Leave out the text, so that no log shows it."""
        return f"LabelledText(names={self.names!r})"


def set_file(folder: Path, name: str) -> Path:
    """Return the path of a set's file; raise `PublicSetMissing` if the file does not exist."""
    file = folder / PUBLIC_SETS[name].file
    if not file.is_file():
        raise PublicSetMissing(f"{file}: does not exist; {PUBLIC_SETS[name].expected}")
    return file


def recovery_posts(folder: Path, taxonomy: Taxonomy) -> list[AnnotatedEntry]:
    """Return the forum posts with the labels that both annotators gave.

    A sentence is disputed if the annotators gave labels to it, but have none in common.

    Raises
    ------
    PublicSetError
        The file does not exist, or has another form.
    """
    file = set_file(folder, "recovery_posts")
    try:
        posts = read_corpus(file, taxonomy)
    except CorpusError as error:
        raise PublicSetError(f"{error}; {PUBLIC_SETS['recovery_posts'].expected}") from None
    if not any(post.spans for post in posts):
        raise PublicSetError(
            f"{file}: no sentence has a label that both annotators gave; {PUBLIC_SETS['recovery_posts'].expected}"
        )
    return posts


def thinking_traps(folder: Path) -> list[LabelledText]:
    """Return each prompt once, with all labels that the file gives it.

    A prompt is a situation and a thought. The two are not separated, because the file does not mark where the situation
    ends, and either part may be missing.

    Raises
    ------
    PublicSetError
        The file does not exist, or has another form.
    """
    names: dict[str, list[str]] = {}
    for row in _rows(folder, "thinking_traps"):
        # Remove the "->" at the end of each prompt: the set is published in a format for fine-tuning.
        labels = names.setdefault(row["prompt"].strip().removesuffix("->").strip(), [])
        if (name := row["completion"].strip()) not in labels:
            labels.append(name)
    return [LabelledText(text, tuple(labels)) for text, labels in names.items() if text]


def pattern_reframe(folder: Path) -> list[LabelledText]:
    """Return the thoughts, each with the pattern that it was written to show; raises like `thinking_traps`."""
    rows = _rows(folder, "pattern_reframe")
    return [LabelledText(row["thought"], (row["pattern"].strip(),)) for row in rows if row["thought"].strip()]


def therapist_qa(folder: Path) -> list[LabelledText]:
    """Return the posts, each with its types and its distorted part; raises like `thinking_traps`."""
    posts = []
    for row in _rows(folder, "therapist_qa"):
        names = (row["Dominant Distortion"].strip(), row["Secondary Distortion (Optional)"].strip())
        if row["Patient Question"].strip():
            posts.append(LabelledText(row["Patient Question"], tuple(filter(None, names)), row["Distorted part"]))
    return posts


def _rows(folder: Path, name: str) -> Iterator[Mapping[str, str]]:
    file, public_set = set_file(folder, name), PUBLIC_SETS[name]
    empty = True
    try:
        for row, source in _csv_rows(file) if file.suffix == ".csv" else _json_rows(file):
            # A value that is not a string counts as missing. The message names only columns, never their contents.
            missing = [column for column in public_set.columns if not isinstance(row.get(column), str)]
            if missing:
                raise PublicSetError(f"{source}: lacks {', '.join(missing)}; {public_set.expected}")
            empty = False
            yield row
    except CorpusError as error:
        raise PublicSetError(f"{error}; {public_set.expected}") from None
    if empty:
        raise PublicSetError(f"{file}: has no rows; {public_set.expected}")


def _csv_rows(file: Path) -> Iterator[tuple[Mapping[str, Any], str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for row in reader:
                yield row, f"{file}:{reader.line_num}"
    except (OSError, UnicodeDecodeError, csv.Error):
        raise CorpusError(f"{file}: cannot be read; expected UTF-8 text, comma-separated, with a header") from None


def _json_rows(file: Path) -> Iterator[tuple[Mapping[str, Any], str]]:
    for line, source in lines_with_source(file):
        yield load_object(line, source), source
