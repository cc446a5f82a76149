"""Describes the cross-validation on the corpus for the model card, as plain data.

The description has metrics by label, confusions of close pairs of labels, tags on hard sentences, metrics by part of
the corpus, and the worst failures.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.taxonomy import Taxonomy
from training.corpus.entries import REASONS, AnnotatedEntry
from training.corpus.sentences import Sentences
from training.measure.figures import measure
from training.measure.metrics import Mask, draws, estimate, has_any

CLOSE_PAIRS = (
    ("catastrophizing", "fortune_telling"),
    ("all_or_nothing", "overgeneralization"),
    ("all_or_nothing", "labeling"),
    ("bargaining", "rationalizing"),
    ("bargaining", "minimizing"),
    ("rationalizing", "minimizing"),
    ("denial", "overconfidence"),
    ("labeling", "personalization"),
)
"""Pairs of labels that are easily confused. The annotation guideline distinguishes them explicitly."""

OTHER = "none named"
"""Name of the group of entries in which no substance is named."""

_DRAWS = 300
_MIN_QUOTED, _MAX_QUOTED = 4, 28
"""Length in words of the sentences that the card may quote."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A corpus with out-of-fold predictions: no model was trained on the group of a sentence that it predicted.

    probabilities
        Shape (sentences, labels).
    tags
        Whether each sentence gets each label at the operating point `balanced`, shape (sentences, labels).
    """

    entries: Sequence[AnnotatedEntry]
    data: Sentences
    probabilities: NDArray[np.float64]
    tags: Mask

    def take(self, mask: Mask) -> Judged:
        """Return the sentences that the mask selects."""
        return Judged(self.entries, self.data.take(mask), self.probabilities[mask], self.tags[mask])

    def figures(self, label_ids: Sequence[str] = ()) -> dict[str, Any]:
        """Return the metrics of `measure`, for bootstrap draws of entries."""
        weights = draws(len(np.unique(self.data.entries)), _DRAWS)
        return measure(self.data, self.probabilities, {"balanced": self.tags}, label_ids=label_ids, weights=weights)


def describe_corpus(judged: Judged, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return plain data for the card. The metrics by label use only the sentences that `in_entries` selects."""
    return {
        "labels": _labels(judged.take(judged.data.in_entries).figures(taxonomy.ids)["labels"]),
        "pairs": _pairs(judged, taxonomy),
        "hard": _hard(judged),
        "near": _near(judged, taxonomy),
        "groups": {name: _corpus_part(judged.take(mask)) for name, mask in _corpus_parts(judged) if mask.any()},
        "failures": {"false": _false(judged, taxonomy), "missed": _missed(judged, taxonomy)},
    }


def _labels(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        label: {
            "support": int(row["balanced"]["support"][0]),
            **{name: estimate(row["balanced"][name]).as_dict() for name in ("precision", "recall", "f1")},
            "ap": estimate(row["sentence_ap"]).as_dict(),
        }
        for label, row in figures.items()
    }


