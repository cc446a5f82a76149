"""Annotations as people bring them in, annotated entries out, whatever wrote them.

A label may stand for a place in a text, and then tags every sentence that it touches with more than
punctuation, or for a whole text, which has to be a single sentence. Rows of one text (and one id, where
there are ids) are one entry, with the labels of all of them. In a table, rows of one id with different
texts are the sentences of one entry, in their order. What has no label counts as read and untagged.
All are entries, but for rows of a table that are called thoughts.

Names of labels are those of the taxonomy: ids, names or aliases. Only letters and digits count in them.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from pathlib import Path

from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedEntry, AnnotatedSpan, CorpusError, Paths, corpus_files
from training.corpus.formats import Row, plain, read_rows

log = logging.getLogger(__name__)

Names = Mapping[str, tuple[str, ...]]
"""What each name stands for, by its plain form."""

_LONGEST_NAME = 40
"""Characters of a label that may be shown: what is longer may be text in the wrong column."""


def read_annotations(corpus: Paths, taxonomy: Taxonomy, preprocessor: Preprocessor) -> list[AnnotatedEntry]:
    """Read all entries of a corpus, whatever wrote them, and log what its labels were taken for.

    Raises
    ------
    CorpusError
        A line cannot be used, no label is in the taxonomy, or a label stands for a text of several sentences.
    """
    entries: list[AnnotatedEntry] = []
    joined: dict[tuple[Path, tuple[str, ...]], list[Row]] = {}
    refused: Counter[str] = Counter()
    for file in corpus_files(corpus):
        for item in read_rows(file, taxonomy):
            if isinstance(item, AnnotatedEntry):
                entries.append(item)
            elif item.answer == "accept":
                joined.setdefault((file, item.key), []).append(item)
            else:
                refused[item.answer] += 1
    rows = list(chain.from_iterable(joined.values()))
    known = label_names(taxonomy)
    if refused:
        log.info("Left out, by Prodigy's answers: %s.", ", ".join(f"{n} {answer}" for answer, n in refused.items()))
    _tell_names(Counter(mark.name for row in rows for mark in row.marks), known, rows)
    starts = {row.text: tuple(s.start for s in preprocessor.sentences(row.text)) for row in rows}
    _check_whole(rows, known, starts)
    return [*entries, *(_entry(same, known, starts) for same in joined.values())]


def label_names(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Return what each name stands for: ids go before names, names before aliases, which several labels may share."""
    known: dict[str, tuple[str, ...]] = {}
    for names in (
        lambda label: (label.id,),
        lambda label: (label.name,),
        lambda label: chain.from_iterable(label.aliases.values()),
    ):
        found: dict[str, dict[str, None]] = {}
        for label in taxonomy:
            for name in names(label):
                found.setdefault(plain(name), {})[label.id] = None
        known = {name: tuple(ids) for name, ids in found.items()} | known
    return known


def _tell_names(names: Counter[str], known: Names, rows: Sequence[Row]) -> None:
    unknown = Counter({name: count for name, count in names.items() if plain(name) not in known})
    if unknown and len(unknown) == len(names):
        first = next(row.source for row in rows if row.marks)
        raise CorpusError(
            f"{first}: neither this label nor any other is in the taxonomy: {_listed(unknown)}; rename them to ids or "
            "names that `thoughtmark labels` lists, or give a taxonomy of these labels with --taxonomy"
        )
    for name, count in names.most_common():
        if name not in unknown:
            log.info("%s → %s (%d)", _quoted(name), ", ".join(known[plain(name)]), count)
    if unknown:
        log.warning(
            "Labels that are not in the taxonomy are left out, as if not given: %s. To train them, add them to a copy "
            "of the taxonomy, as labels or as aliases of labels, and give it with --taxonomy; or rename them.",
            _listed(unknown),
        )


def _listed(names: Counter[str]) -> str:
    shown = [(name, count) for name, count in names.most_common() if len(name) <= _LONGEST_NAME][:20]
    others = len(names) - len(shown)
    return ", ".join(
        [*(f"{_quoted(name)} ({count})" for name, count in shown), *([f"and {others} more"] if others else [])]
    )


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)  # on one line, whatever stands in it


def _check_whole(rows: Iterable[Row], known: Names, starts: Mapping[str, Sequence[int]]) -> None:
    wrong = [
        row
        for row in rows
        if len(starts[row.text]) != 1 and any(mark.whole and plain(mark.name) in known for mark in row.marks)
    ]
    if wrong:
        first, *others = wrong
        also = f" (so do {len(others)} more: {', '.join(row.source for row in others[:5])})" if others else ""
        raise CorpusError(
            f"{first.source}: gives a label to a text of {len(starts[first.text])} sentences, and does not say to "
            f"which{also}; give the place (columns start and end, or spans), or write one sentence a row, with one id "
            "for the rows of an entry"
        )


def _entry(rows: Sequence[Row], known: Names, starts: Mapping[str, Sequence[int]]) -> AnnotatedEntry:
    first, *_ = rows
    texts = list(dict.fromkeys(row.text for row in rows))
    offsets = dict(zip(texts, accumulate((len(text) + 1 for text in texts[:-1]), initial=0), strict=True))
    sentences = tuple(offset + start for text, offset in offsets.items() for start in starts[text])
    whole = "\n".join(texts)
    return AnnotatedEntry(
        id=first.id or first.source,
        kind=next((row.kind for row in rows if row.kind), "entry"),
        text=whole,
        profile="",
        group=next((row.group for row in rows if row.group), whole),  # equal texts are never split
        spans=tuple(
            AnnotatedSpan(offsets[row.text] + mark.start, offsets[row.text] + mark.end, known[plain(mark.name)])
            for row in rows
            for mark in row.marks
            if plain(mark.name) in known
        ),
        source=first.source,
        starts=sentences if len(texts) > 1 else None,
    )
