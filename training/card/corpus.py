"""The corpus, judged out of fold, in; what the card says of it out: labels, close pairs, hard sentences, failures."""

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
from training.corpus.entries import REASONS, AnnotatedEntry, Sentences
from training.measure.bootstrap import average_precision, draws, estimate, f1, share
from training.measure.scores import any_label, by_entry

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
"""Labels that the guideline tells apart with care."""

_DRAWS = 300
_SHOWN = 28
"""Words that a quoted sentence has at most."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A corpus, each sentence judged by a model that has not seen its group.

    probabilities, tagged
        Shape (sentences, labels); tagged at `balanced`.
    """

    entries: Sequence[AnnotatedEntry]
    data: Sentences
    probabilities: NDArray[np.float64]
    tagged: NDArray[np.bool_]

    def take(self, mask: NDArray[np.bool_]) -> Judged:
        """Return some of the sentences."""
        return Judged(self.entries, self.data.take(mask), self.probabilities[mask], self.tagged[mask])


def on_corpus(judged: Judged, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return plain data for the card; figures of labels are those of the sentences in entries, not in thoughts."""
    in_entries = judged.take(judged.data.in_entries)
    return {
        "labels": _labels(in_entries, taxonomy),
        "pairs": _pairs(judged, taxonomy),
        "hard": _hard(judged),
        "near": _near(judged, taxonomy),
        "groups": {name: _group(judged.take(mask)) for name, mask in _groups(judged) if mask.any()},
        "failures": {"false": _false(judged, taxonomy), "missed": _missed(judged, taxonomy)},
    }


def _labels(judged: Judged, taxonomy: Taxonomy) -> dict[str, Any]:
    data = judged.data
    numbers, owner = np.unique(data.entries, return_inverse=True)
    weights = draws(len(numbers), _DRAWS)[:, owner]
    figures = {}
    for j, label in enumerate(taxonomy.ids):
        truth, said = data.labels[:, j], judged.tagged[:, j]
        figures[label] = {
            "support": int(truth.sum()),
            "precision": estimate(share(truth & said, said, weights)).as_dict(),
            "recall": estimate(share(truth & said, truth, weights)).as_dict(),
            "f1": estimate(f1(truth[:, None], said[:, None], weights, average="micro")).as_dict(),
            "ap": estimate(average_precision(truth, judged.probabilities[:, j], weights)).as_dict(),
        }
    return figures


def _pairs(judged: Judged, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Where one label of a pair stands and the other does not: which of the two are tagged."""
    rows = []
    for first, second in CLOSE_PAIRS:
        if first not in taxonomy.ids or second not in taxonomy.ids:
            continue
        a, b = taxonomy.ids.index(first), taxonomy.ids.index(second)
        for true, other in ((a, b), (b, a)):
            alone = judged.data.labels[:, true] & ~judged.data.labels[:, other]
            right, wrong = judged.tagged[alone, true], judged.tagged[alone, other]
            rows.append(
                {
                    "truth": taxonomy.ids[true],
                    "other": taxonomy.ids[other],
                    "sentences": int(alone.sum()),
                    "right": int((right & ~wrong).sum()),
                    "wrong": int((wrong & ~right).sum()),
                    "both": int((right & wrong).sum()),
                    "neither": int((~right & ~wrong).sum()),
                }
            )
    return rows


def _hard(judged: Judged) -> dict[str, dict[str, int]]:
    """How many of the marked untagged sentences get a tag, by the reason why they have none."""
    flagged = any_label(judged.tagged)
    reasons = _reasons(judged)
    return {
        reason: {"sentences": len(rows), "flagged": int(flagged[rows].sum())}
        for reason in REASONS
        if (rows := [row for row, name in reasons.items() if name == reason])
    }


def _reasons(judged: Judged) -> dict[int, str]:
    """Number of each hard sentence, and its reason."""
    places = {
        (number, row.start): i
        for i, (number, row) in enumerate(zip(judged.data.entries.tolist(), judged.data.rows, strict=True))
    }
    return {
        places[number, sentence.start]: sentence.reason
        for number, entry in enumerate(judged.entries)
        for sentence in entry.hard
        if (number, sentence.start) in places
    }


def _near(judged: Judged, taxonomy: Taxonomy) -> dict[str, dict[str, int]]:
    """How many of a label's near misses get any tag, and how many get the very label."""
    tagged = np.zeros((len(judged.entries), len(taxonomy)), dtype=bool)
    np.maximum.at(tagged, judged.data.entries, judged.tagged)
    found = {}
    for j, label in enumerate(taxonomy.ids):
        rows = [number for number, entry in enumerate(judged.entries) if label in entry.near]
        if rows:
            found[label] = {
                "texts": len(rows),
                "flagged": int(any_label(tagged[rows]).sum()),
                "with_label": int(tagged[rows, j].sum()),
            }
    return found


def _groups(judged: Judged) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Names and sentences of the parts of the corpus: by substance and manner (entries), and by kind."""
    data, entries = judged.data, judged.entries
    substances = np.array([substance(entry) for entry in entries])
    capitals = np.array([typed_with_capitals(entry.text) for entry in entries])
    lengths = np.bincount(data.entries, minlength=len(entries))
    longer = ~data.thoughts
    yield "all entries", longer
    for name in (*_substances(), OTHER):
        yield f"substance: {name}", longer & (substances == name)[data.entries]
    yield "length: 1 to 5 sentences", longer & (lengths <= 5)[data.entries]
    yield "length: 6 to 15", longer & ((lengths > 5) & (lengths <= 15))[data.entries]
    yield "length: 16 and more", longer & (lengths > 15)[data.entries]
    yield "typing: sentences begin with capitals", longer & capitals[data.entries]
    yield "typing: mostly without capitals", longer & ~capitals[data.entries]
    yield "kind: thoughts, of which nearly half are tagged", data.thoughts


def _group(judged: Judged) -> dict[str, Any]:
    data = judged.data
    numbers, owner = np.unique(data.entries, return_inverse=True)
    weights = draws(len(numbers), _DRAWS)
    plain = ~any_label(by_entry(data, data.labels))
    flagged = any_label(by_entry(data, judged.tagged))
    return {
        "texts": len(numbers),
        "sentences": len(data.rows),
        "tagged_sentences": int(any_label(data.labels).sum()),
        "micro_f1": estimate(f1(data.labels, judged.tagged, weights[:, owner], average="micro")).as_dict(),
        "over_flagging": estimate(share(flagged & plain, plain, weights)).as_dict(),
    }


OTHER = "none named"


def substance(entry: AnnotatedEntry) -> str:
    """Return the substance or habit whose words stand most often in an entry and its profile; else `OTHER`."""
    words = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in f'{entry.profile} {entry.text}'.lower()).split())} "
    counts = {name: sum(words.count(f" {word} ") for word in listed) for name, listed in _substances().items()}
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] else OTHER


@cache
def _substances() -> Mapping[str, Sequence[str]]:
    text = resources.files("training.card").joinpath("substances.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def typed_with_capitals(text: str) -> bool:
    """Whether at least half of the lines and sentences of a text begin with a capital or a digit."""
    starts = [part.lstrip()[0] for line in text.splitlines() for part in line.split(". ") if part.strip()]
    return 2 * sum(not start.islower() for start in starts) >= len(starts)


def _false(judged: Judged, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """For each kind of hard sentence, and for the others, the untagged sentence that was tagged with most certainty."""
    plain = ~any_label(judged.data.labels)
    reasons = _reasons(judged)
    kinds = {**REASONS, "": "none of these"}
    found = []
    for reason, meaning in kinds.items():
        rows = [
            row
            for row in np.flatnonzero(plain & any_label(judged.tagged)).tolist()
            if reasons.get(row, "") == reason and _short(judged, row)
        ]
        if rows:
            row = max(rows, key=lambda row: judged.probabilities[row].max())
            found.append({"kind": meaning, **_quoted(judged, row, int(judged.probabilities[row].argmax()), taxonomy)})
    return found


def _missed(judged: Judged, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """For each label, the tagged sentence that was found least likely."""
    found = []
    for j, label in enumerate(taxonomy.ids):
        rows = [row for row in np.flatnonzero(judged.data.labels[:, j]).tolist() if _short(judged, row)]
        if rows:
            row = min(rows, key=lambda row: judged.probabilities[row, j])
            found.append({"kind": label, **_quoted(judged, row, j, taxonomy)})
    return found


def _short(judged: Judged, row: int) -> bool:
    return 4 <= len(judged.data.rows[row].text.split()) <= _SHOWN


def _quoted(judged: Judged, row: int, column: int, taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "text": " ".join(judged.data.rows[row].text.split()),
        "label": taxonomy.ids[column],
        "probability": float(judged.probabilities[row, column]),
    }