def _pairs(judged: Judged, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """For sentences with exactly one label of a close pair, count which of the two labels the model gave."""
    rows = []
    for first, second in CLOSE_PAIRS:
        if first not in taxonomy.ids or second not in taxonomy.ids:
            continue
        a, b = taxonomy.ids.index(first), taxonomy.ids.index(second)
        for true, other in ((a, b), (b, a)):
            alone = judged.data.labels[:, true] & ~judged.data.labels[:, other]
            right, wrong = judged.tags[alone, true], judged.tags[alone, other]
            pair = {"truth": taxonomy.ids[true], "other": taxonomy.ids[other], "sentences": int(alone.sum())}
            cases = {
                "right": right & ~wrong,
                "wrong": wrong & ~right,
                "both": right & wrong,
                "neither": ~right & ~wrong,
            }
            rows.append({**pair, **{name: int(mask.sum()) for name, mask in cases.items()}})
    return rows


def _hard(judged: Judged) -> dict[str, dict[str, int]]:
    """Count all hard sentences, and those that get a tag, by the reason why they have no label."""
    flagged = has_any(judged.tags)
    reasons = _reasons(judged)
    return {
        reason: {"sentences": len(rows), "flagged": int(flagged[rows].sum())}
        for reason in REASONS
        if (rows := [row for row, name in reasons.items() if name == reason])
    }


def _reasons(judged: Judged) -> dict[int, str]:
    """Return the reason of each hard sentence, by the number of the sentence in the corpus."""
    rows_by_start = {
        (number, row.start): i
        for i, (number, row) in enumerate(zip(judged.data.entries.tolist(), judged.data.rows, strict=True))
    }
    return {
        rows_by_start[number, sentence.start]: sentence.reason
        for number, entry in enumerate(judged.entries)
        for sentence in entry.untagged
        if (number, sentence.start) in rows_by_start
    }


def _near(judged: Judged, taxonomy: Taxonomy) -> dict[str, dict[str, int]]:
    """Count the near misses of each label, those that get any tag, and those that get this label."""
    tags = np.zeros((len(judged.entries), len(taxonomy)), dtype=bool)
    np.maximum.at(tags, judged.data.entries, judged.tags)
    counts = {}
    for column, label in enumerate(taxonomy.ids):
        rows = [number for number, entry in enumerate(judged.entries) if label in entry.near]
        if rows:
            counts[label] = {
                "texts": len(rows),
                "flagged": int(has_any(tags[rows]).sum()),
                "with_label": int(tags[rows, column].sum()),
            }
    return counts


def _corpus_parts(judged: Judged) -> Iterator[tuple[str, Mask]]:
    """Yield the name of each part of the corpus, and a mask of its sentences.

    The parts are all entries, entries by substance, length and use of capitals, and all thoughts.
    """
    data, entries = judged.data, judged.entries
    substances = np.array([substance(entry) for entry in entries])
    capitals = np.array([typed_with_capitals(entry.text) for entry in entries])
    lengths = np.bincount(data.entries, minlength=len(entries))
    in_entries = ~data.thoughts
    yield "all entries", in_entries
    for name in (*_substances(), OTHER):
        yield f"substance: {name}", in_entries & (substances == name)[data.entries]
    yield "length: 1 to 5 sentences", in_entries & (lengths <= 5)[data.entries]
    yield "length: 6 to 15", in_entries & ((lengths > 5) & (lengths <= 15))[data.entries]
    yield "length: 16 and more", in_entries & (lengths > 15)[data.entries]
    yield "typing: sentences begin with capitals", in_entries & capitals[data.entries]
    yield "typing: mostly without capitals", in_entries & ~capitals[data.entries]
    yield "kind: thoughts, of which nearly half are tagged", data.thoughts


def _corpus_part(judged: Judged) -> dict[str, Any]:
    point = judged.figures()["operating_points"]["balanced"]
    return {
        "texts": len(np.unique(judged.data.entries)),
        "sentences": len(judged.data.rows),
        "tagged_sentences": int(point["any_tag"]["support"][0]),
        "micro_f1": estimate(point["micro_f1"]).as_dict(),
        "over_flagging": estimate(point["over_flagging"]).as_dict(),
    }


def substance(entry: AnnotatedEntry) -> str:
    """Return the substance or habit whose words occur most often in an entry and its profile.

    Returns `OTHER` if no such word occurs.
    """
    # Put a blank before and after each word, so that no word is found inside another one.
    words = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in f'{entry.profile} {entry.text}'.lower()).split())} "
    counts = {name: sum(words.count(f" {word} ") for word in listed) for name, listed in _substances().items()}
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] else OTHER


@cache
def _substances() -> Mapping[str, Sequence[str]]:
    text = resources.files("training.card").joinpath("substances.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def typed_with_capitals(text: str) -> bool:
    """Return whether at least half of the lines and sentences of a text begin with a capital or a digit."""
    starts = [part.lstrip()[0] for line in text.splitlines() for part in line.split(". ") if part.strip()]
    return 2 * sum(not start.islower() for start in starts) >= len(starts)


def _false(judged: Judged, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Return the most probable false tag for each reason of hard sentences, and for all other unlabelled sentences."""
    false = np.flatnonzero(_quotable(judged) & ~has_any(judged.data.labels) & has_any(judged.tags)).tolist()
    reasons = _reasons(judged)
    examples = []
    for reason, meaning in {**REASONS, "": "none of these"}.items():
        rows = [row for row in false if reasons.get(row, "") == reason]
        if rows:
            row = max(rows, key=lambda row: judged.probabilities[row].max())
            column = int(judged.probabilities[row].argmax())
            examples.append({"kind": meaning, **_example(judged, row, column, taxonomy)})
    return examples


def _missed(judged: Judged, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Return for each label the sentence that has the label and gets the lowest probability for it."""
    quotable = _quotable(judged)
    examples = []
    for column, label in enumerate(taxonomy.ids):
        rows = np.flatnonzero(quotable & judged.data.labels[:, column])
        if len(rows):
            row = int(rows[judged.probabilities[rows, column].argmin()])
            examples.append({"kind": label, **_example(judged, row, column, taxonomy)})
    return examples


def _quotable(judged: Judged) -> Mask:
    """Return a mask of the sentences that are neither too short nor too long to quote."""
    words = np.array([len(row.text.split()) for row in judged.data.rows])
    return (words >= _MIN_QUOTED) & (words <= _MAX_QUOTED)


def _example(judged: Judged, row: int, column: int, taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "text": " ".join(judged.data.rows[row].text.split()),
        "label": taxonomy.ids[column],
        "probability": float(judged.probabilities[row, column]),
    }
