"""Real posts and a model in, what the card says of them out: the figures that count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from training.corpus.entries import AnnotatedEntry, Sentences
from training.measure.bootstrap import auc, average_precision, draws, estimate, share
from training.measure.scores import any_label, by_entry, calibration, chance_by_entry

COMMUNITIES = {"or": "r/OpiatesRecovery", "sd": "r/stopdrinking"}
"""What the beginning of a post's id stands for in `recovery_posts`."""

LENGTHS = {"1 to 5 sentences": (1, 5), "6 to 12 sentences": (6, 12), "13 sentences and more": (13, 10_000)}

_WEEK = 200
"""Entries that a therapist screens in a week: what the counts are turned into."""

_FIRST = 20
"""Entries that one reads from the top of the list."""


def on_posts(
    posts: Sequence[AnnotatedEntry],
    data: Sentences,
    probabilities: NDArray[np.float64],
    thresholds: Mapping[str, NDArray[np.float64]],
    label_ids: Sequence[str],
) -> dict[str, Any]:
    """Measure tags on posts that two annotators have read.

    Parameters
    ----------
    posts
        The posts.
    data
        Their sentences.
    probabilities
        Shape (sentences, labels).
    thresholds
        Operating point and its thresholds, shape (labels,).
    label_ids
        Names of the columns.

    Sentences on which the annotators differ are left out; so are, where untagged posts are counted, the posts
    that hold one of them and no other tag.
    """
    kept = data.take(~data.disputed)
    chances = probabilities[~data.disputed]
    numbers = np.unique(kept.entries)
    truth = any_label(by_entry(kept, kept.labels))
    plain = ~truth & ~np.isin(numbers, data.entries[data.disputed])
    chance = chance_by_entry(kept, chances)
    ids = [posts[number].id for number in numbers]
    lengths = np.bincount(data.entries)[numbers]
    groups = {
        **{name: np.array([i.split(":")[0] == short for i in ids]) for short, name in COMMUNITIES.items()},
        **{name: (lengths >= least) & (lengths <= most) for name, (least, most) in LENGTHS.items()},
    }
    ranked = np.argsort(-chance, kind="stable")
    return {
        "counts": {
            "posts": len(numbers),
            "tagged_posts": int(truth.sum()),
            "plain_posts": int(plain.sum()),
            "sentences": len(kept.rows),
            "tagged_sentences": int(any_label(kept.labels).sum()),
            "disputed_sentences": int(data.disputed.sum()),
        },
        "points": {name: _point(kept, chances >= bounds, truth, plain) for name, bounds in thresholds.items()},
        "first": {
            "read": min(_FIRST, len(numbers)),
            "tagged": int(truth[ranked[:_FIRST]].sum()),
            "by_chance": float(truth.mean() * min(_FIRST, len(numbers))),
        },
        "groups": {
            name: _group(kept, chances, thresholds["balanced"], numbers[members], truth[members], plain[members])
            for name, members in groups.items()
            if members.any()
        },
        "labels": {
            label: _of_label(kept.labels[:, j], chances[:, j] >= thresholds["balanced"][j])
            for j, label in enumerate(label_ids)
        },
        "calibration": calibration(kept.labels, chances),
        "curves": {
            "sentences": _curve(any_label(kept.labels), chances.max(axis=1)),
            "posts": _curve(truth, chance),
        },
    }


def _point(
    kept: Sentences, tagged: NDArray[np.bool_], truth: NDArray[np.bool_], plain: NDArray[np.bool_]
) -> dict[str, Any]:
    """Figures of one operating point, with intervals by post, and what they come to in a week's entries."""
    said, there = any_label(tagged), any_label(kept.labels)
    flagged = any_label(by_entry(kept, tagged))
    weights = draws(len(truth))
    of_sentences = weights[:, np.unique(kept.entries, return_inverse=True)[1]]
    week = _WEEK / len(truth)
    return {
        "sentences": {
            "tagged": int(said.sum()),
            "right": int((said & there).sum()),
            "precision": estimate(share(said & there, said, of_sentences)).as_dict(),
            "recall": estimate(share(said & there, there, of_sentences)).as_dict(),
        },
        "posts": {
            "tagged": int(flagged.sum()),
            "right": int((flagged & truth).sum()),
            "precision": estimate(share(flagged & truth, flagged, weights)).as_dict(),
            "recall": estimate(share(flagged & truth, truth, weights)).as_dict(),
            "over_flagging": estimate(share(flagged & plain, plain, weights)).as_dict(),
        },
        "week": {
            "entries": _WEEK,
            "tagged": float(flagged.sum() * week),
            "right": float((flagged & truth).sum() * week),
            "missed": float((~flagged & truth).sum() * week),
        },
    }


def _group(
    kept: Sentences,
    chances: NDArray[np.float64],
    bounds: NDArray[np.float64],
    numbers: NDArray[np.int_],
    truth: NDArray[np.bool_],
    plain: NDArray[np.bool_],
) -> dict[str, Any]:
    inside = np.isin(kept.entries, numbers)
    part, values = kept.take(inside), chances[inside]
    flagged = any_label(by_entry(part, values >= bounds))
    return {
        "posts": len(truth),
        "tagged_posts": int(truth.sum()),
        "found": int((flagged & truth).sum()),
        "plain_posts": int(plain.sum()),
        "flagged": int((flagged & plain).sum()),
        "sentence_auc": _by_post(auc, part, values),
        "sentence_ap": _by_post(average_precision, part, values),
    }


def _by_post(measure: Callable[..., NDArray[np.float64]], part: Sentences, values: NDArray[np.float64]) -> Any:
    numbers, owner = np.unique(part.entries, return_inverse=True)
    return estimate(measure(any_label(part.labels), values.max(axis=1), draws(len(numbers))[:, owner])).as_dict()


def _of_label(there: NDArray[np.bool_], said: NDArray[np.bool_]) -> dict[str, int]:
    return {"there": int(there.sum()), "found": int((there & said).sum()), "false": int((said & ~there).sum())}


def _curve(truth: NDArray[np.bool_], ranking: NDArray[np.float64]) -> list[list[float]]:
    """Recall and precision wherever the recall rises, from the top of the ranking down."""
    precision, recall, _ = precision_recall_curve(truth, ranking)
    points = list(zip(recall[::-1].tolist(), precision[::-1].tolist(), strict=True))[1:]
    return [[r, p] for (r, p), (before, _) in zip(points, [(0.0, 1.0), *points], strict=False) if r > before]
