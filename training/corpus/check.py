"""Checks a corpus: finds faults with their file and line, counts labels, and measures repetition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.check_report import LEAST_DISTINCT, MOST_REPEATED, CorpusReport
from training.corpus.entries import AnnotatedEntry, CorpusError
from training.corpus.exports import is_table
from training.corpus.files import corpus_files, lines_with_source
from training.corpus.overlap import shared_runs
from training.corpus.project_format import parse_line
from training.corpus.repetition import distinct_share, near_copies, openings, plain_words, telling_words
from training.corpus.sentences import Sentences, split_entries

_COPY = 0.7
"""Two texts count as copies from this Jaccard similarity of their word pairs."""


def check_corpus(
    path: Path, taxonomy: Taxonomy, *, minimum: bool = True, apart_from: Sequence[Path] = ()
) -> CorpusReport:
    """Check a corpus file or folder.

    Parameters
    ----------
    path
        The corpus, in the project's own format.
    taxonomy
        The labels that the corpus may use.
    minimum
        Whether to report counts below `MINIMUM`, and shares of tags or repetition outside their limits, as faults.
    apart_from
        Files of texts that the corpus must not repeat, such as those that models are measured on.
    """
    report = CorpusReport()
    entries = list(_read(path, taxonomy, report))
    _check_ids(entries, report)
    data = split_entries(entries, Preprocessor(), taxonomy)
    texts = plain_words(data)
    _check_spans(entries, data, report)
    _count(entries, data, taxonomy, report)
    _check_copies(entries, data, texts, report)
    _measure_repetition(data, texts, taxonomy, report)
    report.faults.extend(shared_runs(entries, apart_from))
    if minimum:
        report.faults.extend(report.shortfalls(taxonomy))
        report.faults.extend(report.excesses())
    return report


def _read(path: Path, taxonomy: Taxonomy, report: CorpusReport) -> Iterator[AnnotatedEntry]:
    for file in corpus_files(path):
        if is_table(file):
            report.faults.append(f"{file}: is a table; only the project's own format (JSONL) can be checked")
            continue
        try:
            for line, source in lines_with_source(file):
                try:
                    yield parse_line(line, source, taxonomy)
                except CorpusError as error:
                    report.faults.append(str(error))
        except CorpusError as error:  # the file cannot be read any further
            report.faults.append(str(error))


def _check_ids(entries: Sequence[AnnotatedEntry], report: CorpusReport) -> None:
    first: dict[str, str] = {}
    for entry in entries:
        if entry.id in first:
            report.faults.append(
                f"{entry.source}: id {entry.id!r} is already used at {first[entry.id]}; give each entry its own id"
            )
        first.setdefault(entry.id, entry.source)


def _check_spans(entries: Sequence[AnnotatedEntry], data: Sentences, report: CorpusReport) -> None:
    """Report spans that are not exactly a sentence, and annotations that contradict each other."""
    sentences: list[set[tuple[int, int]]] = [set() for _ in entries]  # start and end of each sentence, by entry
    for owner, (start, end) in zip(data.entries.tolist(), data.places.tolist(), strict=True):
        sentences[owner].add((start, end))
    for entry, bounds in zip(entries, sentences, strict=True):
        tagged = {(span.start, span.end) for span in entry.spans}
        hard = {(sentence.start, sentence.end) for sentence in entry.untagged}
        for start, end in sorted((tagged | hard) - bounds):
            near = min(bounds, key=lambda b: abs(b[0] - start) + abs(b[1] - end), default=None)
            report.faults.append(
                f"{entry.source}: span {start}-{end} is not a sentence; the nearest is "
                + (f"{near[0]}-{near[1]}" if near else "none, the text is empty")
            )
        for start, end in sorted(tagged & hard):
            report.faults.append(
                f"{entry.source}: {start}-{end} is in 'spans' and in 'untagged'; remove one of the two"
            )
        if entry.near and entry.spans:
            report.faults.append(f"{entry.source}: has both 'spans' and 'near'; remove one of the two")


def _count(entries: Sequence[AnnotatedEntry], data: Sentences, taxonomy: Taxonomy, report: CorpusReport) -> None:
    longer = [entry for entry in entries if entry.kind == "entry"]
    tagged = np.asarray(data.labels.any(axis=1))
    report.entries, report.thoughts = len(longer), len(entries) - len(longer)
    report.sentences, report.tagged_sentences = len(tagged), int(tagged.sum())
    report.tagged_in_entries = float(tagged[~data.thoughts].mean()) if (~data.thoughts).any() else 0.0
    report.untagged_entries = sum(not entry.spans for entry in longer) / max(len(longer), 1)
    report.by_label = Counter(dict(zip(taxonomy.ids, map(int, data.labels.sum(axis=0)), strict=True)))
    for entry in entries:
        report.near.update(entry.near)
        report.reasons.update(sentence.reason for sentence in entry.untagged)
        if entry.kind == "thought":
            report.thoughts_by_label.update({label for span in entry.spans for label in span.labels})


def _check_copies(
    entries: Sequence[AnnotatedEntry], data: Sentences, texts: Sequence[str], report: CorpusReport
) -> None:
    whole: list[list[str]] = [[] for _ in entries]
    for owner, text in zip(data.entries, texts, strict=True):
        whole[owner].append(text)
    # Each pair is reported once, at the second of its entries.
    for i, j, share in near_copies([" ".join(text) for text in whole], at_least=_COPY):
        what = "the same as" if share == 1 else f"nearly the same as ({share:.0%} of word pairs)"
        report.faults.append(f"{entries[j].source}: {what} {entries[i].source}; leave one of them out")


def _measure_repetition(data: Sentences, texts: Sequence[str], taxonomy: Taxonomy, report: CorpusReport) -> None:
    first = np.flatnonzero(np.diff(data.entries, prepend=-1)).tolist()  # first sentence of each entry
    tagged = np.flatnonzero(data.labels.any(axis=1)).tolist()
    report.openings = openings([texts[i] for i in first])
    report.tagged_openings = openings([texts[i] for i in tagged])
    copies = {
        i
        for pair in near_copies(texts, at_least=_COPY)
        for i in pair[:2]
        if data.groups[pair[0]] != data.groups[pair[1]]  # a near miss may retell the thought of its group
    }
    shares = (len(copies) / max(len(texts), 1), _commonest(report.openings), _commonest(report.tagged_openings))
    report.repeated = dict(zip(MOST_REPEATED, shares, strict=True))
    report.distinct = {n: distinct_share(texts, n=n) for n in LEAST_DISTINCT}
    if tagged:
        report.telling = dict(zip(taxonomy.ids, telling_words(texts, data.labels), strict=True))


def _commonest(counter: Counter[str]) -> float:
    return max(counter.values(), default=0) / max(counter.total(), 1)
