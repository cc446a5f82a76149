"""A folder of public labelled sets in, their texts with labels out. For measurement only; no text is ever shown.

The files keep the names and columns under which they are described here; who has a set saves it so.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import ThoughtmarkError
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedEntry, CorpusError, read_corpus


class PublicSetError(ThoughtmarkError):
    """A public set cannot be read; names file, what was expected, and where to get it."""


class PublicSetMissing(PublicSetError):
    """The file of a public set is not there."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a set comes from, and how its file looks.

    columns
        Columns or fields that are read; each must be there.
    """

    file: str
    columns: tuple[str, ...]
    origin: str


SOURCES = {
    "recovery_posts": Source(
        "recovery_posts.jsonl",
        ("id", "sentences", "annotator_a", "annotator_b"),
        "annotated for this project and not published, because the posts are not ours to spread; ask its maintainers",
    ),
    "thinking_traps": Source(
        "thinking_traps.jsonl",
        ("prompt", "completion"),
        "Sharma et al. 2023, https://github.com/behavioral-data/Cognitive-Reframing",
    ),
    "pattern_reframe": Source(
        "pattern_reframe.csv",
        ("thought", "pattern"),
        "Maddela et al. 2023 (PatternReframe), https://arxiv.org/abs/2307.02768",
    ),
    "therapist_qa": Source(
        "therapist_qa.csv",
        ("Patient Question", "Distorted part", "Dominant Distortion", "Secondary Distortion (Optional)"),
        "Shreevastava & Foltz 2021, https://aclanthology.org/2021.clpsych-1.17",
    ),
}
"""The sets by name."""

NOT_DISTORTED = "No Distortion"
"""What `therapist_qa` calls a post without a distortion."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text of a public set.

    names
        Its labels as the set names them, the main one first.
    part
        The distorted part of it, where the set marks one.
    """

    text: str
    names: tuple[str, ...]
    part: str = ""

    def __repr__(self) -> str:
        """Without the text."""
        return f"LabelledText(names={self.names!r})"


def path(folder: Path, name: str) -> Path:
    """Return the file of a set; raise `PublicSetMissing` where it is not there."""
    source = SOURCES[name]
    file = folder / source.file
    if not file.is_file():
        raise PublicSetMissing(
            f"{file}: not there; expected a file with {', '.join(source.columns)} (from: {source.origin})"
        )
    return file


def recovery_posts(folder: Path, taxonomy: Taxonomy) -> list[AnnotatedEntry]:
    """Return the forum posts; gold is what both annotators tagged, what one alone tagged is disputed.

    Raises
    ------
    PublicSetError
        The file is not there, or not as expected.
    """
    file, source = path(folder, "recovery_posts"), SOURCES["recovery_posts"]
    try:
        posts = read_corpus(file, taxonomy)
    except CorpusError as error:
        raise PublicSetError(f"{error} (expected {', '.join(source.columns)}; from: {source.origin})") from None
    if not any(post.spans for post in posts):
        raise PublicSetError(f"{file}: no sentence that both annotators tagged (from: {source.origin})")
    return posts


def thinking_traps(folder: Path) -> list[LabelledText]:
    """Return each prompt once, with all the labels that it stands with.

    A prompt is a situation and a thought. Nothing marks where the one ends: they follow each other with a
    full stop, without one, or one of them is lacking. So they stay together.

    Raises
    ------
    PublicSetError
        The file is not there, or not as expected.
    """
    names: dict[str, list[str]] = {}
    for row in _rows(folder, "thinking_traps"):
        labels = names.setdefault(row["prompt"].strip().removesuffix("->").strip(), [])
        if (name := row["completion"].strip()) not in labels:
            labels.append(name)
    return [LabelledText(text, tuple(labels)) for text, labels in names.items() if text]


def pattern_reframe(folder: Path) -> list[LabelledText]:
    """Return the thoughts, each with the one pattern that it was written to show; raises as `thinking_traps`."""
    rows = _rows(folder, "pattern_reframe")
    return [LabelledText(row["thought"], (row["pattern"].strip(),)) for row in rows if row["thought"].strip()]


def therapist_qa(folder: Path) -> list[LabelledText]:
    """Return the posts, with dominant and secondary type and distorted part; raises as `thinking_traps`."""
    posts = []
    for row in _rows(folder, "therapist_qa"):
        names = (row["Dominant Distortion"].strip(), row["Secondary Distortion (Optional)"].strip())
        if row["Patient Question"].strip():
            posts.append(LabelledText(row["Patient Question"], tuple(filter(None, names)), row["Distorted part"]))
    return posts


def _rows(folder: Path, name: str) -> Iterator[Mapping[str, str]]:
    file, source = path(folder, name), SOURCES[name]
    found = False
    for number, row in _csv(file) if file.suffix == ".csv" else _jsonl(file):
        # Values that are no texts count as lacking. The message names columns and never what stands in them.
        lacking = [column for column in source.columns if not isinstance(row.get(column), str)]
        if lacking:
            raise PublicSetError(
                f"{file}:{number}: lacks {', '.join(lacking)}; expected {', '.join(source.columns)} "
                f"(from: {source.origin})"
            )
        found = True
        yield row
    if not found:
        raise PublicSetError(f"{file}: has no rows; expected {', '.join(source.columns)} (from: {source.origin})")


def _csv(file: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error):
        raise PublicSetError(f"{file}: cannot be read; expected UTF-8 text, comma-separated, with a header") from None


def _jsonl(file: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = json.loads(line)
                    yield number, row if isinstance(row, dict) else {}
    except (OSError, ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise PublicSetError(f"{file}: cannot be read; expected UTF-8 text, one JSON object a line") from None
