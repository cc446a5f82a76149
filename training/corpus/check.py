"""A corpus in, its faults with file and line out, and a report on its counts and on how much it repeats itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from classifier.preprocess import Preprocessor
from classifier.taxonomy import Label, Taxonomy
from training.corpus.entries import (
    REASONS,
    AnnotatedEntry,
    CorpusError,
    Sentences,
    corpus_files,
    parse_line,
    read_lines,
    sentences,
)
from training.corpus.formats import is_table
from training.corpus.overlap import shared_runs
from training.corpus.repetition import TellingWord, distinct_share, near_copies, openings, plain_words, telling_words

MINIMUM = {
    "entries": 2_000,
    "thoughts": 3_500,
    "sentences": 16_000,
    "sentences of each label": 200,
    "sentences of each label that a source document names": 250,
    "tagged thoughts of each label": 120,
    "near misses of each label": 80,
    "sentences untagged for each reason": 80,
}
"""Counts that the corpus of the default model must reach."""

_UNTAGGED_ENTRIES = (0.55, 0.65)
"""Share of entries without a tag. Real posts have more; with fewer tags there would be too little to learn from."""

_TAGGED_SENTENCES = 0.10
"""Share of the entries' sentences that may be tagged. About 0.025 are in real posts."""

_COPY = 0.7
"""Share of word pairs in common (Jaccard) from which two texts count as one told twice."""

MOST = {
    "sentences that are near copies of one elsewhere": 0.005,
    "entries and thoughts with the commonest opening": 0.015,
    "tagged sentences with the commonest opening": 0.025,
}
"""Shares that repetition must stay under, or the model learns the frames of its writers."""

LEAST_DISTINCT = {2: 0.20, 3: 0.55, 4: 0.80}
"""Share of different runs of so many words among all that must be reached."""


@dataclass(slots=True)
class Report:
    """What a check found.

    faults
        One sentence each, beginning with file and line where there is one.
    near, reasons
        Near misses by label, and hard sentences by reason.
    repeated, distinct
        The shares that `MOST` and `LEAST_DISTINCT` bound.
    telling
        By label, the words that most give it away.
    """

    faults: list[str] = field(default_factory=list)
    entries: int = 0
    thoughts: int = 0
    sentences: int = 0
    tagged_sentences: int = 0
    tagged_in_entries: float = 0.0
    untagged_entries: float = 0.0
    by_label: Counter[str] = field(default_factory=Counter)
    thoughts_by_label: Counter[str] = field(default_factory=Counter)
    near: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    openings: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)
    repeated: dict[str, float] = field(default_factory=dict)
    distinct: dict[int, float] = field(default_factory=dict)
    telling: dict[str, list[TellingWord]] = field(default_factory=dict)

    def summary(self) -> Iterator[str]:
        """Yield the report's lines: counts, labels, repetition, telling words."""
        yield f"{self.entries} entries and {self.thoughts} thoughts, {self.sentences} sentences"
        yield f"tagged sentences: {self.tagged_sentences} ({self.tagged_sentences / max(self.sentences, 1):.1%})"
        yield f"in entries: {self.tagged_in_entries:.1%} of sentences tagged, {self.untagged_entries:.1%} without a tag"
        yield "sentences by label: " + _listed(self.by_label)
        yield "tagged thoughts by label: " + _listed(self.thoughts_by_label)
        yield "near misses by label: " + _listed(self.near)
        yield "hard untagged sentences by reason: " + _listed(self.reasons)
        yield "repetition:"
        for what, share in self.repeated.items():
            yield f"  {what}: {share:.2%} (at most {MOST[what]:.1%})"
        for n, share in self.distinct.items():
            yield f"  different runs of {n} words among all: {share:.1%} (at least {LEAST_DISTINCT[n]:.0%})"
        yield "  commonest openings: " + _listed(self.openings, most=5)
        yield "  commonest openings of a tagged sentence: " + _listed(self.frames, most=5)
        yield "words that most give a label away (with the label / in untagged sentences):"
        for label, words in self.telling.items():
            yield f"  {label}: " + ", ".join(f"{word.word} {word.tagged}/{word.untagged}" for word in words)


