"""Splits annotated entries into labelled sentences, as arrays that the training needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.preprocess import Preprocessor, Sentence
from classifier.readable import readable
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedEntry, AnnotatedSpan


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences with their labels. All arrays have one row per sentence.

    rows
        The sentences, as the model reads them.
    labels
        Shape (sentences, labels), in the taxonomy's order.
    entries
        Number of the sentence's entry. The numbers ascend.
    groups
        Number of the sentence's group. A group is never split between training and test.
    thoughts
        Whether the sentence comes from a collected thought. Labels are far more common in thoughts than in entries.
    doubts
        Labels on which the annotators disagree, shape (sentences, labels).
    places
        Start and end of each sentence in the entry's text, shape (sentences, 2).
    """

    rows: list[Sentence]
    labels: NDArray[np.bool_]
    entries: NDArray[np.int_]
    groups: NDArray[np.int_]
    thoughts: NDArray[np.bool_]
    doubts: NDArray[np.bool_]
    places: NDArray[np.int_]

    @property
    def disputed(self) -> NDArray[np.bool_]:
        """Mask of the sentences that have no label, but one on which the annotators disagree."""
        return np.asarray(self.doubts.any(axis=1) & ~self.labels.any(axis=1))

    @property
    def in_entries(self) -> NDArray[np.bool_]:
        """Mask of the sentences of entries, which are closest to real writing. Selects all if there are no entries."""
        return self.thoughts if self.thoughts.all() else ~self.thoughts

    def take(self, index: NDArray[np.int_] | NDArray[np.bool_]) -> Sentences:
        """Return the sentences that the index selects, by number or by mask."""
        return Sentences(
            rows=[self.rows[i] for i in np.arange(len(self.rows))[index]],
            labels=self.labels[index],
            entries=self.entries[index],
            groups=self.groups[index],
            thoughts=self.thoughts[index],
            doubts=self.doubts[index],
            places=self.places[index],
        )


def split_entries(entries: Sequence[AnnotatedEntry], preprocessor: Preprocessor, taxonomy: Taxonomy) -> Sentences:
    """Split annotated entries into sentences. Each sentence gets the labels of all spans that overlap it."""
    rows: list[Sentence] = []
    labels: list[list[bool]] = []
    owners: list[int] = []
    doubts: list[list[bool]] = []
    places: list[tuple[int, int]] = []
    for number, entry in enumerate(entries):
        view = readable(entry.text)
        starts = None if entry.starts is None else map(view.position, entry.starts)
        for sentence in preprocessor.sentences(view.text, starts=starts):
            rows.append(sentence)
            places.append(view.given(sentence.start, sentence.end))
            for spans, by_sentence in ((entry.spans, labels), (entry.disputed, doubts)):
                names = {name for span in spans if _overlap(span, *places[-1]) for name in span.labels}
                by_sentence.append([label in names for label in taxonomy.ids])
            owners.append(number)
    # Number the groups in order of appearance, so that folds do not depend on the groups' names.
    group_numbers: dict[str, int] = {}
    groups = [group_numbers.setdefault(entry.group, len(group_numbers)) for entry in entries]
    return Sentences(
        rows=rows,
        labels=np.array(labels, dtype=bool).reshape(-1, len(taxonomy)),
        entries=np.array(owners, dtype=int),
        groups=np.array([groups[owner] for owner in owners], dtype=int),
        thoughts=np.array([entries[owner].kind == "thought" for owner in owners], dtype=bool),
        doubts=np.array(doubts, dtype=bool).reshape(-1, len(taxonomy)),
        places=np.array(places, dtype=int).reshape(-1, 2),
    )


def _overlap(span: AnnotatedSpan, start: int, end: int) -> bool:
    return span.start < end and start < span.end
