"""A corpus in, its faults with file and line out, and a report on how much it repeats itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from classifier.preprocess import Preprocessor, Sentence
from classifier.taxonomy import Taxonomy
from training.corpus import AnnotatedEntry, CorpusError, corpus_files, parse_line, read_lines
from training.formats import is_table

MINIMUM = {"entries": 600, "thoughts": 1_200, "sentences": 6_000, "sentences of each label": 60}
"""Counts under which the default model is not worth training."""

_NEAR_DUPLICATE = 0.7
"""Share of word pairs in common (Jaccard) from which two texts count as one told twice."""

_LONG_ENOUGH = 6
"""Words that a text needs to be compared; shorter ones are alike by chance."""


@dataclass(slots=True)
class Report:
    """What a check found.

    faults
        One sentence each, beginning with file and line where there is one.
    """

    faults: list[str] = field(default_factory=list)
    entries: int = 0
    thoughts: int = 0
    sentences: int = 0
    tagged_sentences: int = 0
    untagged_entries: int = 0
    by_label: Counter[str] = field(default_factory=Counter)
    openings: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)
    distinct_pairs: float = 0.0

    def summary(self) -> Iterator[str]:
        """Yield the report's lines: counts, labels, repetition."""
        whole = self.entries + self.thoughts
        yield f"{self.entries} entries and {self.thoughts} thoughts, {self.sentences} sentences"
        yield f"tagged sentences: {self.tagged_sentences} ({self.tagged_sentences / max(self.sentences, 1):.1%})"
        yield f"entries and thoughts untagged: {self.untagged_entries} ({self.untagged_entries / max(whole, 1):.1%})"
        yield "sentences by label: " + ", ".join(f"{label} {count}" for label, count in self.by_label.most_common())
        yield "template-like repetition:"
        yield f"  different word pairs among all word pairs: {self.distinct_pairs:.1%}"
        yield "  commonest openings of an entry: " + _most(self.openings, whole)
        yield "  commonest frames of a tagged sentence (first three words): " + _most(
            self.frames, self.tagged_sentences
        )


def _most(counter: Counter[str], whole: int) -> str:
    return "; ".join(f'"{text}" {count} ({count / max(whole, 1):.1%})' for text, count in counter.most_common(5))


def check_corpus(path: Path, taxonomy: Taxonomy, *, minimum: bool = True) -> Report:
    """Check a corpus file or folder.

    Parameters
    ----------
    path
        What to check.
    taxonomy
        The labels that may stand in it.
    minimum
        Whether counts below `MINIMUM` are faults.
    """
    report = Report()
    entries = list(_read(path, taxonomy, report))
    _check_ids(entries, report)
    preprocessor = Preprocessor()
    texts: list[tuple[str, str]] = []
    for entry in entries:
        sentences = preprocessor.sentences(entry.text, starts=entry.starts)
        _check_bounds(entry, sentences, report)
        _count(entry, sentences, report)
        texts.append((entry.source, " ".join(term.text for s in sentences for term in s.words)))
    _check_duplicates(texts, report)
    if minimum:
        _check_counts(taxonomy, report)
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


def _check_ids(entries: list[AnnotatedEntry], report: Report) -> None:
    first: dict[str, str] = {}
    for entry in entries:
        if entry.id in first:
            report.faults.append(f"{entry.source}: id {entry.id!r} stands already at {first[entry.id]}; ids are unique")
        first.setdefault(entry.id, entry.source)


def _check_bounds(entry: AnnotatedEntry, sentences: list[Sentence], report: Report) -> None:
    bounds = {(sentence.start, sentence.end) for sentence in sentences}
    for span in entry.spans:
        if (span.start, span.end) not in bounds:
            near = min(bounds, key=lambda b: abs(b[0] - span.start) + abs(b[1] - span.end), default=None)
            report.faults.append(
                f"{entry.source}: span {span.start}-{span.end} is not a sentence; the nearest is "
                + (f"{near[0]}-{near[1]}" if near else "none, the text is empty")
            )


def _count(entry: AnnotatedEntry, sentences: list[Sentence], report: Report) -> None:
    if entry.kind == "thought":
        report.thoughts += 1
    else:
        report.entries += 1
    report.sentences += len(sentences)
    report.tagged_sentences += len(entry.spans)
    report.untagged_entries += not entry.spans
    tagged = {span.start for span in entry.spans}
    for span in entry.spans:
        report.by_label.update(span.labels)
    if sentences:
        report.openings[_first_words(sentences[0])] += 1
    report.frames.update(_first_words(sentence) for sentence in sentences if sentence.start in tagged)


def _first_words(sentence: Sentence) -> str:
    return " ".join([term.text for term in sentence.words if any(map(str.isalnum, term.text))][:3])


def _check_duplicates(texts: list[tuple[str, str]], report: Report) -> None:
    comparable = [(source, text) for source, text in texts if len(text.split()) >= _LONG_ENOUGH]
    if len(comparable) < 2:
        return
    vectorizer = CountVectorizer(ngram_range=(2, 2), token_pattern=r"\S+", binary=True, lowercase=False)
    pairs = vectorizer.fit_transform([text for _, text in comparable]).astype(np.float32)
    sizes = np.asarray(pairs.sum(axis=1)).ravel()
    report.distinct_pairs = pairs.shape[1] / max(sum(max(len(text.split()) - 1, 0) for _, text in comparable), 1)
    common = (pairs @ pairs.T).tocoo()
    for i, j, shared in zip(common.row, common.col, common.data, strict=True):
        if i < j:
            alike = shared / (sizes[i] + sizes[j] - shared)
            if alike >= _NEAR_DUPLICATE:
                what = "the same as" if alike == 1 else f"nearly the same as ({alike:.0%} of word pairs)"
                report.faults.append(f"{comparable[j][0]}: {what} {comparable[i][0]}; leave one of them out")


def _check_counts(taxonomy: Taxonomy, report: Report) -> None:
    for name, count in (("entries", report.entries), ("thoughts", report.thoughts), ("sentences", report.sentences)):
        if count < MINIMUM[name]:
            report.faults.append(f"{count} {name}, expected at least {MINIMUM[name]}")
    least = MINIMUM["sentences of each label"]
    for label in taxonomy.ids:
        if report.by_label[label] < least:
            report.faults.append(f"label {label!r} on {report.by_label[label]} sentences, expected at least {least}")
