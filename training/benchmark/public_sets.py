"""A folder of public labelled data sets in, their texts with labels out. For measurement only; no text is ever shown.

The files must have the names and columns that `PUBLIC_SETS` lists.
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
    """A public set cannot be read; names the file, what was expected, and where to get it."""


class PublicSetMissing(PublicSetError):
    """The file of a public set does not exist."""


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A data set: its file, the columns or fields that are read and required, and where it comes from."""

    file: str
    columns: tuple[str, ...]
    origin: str

    @property
    def expected(self) -> str:
        """What its file must hold, and where to get it; a part of messages."""
        return f"expected a file with {', '.join(self.columns)} (from: {self.origin})"


PUBLIC_SETS = {
    "recovery_posts": PublicSet(
        "recovery_posts.jsonl",
        ("id", "sentences", "annotator_a", "annotator_b"),
        "annotated for this project and not published, because the posts are not ours to spread; ask its maintainers",
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
"""The sets by name."""

NOT_DISTORTED = "No Distortion"
"""Label of `therapist_qa` for a post without a distortion."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text of a public set.

    names
        Its labels as the set names them, the main one first.
    part
        The distorted part of the text, if the set marks one.
    """

    text: str
    names: tuple[str, ...]
    part: str = ""

    def __repr__(self) -> str:
        """Without the text."""
        return f"LabelledText(names={self.names!r})"


def set_file(folder: Path, name: str) -> Path:
    """Return the file of a set; raise `PublicSetMissing` if it does not exist."""
    file = folder / PUBLIC_SETS[name].file
    if not file.is_file():
        raise PublicSetMissing(f"{file}: does not exist; {PUBLIC_SETS[name].expected}")
    return file


def recovery_posts(folder: Path, taxonomy: Taxonomy) -> list[AnnotatedEntry]:
    """Return the forum posts; gold is what both annotators tagged, what only one tagged is disputed.

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
            f"{file}: no sentence that both annotators tagged; {PUBLIC_SETS['recovery_posts'].expected}"
        )
    return posts


def thinking_traps(folder: Path) -> list[LabelledText]:
    """Return each prompt once, with all the labels that it has in the file.

    A prompt is a situation and a thought. They are kept together, because nothing marks where the situation ends: there
    may be a full stop or none, and either part may be missing.

    Raises
    ------
    PublicSetError
        The file does not exist, or has another form.
    """
    names: dict[str, list[str]] = {}
    for row in _rows(folder, "thinking_traps"):
        # Prompts end in "->", the separator of the fine-tuning format in which the set is published.
        labels = names.setdefault(row["prompt"].strip().removesuffix("->").strip(), [])
        if (name := row["completion"].strip()) not in labels:
            labels.append(name)
    return [LabelledText(text, tuple(labels)) for text, labels in names.items() if text]


def pattern_reframe(folder: Path) -> list[LabelledText]:
    """Return the thoughts, each with the one pattern that it was written to show; raises like `thinking_traps`."""
    rows = _rows(folder, "pattern_reframe")
    return [LabelledText(row["thought"], (row["pattern"].strip(),)) for row in rows if row["thought"].strip()]


def therapist_qa(folder: Path) -> list[LabelledText]:
    """Return the posts, with dominant and secondary type and distorted part; raises like `thinking_traps`."""
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
            # Values other than texts count as missing. The message names columns, never their contents.
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