def _listed(counter: Counter[str], *, most: int | None = None) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common(most)) or "none"


def check_corpus(path: Path, taxonomy: Taxonomy, *, minimum: bool = True, apart_from: Sequence[Path] = ()) -> Report:
    """Check a corpus file or folder.

    Parameters
    ----------
    path
        What to check.
    taxonomy
        The labels that may stand in it.
    minimum
        Whether counts below `MINIMUM`, and repetition above its bounds, are faults.
    apart_from
        Files with texts that the corpus must not repeat: those that models are measured on.
    """
    report = Report()
    entries = list(_read(path, taxonomy, report))
    _check_ids(entries, report)
    data = sentences(entries, Preprocessor(), taxonomy)
    texts = plain_words(data)
    _check_bounds(entries, data, report)
    _count(entries, data, taxonomy, report)
    _check_copies(entries, data, texts, report)
    _measure_repetition(data, texts, taxonomy, report)
    report.faults.extend(shared_runs(entries, apart_from))
    if minimum:
        report.faults.extend(_shortfalls(taxonomy, report))
        report.faults.extend(_excesses(report))
    return report


def _read(path: Path, taxonomy: Taxonomy, report: Report) -> Iterator[AnnotatedEntry]:
    for file in corpus_files(path):
        if is_table(file):
            report.faults.append(f"{file}: a table; only the project's own form (JSONL) is checked")
            continue
        try:
            for line, source in read_lines(file):
                try:
                    yield parse_line(line, source, taxonomy)
                except CorpusError as error:
                    report.faults.append(str(error))
        except CorpusError as error:  # the file, from here on
            report.faults.append(str(error))


def _check_ids(entries: Sequence[AnnotatedEntry], report: Report) -> None:
    first: dict[str, str] = {}
    for entry in entries:
        if entry.id in first:
            report.faults.append(f"{entry.source}: id {entry.id!r} stands already at {first[entry.id]}; ids are unique")
        first.setdefault(entry.id, entry.source)


def _check_bounds(entries: Sequence[AnnotatedEntry], data: Sentences, report: Report) -> None:
    bounds: list[set[tuple[int, int]]] = [set() for _ in entries]
    for owner, row in zip(data.entries, data.rows, strict=True):
        bounds[owner].add((row.start, row.end))
    for entry, found in zip(entries, bounds, strict=True):
        tagged = {(span.start, span.end) for span in entry.spans}
        hard = {(sentence.start, sentence.end) for sentence in entry.hard}
        for where in sorted(tagged | hard):
            if where not in found:
                near = min(found, key=lambda b: abs(b[0] - where[0]) + abs(b[1] - where[1]), default=None)
                report.faults.append(
                    f"{entry.source}: span {where[0]}-{where[1]} is not a sentence; the nearest is "
                    + (f"{near[0]}-{near[1]}" if near else "none, the text is empty")
                )
        for start, end in sorted(tagged & hard):
            report.faults.append(f"{entry.source}: {start}-{end} has labels and stands as untagged; take one out")
        if entry.near and entry.spans:
            report.faults.append(f"{entry.source}: is tagged and named a near miss; take 'near' or the spans out")


def _count(entries: Sequence[AnnotatedEntry], data: Sentences, taxonomy: Taxonomy, report: Report) -> None:
    longer = [entry for entry in entries if entry.kind == "entry"]
    tagged = np.asarray(data.labels.any(axis=1))
    report.entries, report.thoughts = len(longer), len(entries) - len(longer)
    report.sentences, report.tagged_sentences = len(tagged), int(tagged.sum())
    report.tagged_in_entries = float(tagged[~data.thoughts].mean()) if (~data.thoughts).any() else 0.0
    report.untagged_entries = sum(not entry.spans for entry in longer) / max(len(longer), 1)
    report.by_label = Counter(dict(zip(taxonomy.ids, map(int, data.labels.sum(axis=0)), strict=True)))
    for entry in entries:
        report.near.update(entry.near)
        report.reasons.update(sentence.reason for sentence in entry.hard)
        if entry.kind == "thought":
            report.thoughts_by_label.update({label for span in entry.spans for label in span.labels})


