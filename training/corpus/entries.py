"""Annotated entries: JSONL files in, sentences with their labels out.

Two forms of file are read. The project's corpus: one object a line with `id`, `kind` (`entry` or
`thought`), `text`, `profile`, `spans` (`start`, `end` in code points, `labels`) and, where entries
belong together, `group`; `near` names the labels that an untagged text is close to, and `untagged`
the sentences without a label that are hard to leave so (`start`, `end`, `reason`). And annotated
sets that bring their own sentences: `sentences` with `labels`, or with the labels of two annotators
(`annotator_a`, `annotator_b`; sentence number → labels). There gold is what both tagged, and what
one alone tagged is left out of account.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import ThoughtmarkError
from classifier.preprocess import Preprocessor, Sentence
from classifier.taxonomy import Taxonomy

KINDS = ("entry", "thought")
ENDINGS = (".jsonl", ".csv", ".tsv")

Paths = Path | Sequence[Path]
"""A corpus: a file, a folder, or several of them."""

REASONS = {
    "pain": "pain, craving, grief, anger or fear told as such",
    "answered": "a distortion already answered or seen through",
    "reported": "somebody else's distortion",
    "negated": "a distortion negated, or only supposed",
    "quoted": "a song, a quotation, a slogan",
    "protective": "an absolute that keeps the person safe",
    "experience": "a prediction that experience bears out",
    "stock_phrase": "a stock phrase of relapse by itself",
    "crisis": "distress that needs a person, not a label",
}
"""Why a sentence that is easily mistaken for a distortion has no label."""


class CorpusError(ThoughtmarkError):
    """A file of annotated entries does not hold together; names file and line."""


@dataclass(frozen=True, slots=True)
class AnnotatedSpan:
    """A tagged stretch of text: offsets in code points, and its label ids."""

    start: int
    end: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HardSentence:
    """A sentence without a label that is hard to leave so: offsets in code points, and one of `REASONS`."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnnotatedEntry:
    """One entry with its annotation.

    starts
        Where sentences start, for sets that bring their own sentences; else None.
    disputed
        Spans that annotators do not agree on; neither right nor wrong.
    near
        Labels that an untagged text is close to: it is their near miss.
    hard
        Sentences without a label that are hard to leave so.
    source
        File and line.
    """

    id: str
    kind: str
    text: str
    profile: str
    group: str
    spans: tuple[AnnotatedSpan, ...]
    source: str
    starts: tuple[int, ...] | None = None
    disputed: tuple[AnnotatedSpan, ...] = ()
    near: tuple[str, ...] = ()
    hard: tuple[HardSentence, ...] = ()

    def __repr__(self) -> str:
        """Without the text."""
        return f"AnnotatedEntry(id={self.id!r}, source={self.source!r})"


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences ready for the model.

    rows
        The model's input, one a sentence.
    labels
        Shape (sentences, labels), in the taxonomy's order.
    entries
        Number of the entry that each sentence belongs to, shape (sentences,).
    groups
        Number of the group that must not be split, shape (sentences,).
    thoughts
        Sentences of short thoughts, among which tags are far commoner than in entries, shape (sentences,).
    disputed
        Sentences that annotators do not agree on, shape (sentences,).
    """

    rows: list[Sentence]
    labels: NDArray[np.bool_]
    entries: NDArray[np.int_]
    groups: NDArray[np.int_]
    thoughts: NDArray[np.bool_]
    disputed: NDArray[np.bool_]

    @property
    def in_entries(self) -> NDArray[np.bool_]:
        """Mask of the sentences of entries, the likest to real writing; all, where there are only thoughts."""
        return self.thoughts if self.thoughts.all() else ~self.thoughts

    def take(self, index: NDArray[np.int_] | NDArray[np.bool_]) -> Sentences:
        """Return some of the sentences, by number or by mask."""
        return Sentences(
            rows=[self.rows[i] for i in np.arange(len(self.rows))[index]],
            labels=self.labels[index],
            entries=self.entries[index],
            groups=self.groups[index],
            thoughts=self.thoughts[index],
            disputed=self.disputed[index],
        )


def default_corpus() -> Path:
    """Return the folder of the project's corpus: in an installed package, or in a clone of the project."""
    installed = Path(__file__).parents[1] / "samples" / "corpus"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "data" / "samples" / "corpus"


