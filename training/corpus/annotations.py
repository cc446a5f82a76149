"""Reads annotated entries in any format, and maps their label names to the taxonomy's labels.

A label on a span applies to each sentence that the span overlaps by more than punctuation. A label on a whole text is
accepted only if the text is a single sentence. Texts of one file with the same key are merged into one entry, which
gets the labels of all of them. In a table, rows with the same id but different texts are the sentences of one entry, in
the order of the rows. A text without a label is a negative example. Every text becomes an entry of kind `entry`, except
table rows whose `kind` is `thought`.

A file may give a label by its id, name or alias. Names are compared by their letters and digits only.
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
from training.corpus.entries import AnnotatedEntry, AnnotatedSpan, CorpusError
from training.corpus.exports import AnnotatedText, bare_name, read_annotated_texts
from training.corpus.files import Paths, corpus_files

log = logging.getLogger(__name__)

Names = Mapping[str, tuple[str, ...]]
"""Label ids by the bare form of their names."""

_LONGEST_NAME = 40
"""Length in characters up to which messages show a label name. A longer name may be text in the wrong column."""


def read_annotations(corpus: Paths, taxonomy: Taxonomy, preprocessor: Preprocessor) -> list[AnnotatedEntry]:
    """Read all entries of a corpus in any format, and log the label id that each name was mapped to.

    Raises
    ------
    CorpusError
        A line cannot be used, no label is in the taxonomy, or a text of several sentences has a label without offsets.
    """
    entries: list[AnnotatedEntry] = []
    by_entry: dict[tuple[Path, tuple[str, ...]], list[AnnotatedText]] = {}
    refused: Counter[str] = Counter()
    for file in corpus_files(corpus):
        for item in read_annotated_texts(file, taxonomy):
            if isinstance(item, AnnotatedEntry):
                entries.append(item)
            elif item.answer == "accept":
                by_entry.setdefault((file, item.key), []).append(item)
            else:
                refused[item.answer] += 1
    texts = list(chain.from_iterable(by_entry.values()))
    known = label_names(taxonomy)
    if refused:
        log.info("Left out, by Prodigy's answers: %s.", ", ".join(f"{n} {answer}" for answer, n in refused.items()))
    _log_names(texts, known)
    # Split each text before the rows of an entry are joined: joining them must not change the sentences.
    starts = {item.text: tuple(s.start for s in preprocessor.sentences(item.text)) for item in texts}
    _require_offsets(texts, known, starts)
    return [*entries, *(_entry(same, known, starts) for same in by_entry.values())]


def label_names(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Return the label ids of each bare name (see `bare_name`).

    Ids take precedence over names, and names over aliases. Several labels may share an alias.
    """
    known: dict[str, tuple[str, ...]] = {}
    for names_of in (
        lambda label: (label.id,),
        lambda label: (label.name,),
        lambda label: chain.from_iterable(label.aliases.values()),
    ):
        ids: dict[str, dict[str, None]] = {}
        for label in taxonomy:
            for name in names_of(label):
                ids.setdefault(bare_name(name), {})[label.id] = None
        # The right side wins: earlier kinds of names take precedence.
        known = {name: tuple(labels) for name, labels in ids.items()} | known
    return known


def _log_names(texts: Sequence[AnnotatedText], known: Names) -> None:
    """Log the label ids that each name was mapped to; raise `CorpusError` if no name is in the taxonomy."""
    names = Counter(span.name for item in texts for span in item.spans)
    unknown = Counter({name: count for name, count in names.items() if bare_name(name) not in known})
    if unknown and len(unknown) == len(names):
        first = next(item.source for item in texts if item.spans)
        raise CorpusError(
            f"{first}: neither this label nor any other is in the taxonomy: {_listed(unknown)}; rename the labels to "
            "ids or names that `thoughtmark labels` lists, or pass a taxonomy that has these labels with --taxonomy"
        )
    for name, count in names.most_common():
        if name not in unknown:
            log.info("%s → %s (%d)", _quoted(name), ", ".join(known[bare_name(name)]), count)
    if unknown:
        log.warning(
            "Labels that are not in the taxonomy are ignored: %s. To train them, rename them to labels of it, "
            "or add them to a copy of the taxonomy, as labels or as aliases, and pass the copy with --taxonomy.",
            _listed(unknown),
        )


def _listed(names: Counter[str]) -> str:
    """Return up to 20 names with their counts. Longer names than `_LONGEST_NAME` are only counted."""
    shown = [(name, count) for name, count in names.most_common() if len(name) <= _LONGEST_NAME][:20]
    others = len(names) - len(shown)
    return ", ".join(
        [*(f"{_quoted(name)} ({count})" for name, count in shown), *([f"and {others} more"] if others else [])]
    )


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)  # escapes line breaks, so that the message stays on one line


def _require_offsets(texts: Iterable[AnnotatedText], known: Names, starts: Mapping[str, Sequence[int]]) -> None:
    """Raise `CorpusError` if a text of several sentences, or of none, has a label without offsets."""
    faulty = [
        item
        for item in texts
        if len(starts[item.text]) != 1 and any(span.whole and bare_name(span.name) in known for span in item.spans)
    ]
    if faulty:
        first, *others = faulty
        also = f" (likewise {len(others)} more: {', '.join(item.source for item in others[:5])})" if others else ""
        raise CorpusError(
            f"{first.source}: a text of {len(starts[first.text])} sentences has a label without offsets{also}; add the "
            "offsets of the label (columns 'start' and 'end', or spans), or write one sentence per row and give all "
            "rows of an entry the same id"
        )


def _entry(same: Sequence[AnnotatedText], known: Names, starts: Mapping[str, Sequence[int]]) -> AnnotatedEntry:
    """Join the annotated texts of one entry; each distinct text becomes one line of the entry's text."""
    first, *_ = same
    texts = list(dict.fromkeys(item.text for item in same))
    # Where each text starts in the joined text; the 1 is for the line break.
    offsets = dict(zip(texts, accumulate((len(text) + 1 for text in texts[:-1]), initial=0), strict=True))
    whole = "\n".join(texts)
    return AnnotatedEntry(
        id=first.id or first.source,
        kind=next((item.kind for item in same if item.kind), "entry"),
        text=whole,
        profile="",
        group=next((item.group for item in same if item.group), whole),  # entries with equal texts are one group
        spans=tuple(
            AnnotatedSpan(offsets[item.text] + span.start, offsets[item.text] + span.end, known[bare_name(span.name)])
            for item in same
            for span in item.spans
            if bare_name(span.name) in known
        ),
        source=first.source,
        starts=tuple(offsets[text] + start for text in texts for start in starts[text]) if len(texts) > 1 else None,
    )
