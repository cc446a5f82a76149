"""Holds the results of a corpus check, summarizes them, and compares them with the limits for the default model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from classifier.taxonomy import Label, Taxonomy
from training.corpus.entries import REASONS
from training.corpus.repetition import TellingWord

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
"""Lowest counts for the corpus of the default model."""

_UNTAGGED_ENTRIES = (0.55, 0.65)
"""Lowest and highest share of entries without a label. A share as in real posts would leave too few labels to learn."""

_MOST_TAGGED = 0.10
"""Highest share of labelled sentences in entries. In real posts, the share is about 0.025."""

MOST_REPEATED = {
    "sentences that are near copies of one elsewhere": 0.005,
    "entries and thoughts with the commonest opening": 0.015,
    "tagged sentences with the commonest opening": 0.025,
}
"""Highest shares of repetition. With more repetition, the model learns the writers' set phrases."""

LEAST_DISTINCT = {2: 0.20, 3: 0.55, 4: 0.80}
"""The lowest share of distinct n-grams among all n-grams, by n."""


@dataclass(slots=True)
class CorpusReport:
    """Faults and counts of a corpus.

    faults
        One message per fault. A fault in a line begins with file and line.
    tagged_in_entries
        Share of labelled sentences among the sentences of entries.
    untagged_entries
        Share of entries without a label.
    near, reasons
        Number of near misses by label, and of hard sentences by reason.
    openings, tagged_openings
        How often entries and thoughts, or labelled sentences, begin with the same three words.
    repeated, distinct
        The shares that `MOST_REPEATED` and `LEAST_DISTINCT` limit.
    telling
        By label, the words that give the label away.
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
    tagged_openings: Counter[str] = field(default_factory=Counter)
    repeated: dict[str, float] = field(default_factory=dict)
    distinct: dict[int, float] = field(default_factory=dict)
    telling: dict[str, list[TellingWord]] = field(default_factory=dict)

    def summary(self) -> Iterator[str]:
        """Yield the lines that the command prints: counts, labels, repetition, telling words."""
        yield f"{self.entries} entries and {self.thoughts} thoughts, {self.sentences} sentences"
        yield f"tagged sentences: {self.tagged_sentences} ({self.tagged_sentences / max(self.sentences, 1):.1%})"
        yield f"in entries: {self.tagged_in_entries:.1%} of sentences tagged, {self.untagged_entries:.1%} without a tag"
        yield "sentences by label: " + _by_count(self.by_label)
        yield "tagged thoughts by label: " + _by_count(self.thoughts_by_label)
        yield "near misses by label: " + _by_count(self.near)
        yield "hard untagged sentences by reason: " + _by_count(self.reasons)
        yield "repetition:"
        for what, share in self.repeated.items():
            yield f"  {what}: {share:.2%} (at most {MOST_REPEATED[what]:.1%})"
        for n, share in self.distinct.items():
            yield f"  distinct runs of {n} words among all: {share:.1%} (at least {LEAST_DISTINCT[n]:.0%})"
        yield "  commonest openings: " + _by_count(self.openings, most=5)
        yield "  commonest openings of a tagged sentence: " + _by_count(self.tagged_openings, most=5)
        yield "words that give a label away (sentences with the label / untagged sentences):"
        for label, words in self.telling.items():
            yield f"  {label}: " + ", ".join(f"{word.word} {word.tagged}/{word.untagged}" for word in words)

    def shortfalls(self, taxonomy: Taxonomy) -> Iterator[str]:
        """Yield a fault for each count below `MINIMUM`."""
        for name, count in (("entries", self.entries), ("thoughts", self.thoughts), ("sentences", self.sentences)):
            if count < MINIMUM[name]:
                yield f"{count} {name}, expected at least {MINIMUM[name]}"
        for label in taxonomy:
            for what, count, least in (
                ("sentences", self.by_label[label.id], _least_sentences(label)),
                ("tagged thoughts", self.thoughts_by_label[label.id], MINIMUM["tagged thoughts of each label"]),
                ("near misses", self.near[label.id], MINIMUM["near misses of each label"]),
            ):
                if count < least:
                    yield f"label {label.id!r}: {count} {what}, expected at least {least}"
        least = MINIMUM["sentences untagged for each reason"]
        for reason in REASONS:
            if self.reasons[reason] < least:
                yield f"reason {reason!r}: {self.reasons[reason]} sentences, expected at least {least}"

    def excesses(self) -> Iterator[str]:
        """Yield a fault for each share of tags or of repetition outside its limits."""
        low, high = _UNTAGGED_ENTRIES
        if not low <= self.untagged_entries <= high:
            yield f"{self.untagged_entries:.1%} of entries without a tag, expected {low:.0%} to {high:.0%}"
        if self.tagged_in_entries > _MOST_TAGGED:
            tagged = f"{self.tagged_in_entries:.1%} of the entries' sentences tagged"
            yield f"{tagged}, expected at most {_MOST_TAGGED:.0%}"
        for what, share in self.repeated.items():
            if share > MOST_REPEATED[what]:
                yield f"{what}: {share:.2%}, expected at most {MOST_REPEATED[what]:.1%}; write some of them differently"
        for n, share in self.distinct.items():
            if share < LEAST_DISTINCT[n]:
                yield f"distinct runs of {n} words: {share:.1%}, expected at least {LEAST_DISTINCT[n]:.0%}"
        for label, words in self.telling.items():
            for word in words:
                if not word.untagged:
                    yield (
                        f"label {label!r}: {word.word!r} occurs in {word.tagged} tagged sentences and in no untagged "
                        "sentence; write untagged sentences with this word"
                    )


def _by_count(counter: Counter[str], *, most: int | None = None) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common(most)) or "none"


def _least_sentences(label: Label) -> int:
    named = label.source[:1].isdigit()  # sources that begin with a number are source documents
    return MINIMUM[f"sentences of each label{' that a source document names' * named}"]