def corpus_files(corpus: Paths) -> list[Path]:
    """Return the files of a corpus, each once: files as they are given, those of a folder by name."""
    found: dict[Path, Path] = {}
    for path in [corpus] if isinstance(corpus, Path) else corpus:
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS) if path.is_dir() else [path]
        if not files:
            raise CorpusError(
                f"{path}: no {', '.join(ENDINGS)} file in this folder; give a corpus file or a folder of them"
            )
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def fingerprint(corpus: Paths) -> str:
    """Return the SHA-256 over the files of a corpus."""
    digest = hashlib.sha256()
    for file in corpus_files(corpus):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read_corpus(corpus: Paths, taxonomy: Taxonomy) -> list[AnnotatedEntry]:
    """Read all entries of a corpus in the project's form; `training.annotations` reads other forms too.

    Raises
    ------
    CorpusError
        At the first line that cannot be used.
    """
    return [parse_line(line, source, taxonomy) for file in corpus_files(corpus) for line, source in read_lines(file)]


def read_lines(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each line of a corpus file that is not blank, with its source (`file:line`).

    Raises
    ------
    CorpusError
        The file cannot be read as UTF-8 text.
    """
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield line, f"{file}:{number}"
    except (OSError, UnicodeDecodeError):
        raise CorpusError(f"{file}: cannot be read; a corpus file is UTF-8 text, one JSON object a line") from None


def parse_line(line: str, source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    """Turn one line into an entry; raise `CorpusError` naming `source` where it cannot be used."""
    return parse_row(json_object(line, source), source, taxonomy)


# No error below is raised from its cause: json's and int's name what they were given, which may be an entry's text.


def json_object(line: str, source: str) -> dict[str, Any]:
    """Return the JSON object of a line; raise `CorpusError` naming `source` where it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise CorpusError(f"{source}: not valid JSON; each line is one object") from None
    if not isinstance(row, dict):
        raise CorpusError(f"{source}: not a JSON object; each line is one object with id, kind, text and spans")
    return row


def parse_row(row: Mapping[str, Any], source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    """Turn one object of the project's form into an entry; raise `CorpusError` where it cannot be used."""
    try:
        return _from_sentences(row, source, taxonomy) if "sentences" in row else _from_spans(row, source, taxonomy)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise CorpusError(
            f"{source}: a field is missing or of the wrong type ({type(error).__name__}); see the data card"
        ) from None


def _from_spans(row: Mapping[str, Any], source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    if not isinstance(row.get("id"), str) or not isinstance(row.get("text"), str):
        raise CorpusError(f"{source}: lacks 'id' or 'text'; both are texts")
    if row.get("kind") not in KINDS:
        raise CorpusError(f"{source}: kind is {row.get('kind')!r}; expected one of {', '.join(KINDS)}")
    spans = tuple(
        AnnotatedSpan(int(span["start"]), int(span["end"]), _known(span["labels"], source, taxonomy))
        for span in row.get("spans", ())
    )
    hard = tuple(
        HardSentence(int(span["start"]), int(span["end"]), str(span["reason"])) for span in row.get("untagged", ())
    )
    for sentence in hard:
        if sentence.reason not in REASONS:
            raise CorpusError(f"{source}: reason is {sentence.reason!r}; expected one of {', '.join(REASONS)}")
    for start, end in [(span.start, span.end) for span in spans] + [
        (sentence.start, sentence.end) for sentence in hard
    ]:
        if not 0 <= start < end <= len(row["text"]):
            raise CorpusError(f"{source}: span {start}-{end} is not within the text of {len(row['text'])} code points")
    return AnnotatedEntry(
        id=row["id"],
        kind=row["kind"],
        text=row["text"],
        profile=str(row.get("profile", "")),
        group=str(row.get("group", row["id"])),
        spans=spans,
        source=source,
        near=_known(row.get("near", ()), source, taxonomy),
        hard=hard,
    )


def _from_sentences(row: Mapping[str, Any], source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    if not isinstance(row["sentences"], list):
        raise CorpusError(f"{source}: 'sentences' is not a list; write one text for each sentence")
    sentences = [sentence.strip() for sentence in row["sentences"]]
    starts = [0]
    for sentence in sentences:
        starts.append(starts[-1] + len(sentence) + 1)
    if "annotator_a" in row:
        first, second = _by_number(row["annotator_a"]), _by_number(row["annotator_b"])
    else:
        first = second = _by_number(row.get("labels", {}))
    spans: list[AnnotatedSpan] = []
    disputed: list[AnnotatedSpan] = []
    for number in sorted(first.keys() | second.keys()):
        if not 0 <= number < len(sentences):
            raise CorpusError(f"{source}: no sentence {number}; there are {len(sentences)}, counted from 0")
        where = (starts[number], starts[number] + len(sentences[number]))
        agreed = first.get(number, set()) & second.get(number, set())
        labels = _known(sorted(agreed or first.get(number, set()) | second.get(number, set())), source, taxonomy)
        (spans if agreed else disputed).append(AnnotatedSpan(*where, labels))
    return AnnotatedEntry(
        id=str(row["id"]),
        kind="entry",
        text="\n".join(sentences),
        profile=str(row.get("profile", "")),
        group=str(row["id"]),
        spans=tuple(spans),
        source=source,
        starts=tuple(starts[:-1]),
        disputed=tuple(disputed),
    )


def _by_number(labels: Mapping[str, Sequence[str]]) -> dict[int, set[str]]:
    return {int(number): set(names) for number, names in labels.items() if names}


def _known(labels: Iterable[str], source: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    names = list(labels)
    if isinstance(labels, str) or not all(isinstance(name, str) for name in names):
        raise TypeError("labels are a list of ids")
    try:
        return taxonomy.check(names)
    except ThoughtmarkError as error:
        raise CorpusError(f"{source}: {error}") from error


def sentences(entries: Sequence[AnnotatedEntry], preprocessor: Preprocessor, taxonomy: Taxonomy) -> Sentences:
    """Split annotated entries into the model's rows, each with the labels of the spans it overlaps."""
    rows: list[Sentence] = []
    labels: list[list[bool]] = []
    owners: list[int] = []
    disputed: list[bool] = []
    for number, entry in enumerate(entries):
        found = preprocessor.sentences(entry.text, starts=entry.starts)
        rows.extend(found)
        for sentence in found:
            names = {name for span in entry.spans if _overlap(span, sentence) for name in span.labels}
            labels.append([label in names for label in taxonomy.ids])
            disputed.append(any(_overlap(span, sentence) for span in entry.disputed))
            owners.append(number)
    group_numbers: dict[str, int] = {}
    groups = [group_numbers.setdefault(entry.group, len(group_numbers)) for entry in entries]
    return Sentences(
        rows=rows,
        labels=np.array(labels, dtype=bool).reshape(-1, len(taxonomy)),
        entries=np.array(owners, dtype=int),
        groups=np.array(groups, dtype=int)[owners] if owners else np.empty(0, dtype=int),
        thoughts=np.array([entries[owner].kind == "thought" for owner in owners], dtype=bool),
        disputed=np.array(disputed, dtype=bool),
    )


def _overlap(span: AnnotatedSpan, sentence: Sentence) -> bool:
    return span.start < sentence.end and sentence.start < span.end
