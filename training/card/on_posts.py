"""Describes a model's tags on real posts for the model card, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from training.corpus.entries import AnnotatedEntry
from training.corpus.sentences import Sentences
from training.measure.calibration import measure_calibration
from training.measure.figures import any_label_by_entry, highest_by_entry, measure, untagged_entries
from training.measure.metrics import Mask, Values, draws, estimate, has_any
from training.thresholds import Thresholds, tags_at

COMMUNITIES = {"or": "r/OpiatesRecovery", "sd": "r/stopdrinking"}
"""The community of a post, by the part of its id before the colon."""

LENGTHS = {"1 to 5 sentences": (1, 5), "6 to 12 sentences": (6, 12), "13 sentences and more": (13, 10_000)}

_WEEK = 200
"""Number of entries that a therapist screens in a week. The card scales its counts to this many entries."""

_TOP = 20
"""The card says how many of this many posts are tagged, if posts are sorted by their probability of any label."""


def describe_posts(
    posts: Sequence[AnnotatedEntry],
    data: Sentences,
    probabilities: NDArray[np.float64],
    thresholds: Thresholds,
    label_ids: Sequence[str],
) -> dict[str, Any]:
    """Measure tags on posts that two annotators labelled.

    Disputed sentences are left out. A post with a disputed sentence and no label counts neither as tagged nor as
    untagged.

    Parameters
    ----------
    posts
        The posts.
    data
        The sentences of the posts.
    probabilities
        Shape (sentences, labels).
    thresholds
        By operating point, the lowest probability at which each label is given, shape (labels,). Must have `balanced`.
    label_ids
        Names of the label columns.
    """
    tags, kept = tags_at(thresholds, probabilities), ~data.disputed
    numbers, truth, known = np.unique(data.entries[kept]), data.labels[kept], probabilities[kept]
    figures = measure(data, probabilities, tags, label_ids=label_ids, weights=draws(len(numbers)))
    tagged, any_label = has_any(highest_by_entry(data, data.labels)), any_label_by_entry(data, probabilities)
    top = tagged[np.argsort(-any_label, kind="stable")][:_TOP]
    return {
        "counts": {
            "posts": len(numbers),
            "tagged_posts": int(tagged.sum()),
            "plain_posts": int(untagged_entries(data).sum()),
            "sentences": len(truth),
            "tagged_sentences": int(has_any(truth).sum()),
            "disputed_sentences": int(data.disputed.sum()),
        },
        "points": {name: _point(point, len(numbers)) for name, point in figures["operating_points"].items()},
        "first": {"read": len(top), "tagged": int(top.sum()), "by_chance": float(tagged.mean() * len(top))},
        "groups": {
            name: _post_group(data.take(inside), probabilities[inside], tags["balanced"][inside])
            for name, members in _post_groups(posts, data, numbers)
            if (inside := np.isin(data.entries, members)).any()
        },
        "labels": {label: _counts_of_label(row["balanced"]) for label, row in figures["labels"].items()},
        "calibration": measure_calibration(truth, known),
        "curves": {"sentences": _curve(has_any(truth), known.max(axis=1)), "posts": _curve(tagged, any_label)},
    }


def _point(point: Mapping[str, Any], posts: int) -> dict[str, Any]:
    """Return the metrics of one operating point with bootstrap intervals, and the counts for a week's entries."""
    by_post, week = point["entry_any_tag"], _WEEK / posts
    return {
        "sentences": _estimates(point["any_tag"]),
        "posts": {**_estimates(by_post), "over_flagging": estimate(point["over_flagging"]).as_dict()},
        "week": {
            "entries": _WEEK,
            "tagged": float(by_post["tagged"][0] * week),
            "right": float(by_post["right"][0] * week),
            "missed": float((by_post["support"] - by_post["right"])[0] * week),
        },
    }


def _estimates(scores: Mapping[str, Values]) -> dict[str, Any]:
    counts = {name: int(scores[name][0]) for name in ("tagged", "right")}
    return {**counts, **{name: estimate(scores[name]).as_dict() for name in ("precision", "recall")}}


def _counts_of_label(scores: Mapping[str, Values]) -> dict[str, int]:
    true, right, tagged = (int(scores[name][0]) for name in ("support", "right", "tagged"))
    return {"there": true, "found": right, "false": tagged - right}


def _post_groups(
    posts: Sequence[AnnotatedEntry], data: Sentences, numbers: NDArray[np.int_]
) -> Iterator[tuple[str, NDArray[np.int_]]]:
    """Yield the name of each community and of each range of lengths, with the numbers of its posts."""
    communities = np.array([posts[number].id.split(":")[0] for number in numbers])
    lengths = np.bincount(data.entries)[numbers]
    for short, name in COMMUNITIES.items():
        yield name, numbers[communities == short]
    for name, (least, most) in LENGTHS.items():
        yield name, numbers[(lengths >= least) & (lengths <= most)]


def _post_group(data: Sentences, probabilities: NDArray[np.float64], tags: Mask) -> dict[str, Any]:
    untagged = untagged_entries(data)
    figures = measure(data, probabilities, {"balanced": tags}, weights=draws(len(untagged)))
    point, at_all = figures["operating_points"]["balanced"], figures["tagged_at_all"]
    return {
        "posts": len(untagged),
        "tagged_posts": int(point["entry_any_tag"]["support"][0]),
        "found": int(point["entry_any_tag"]["right"][0]),
        "plain_posts": int(untagged.sum()),
        "flagged": round(np.nan_to_num(point["over_flagging"][0]) * untagged.sum()),
        "sentence_auc": estimate(at_all["sentence_auc"]).as_dict(),
        "sentence_ap": estimate(at_all["sentence_ap"]).as_dict(),
    }


def _curve(truth: Mask, ranking: NDArray[np.float64]) -> list[list[float]]:
    """Return the points (recall, precision) of the curve, from the top of the ranking down."""
    precision, recall, _ = precision_recall_curve(truth, ranking)
    # Reverse, because scikit-learn starts at the bottom of the ranking. Keep only points at which the recall rises.
    points = list(zip(recall[::-1].tolist(), precision[::-1].tolist(), strict=True))[1:]
    return [[r, p] for (r, p), (before, _) in zip(points, [(0.0, 1.0), *points], strict=False) if r > before]
