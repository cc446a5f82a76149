"""Reads annotated entries from files in the project's own format (JSON Lines).

Each line is a JSON object in one of two layouts:

- By spans, as in the project's corpus: `id`, `kind` (`entry` or `thought`), `text`, `profile`, and `spans` (each with
  `start` and `end` in code points, and `labels`). Entries that belong together have the same `group`. An unlabelled
  text that was written to resemble some labels names these labels in `near`. `untagged` lists unlabelled sentences that
  are easily mistaken for a distortion (each with `start`, `end` and `reason`).
- By sentences, for texts that are already divided into sentences: `id`, `sentences`, and either `labels` (sentence
  number → labels) or the labels of two annotators (`annotator_a`, `annotator_b`). A sentence has the labels that both
  annotators gave. If only one annotator gave labels, or both gave different ones, the sentence is disputed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from pydantic import Field, TypeAdapter

from classifier.errors import UnknownName
from classifier.taxonomy import Taxonomy
from training.corpus.entries import REASONS, AnnotatedEntry, AnnotatedSpan, CorpusError
from training.corpus.files import Paths, corpus_files, lines_with_source
from training.corpus.records import Record, Text, load_object, parse_record, well_formed

_LabelsBySentence = dict[int, set[str] | None]
"""Labels by sentence number, counted from 0."""


class _BySentence(Record):
    id: str = Field(coerce_numbers_to_str=True)
    sentences: list[Text]
    profile: str = Field(default="", coerce_numbers_to_str=True)
    labels: _LabelsBySentence = Field(default_factory=dict)


class _AnnotatedTwice(_BySentence):
    annotator_a: _LabelsBySentence
    annotator_b: _LabelsBySentence


_ENTRY, _ONCE, _TWICE = TypeAdapter(AnnotatedEntry), TypeAdapter(_BySentence), TypeAdapter(_AnnotatedTwice)
_ADVICE = "the data card (data/samples/README.md) describes the format"


def read_corpus(corpus: Paths, taxonomy: Taxonomy) -> list[AnnotatedEntry]:
    """Read all entries of a corpus in the project's format; `training.corpus.annotations` reads other formats too.

    Raises
    ------
    CorpusError
        A line cannot be used. The message names the first such line.
    """
    return [
        parse_line(line, source, taxonomy) for file in corpus_files(corpus) for line, source in lines_with_source(file)
    ]


def parse_line(line: str, source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    """Turn one line into an entry; raise `CorpusError` naming `source` if it cannot be used."""
    return parse_entry(load_object(line, source), source, taxonomy)


def parse_entry(fields: Mapping[str, Any], source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    """Turn one JSON object into an entry; raise `CorpusError` naming `source` if it cannot be used."""
    if "sentences" not in fields:
        return _from_spans(fields, source, taxonomy)
    if "annotator_a" not in fields:
        once = parse_record(_ONCE, fields, source, _ADVICE)
        return _from_sentences(once, once.labels, once.labels, source, taxonomy)
    twice = parse_record(_TWICE, fields, source, _ADVICE)
    return _from_sentences(twice, twice.annotator_a, twice.annotator_b, source, taxonomy)


def _from_spans(fields: Mapping[str, Any], source: str, taxonomy: Taxonomy) -> AnnotatedEntry:
    set_here = {
        "text": well_formed(fields.get("text")),
        "profile": str(fields.get("profile", "")),
        "group": str(fields.get("group", fields.get("id"))),
        "source": source,
        "starts": None,
        "disputed": (),
    }
    # `set_here` comes last, so that it replaces fields of the same name in the file.
    entry = parse_record(_ENTRY, {"spans": (), **fields, **set_here}, source, _ADVICE)
    for sentence in entry.untagged:
        if sentence.reason not in REASONS:
            raise CorpusError(f"{source}: unknown reason in 'untagged'; expected one of {', '.join(REASONS)}")
    for start, end in [(span.start, span.end) for spans in (entry.spans, entry.untagged) for span in spans]:
        if not 0 <= start < end <= len(entry.text):
            raise CorpusError(
                f"{source}: span {start}-{end} is not within the text of {len(entry.text)} code points; "
                "offsets count code points from 0, and the end is exclusive"
            )
    spans = tuple(replace(span, labels=_label_ids(span.labels, source, taxonomy)) for span in entry.spans)
    return replace(entry, spans=spans, near=_label_ids(entry.near, source, taxonomy))


def _from_sentences(
    record: _BySentence, first: _LabelsBySentence, second: _LabelsBySentence, source: str, taxonomy: Taxonomy
) -> AnnotatedEntry:
    """Build an entry from two annotations of its sentences. With a single annotator, pass the same labels twice."""
    sentences = [sentence.strip() for sentence in record.sentences]
    # The sentences are joined by line breaks, hence the 1.
    starts = list(accumulate((len(sentence) + 1 for sentence in sentences), initial=0))[:-1]
    spans: list[AnnotatedSpan] = []
    disputed: list[AnnotatedSpan] = []
    for number in sorted(first.keys() | second.keys()):
        one, other = first.get(number) or set(), second.get(number) or set()
        if not one | other:
            continue
        if not 0 <= number < len(sentences):
            raise CorpusError(
                f"{source}: no sentence {number}; the entry has {len(sentences)} sentences, counted from 0"
            )
        for labels, kept in ((one & other, spans), (one ^ other, disputed)):
            if labels:
                end = starts[number] + len(sentences[number])
                kept.append(AnnotatedSpan(starts[number], end, _label_ids(labels, source, taxonomy)))
    return AnnotatedEntry(
        id=record.id,
        kind="entry",
        text="\n".join(sentences),
        profile=record.profile,
        group=record.id,
        spans=tuple(spans),
        source=source,
        starts=tuple(starts),
        disputed=tuple(disputed),
    )


def _label_ids(names: Iterable[str], source: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    try:
        return taxonomy.check(sorted(names))
    except UnknownName as error:
        raise CorpusError(f"{source}: {error}") from error