def _check_copies(entries: Sequence[AnnotatedEntry], data: Sentences, texts: Sequence[str], report: Report) -> None:
    whole: list[list[str]] = [[] for _ in entries]
    for owner, text in zip(data.entries, texts, strict=True):
        whole[owner].append(text)
    for i, j, share in near_copies([" ".join(text) for text in whole], at_least=_COPY):
        what = "the same as" if share == 1 else f"nearly the same as ({share:.0%} of word pairs)"
        report.faults.append(f"{entries[j].source}: {what} {entries[i].source}; leave one of them out")


def _measure_repetition(data: Sentences, texts: Sequence[str], taxonomy: Taxonomy, report: Report) -> None:
    first = np.flatnonzero(np.diff(data.entries, prepend=-1)).tolist()
    tagged = np.flatnonzero(data.labels.any(axis=1)).tolist()
    report.openings = openings([texts[i] for i in first])
    report.frames = openings([texts[i] for i in tagged])
    copies = {
        i
        for pair in near_copies(texts, at_least=_COPY)
        for i in pair[:2]
        if data.groups[pair[0]] != data.groups[pair[1]]  # a near miss may share its situation with its thought
    }
    shares = (len(copies) / max(len(texts), 1), _commonest(report.openings), _commonest(report.frames))
    report.repeated = dict(zip(MOST, shares, strict=True))
    report.distinct = {n: distinct_share(texts, n=n) for n in LEAST_DISTINCT}
    if tagged:
        report.telling = dict(zip(taxonomy.ids, telling_words(texts, data.labels), strict=True))


def _commonest(counter: Counter[str]) -> float:
    return max(counter.values(), default=0) / max(counter.total(), 1)


def _shortfalls(taxonomy: Taxonomy, report: Report) -> Iterator[str]:
    for name, count in (("entries", report.entries), ("thoughts", report.thoughts), ("sentences", report.sentences)):
        if count < MINIMUM[name]:
            yield f"{count} {name}, expected at least {MINIMUM[name]}"
    for label in taxonomy:
        for what, count, least in (
            ("sentences", report.by_label[label.id], _least(label)),
            ("tagged thoughts", report.thoughts_by_label[label.id], MINIMUM["tagged thoughts of each label"]),
            ("near misses", report.near[label.id], MINIMUM["near misses of each label"]),
        ):
            if count < least:
                yield f"label {label.id!r}: {count} {what}, expected at least {least}"
    least = MINIMUM["sentences untagged for each reason"]
    for reason in REASONS:
        if report.reasons[reason] < least:
            yield f"reason {reason!r}: {report.reasons[reason]} sentences, expected at least {least}"


def _least(label: Label) -> int:
    named = label.source[:1].isdigit()  # source documents are numbered
    return MINIMUM[f"sentences of each label{' that a source document names' * named}"]


def _excesses(report: Report) -> Iterator[str]:
    low, high = _UNTAGGED_ENTRIES
    if not low <= report.untagged_entries <= high:
        yield f"{report.untagged_entries:.1%} of entries without a tag, expected {low:.0%} to {high:.0%}"
    if report.tagged_in_entries > _TAGGED_SENTENCES:
        tagged = f"{report.tagged_in_entries:.1%} of the entries' sentences tagged"
        yield f"{tagged}, expected at most {_TAGGED_SENTENCES:.0%}"
    for what, share in report.repeated.items():
        if share > MOST[what]:
            yield f"{what}: {share:.2%}, expected at most {MOST[what]:.1%}; write some of them differently"
    for n, share in report.distinct.items():
        if share < LEAST_DISTINCT[n]:
            yield f"different runs of {n} words: {share:.1%}, expected at least {LEAST_DISTINCT[n]:.0%}"
    for label, words in report.telling.items():
        for word in words:
            if not word.untagged:
                yield (
                    f"label {label!r}: {word.word!r} stands in {word.tagged} tagged sentences and in no untagged one; "
                    "write some with it"
                )
