"""Computes all metrics of a tagger. Each metric has one value per bootstrap draw.

`thoughtmark evaluate`, `benchmark` and `card` all show metrics that `measure` computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.corpus.sentences import Sentences
from training.measure.calibration import measure_calibration, tags_by_probability
from training.measure.metrics import Mask, Tally, auc, average_precision, draws, estimate, has_any, share, tally_of

_AS_ZERO = ("precision", "recall", "micro_precision", "micro_recall")
"""Metrics that `first_draw` reports as 0 if they are undefined, as scikit-learn does."""


def measure(
    data: Sentences,
    probabilities: NDArray[np.float64],
    tags: Mapping[str, Mask],
    *,
    label_ids: Sequence[str] = (),
    weights: NDArray[np.float64] | None = None,
) -> dict[str, Any]:
    """Measure probabilities and tags against annotated sentences, without the disputed sentences.

    Parameters
    ----------
    data
        The annotated sentences.
    probabilities
        Shape (sentences, labels).
    tags
        By operating point, whether each sentence gets each label, shape (sentences, labels).
    label_ids
        Names of the label columns. By default, nothing is measured by label.
    weights
        How often each entry with an undisputed sentence occurs in each draw, shape (draws, entries). By default, once.

    Returns nested dictionaries of arrays of shape (draws,). `first_draw` turns them into plain numbers.
    """
    kept = ~data.disputed
    numbers, owners = np.unique(data.entries[kept], return_inverse=True)
    weights = draws(len(numbers), 0) if weights is None else weights
    by_sentence = weights[:, owners]  # resamples whole entries: the sentences of an entry depend on each other
    truth, entry_truth = data.labels[kept], highest_by_entry(data, data.labels)
    known, entry_known = probabilities[kept], highest_by_entry(data, probabilities)
    tagged, entry_tagged = has_any(truth), has_any(entry_truth)
    ranks, entry_ranks = known.max(axis=1), any_label_by_entry(data, probabilities)
    return {
        "tagged_at_all": {
            "sentence_auc": auc(tagged, ranks, by_sentence),
            "sentence_ap": average_precision(tagged, ranks, by_sentence),
            "entry_auc": auc(entry_tagged, entry_ranks, weights),
            "entry_ap": average_precision(entry_tagged, entry_ranks, weights),
        },
        "operating_points": {name: _at_point(data, given, by_sentence, weights) for name, given in tags.items()},
        "labels": {
            label: {
                "sentence_ap": average_precision(truth[:, j], known[:, j], by_sentence),
                "entry_ap": average_precision(entry_truth[:, j], entry_known[:, j], weights),
                **{name: _scores(tally_of(truth[:, j], given[kept, j], by_sentence)) for name, given in tags.items()},
            }
            for j, label in enumerate(label_ids)
        },
    }


def _at_point(
    data: Sentences, tags: Mask, by_sentence: NDArray[np.float64], weights: NDArray[np.float64]
) -> dict[str, Any]:
    truth, given = data.labels[~data.disputed], tags[~data.disputed]
    entry_truth, entry_given = highest_by_entry(data, data.labels), highest_by_entry(data, tags)
    by_label, untagged = tally_of(truth, given, by_sentence), untagged_entries(data)
    micro = by_label.total()
    return {
        "tags": micro.predicted,
        "micro_precision": micro.precision,
        "micro_recall": micro.recall,
        "micro_f1": micro.f1,
        "macro_f1": by_label.f1.mean(axis=1),
        "any_tag": _scores(tally_of(has_any(truth), has_any(given), by_sentence)),
        "entry_micro_f1": tally_of(entry_truth, entry_given, weights).total().f1,
        "entry_any_tag": _scores(tally_of(has_any(entry_truth), has_any(entry_given), weights)),
        "over_flagging": share(has_any(entry_given) & untagged, untagged, weights),
        "marked_or_discussed": _marked_or_discussed(data, tags, weights),
    }


def _marked_or_discussed(data: Sentences, tags: Mask, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of tagged sentences that have a label or are disputed: a careful reader would look at them too.

    All sentences count, also the disputed ones, but none of entries whose sentences are all disputed.
    """
    numbers = np.unique(data.entries[~data.disputed])
    kept = np.isin(data.entries, numbers)
    by_sentence = weights[:, np.searchsorted(numbers, data.entries[kept])]
    tagged, looked_at = has_any(tags[kept]), has_any(data.labels[kept]) | data.disputed[kept]
    return share(tagged & looked_at, tagged, by_sentence)


def _scores(tally: Tally) -> dict[str, NDArray[np.float64]]:
    scores = {"precision": tally.precision, "recall": tally.recall, "f1": tally.f1, "support": tally.true}
    return {**scores, "tagged": tally.predicted, "right": tally.right}


def highest_by_entry(data: Sentences, values: NDArray[Any]) -> NDArray[Any]:
    """Return the highest value of each column among the undisputed sentences of each entry.

    Entries whose sentences are all disputed have no element in the mask.
    """
    kept = ~data.disputed
    numbers, owners = np.unique(data.entries[kept], return_inverse=True)
    highest = np.zeros((len(numbers), values.shape[1]), dtype=values.dtype)
    np.maximum.at(highest, owners, values[kept])
    return highest


def any_label_by_entry(data: Sentences, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `classifier.tagging.any_label` of each entry over its undisputed sentences, shape (entries,)."""
    kept = ~data.disputed
    # The result is 1 - product(1 - highest probability of each sentence). `none` holds the logarithms of the factors,
    # which keep long products exact.
    none = np.log1p(-np.minimum(probabilities[kept].max(axis=1), 1 - 1e-12))
    owners = np.unique(data.entries[kept], return_inverse=True)[1]
    return np.asarray(-np.expm1(np.bincount(owners, weights=none)))


def untagged_entries(data: Sentences) -> Mask:
    """Return a mask of the entries without a label and without a disputed sentence, shape (entries,).

    Entries without an undisputed sentence are left out.
    """
    numbers = np.unique(data.entries[~data.disputed])
    return ~has_any(highest_by_entry(data, data.labels)) & ~np.isin(numbers, data.entries[data.disputed])


def first_draw(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the first draw, which is the original data.

    Counts become integers. Undefined precision and recall become 0. Other undefined values become None.
    """
    plain: dict[str, Any] = {}
    for name, values in figures.items():
        if isinstance(values, Mapping):
            plain[name] = first_draw(values)
        elif name in ("tags", "support", "tagged", "right"):
            plain[name] = int(values[0])
        else:
            plain[name] = (0.0 if name in _AS_ZERO else None) if np.isnan(values[0]) else float(values[0])
    return plain


def intervals(figures: Mapping[str, Any], *, path: str = "") -> dict[str, tuple[float | None, float | None]]:
    """Return the 95% interval of each metric of `measure`, by its path, such as `tagged_at_all.sentence_auc`."""
    bounds: dict[str, tuple[float | None, float | None]] = {}
    for name, values in figures.items():
        if isinstance(values, Mapping):
            bounds |= intervals(values, path=f"{path}{name}.")
        else:
            of_metric = estimate(values).as_dict()
            bounds[f"{path}{name}"] = (of_metric["low"], of_metric["high"])
    return bounds


def summarize(
    data: Sentences,
    probabilities: NDArray[np.float64],
    tags: Mapping[str, Mask],
    label_ids: Sequence[str],
    *,
    resamples: int = 0,
) -> dict[str, Any]:
    """Return the metrics that `thoughtmark evaluate` prints: those of the first draw, counts, and calibration.

    With resamples, `intervals` holds the 95% intervals of the metrics over all labels, from this number of bootstrap
    resamples of the entries.
    """
    kept = ~data.disputed
    truth, known = data.labels[kept], probabilities[kept]
    figures = first_draw(measure(data, probabilities, tags, label_ids=label_ids))
    for name, given in tags.items():
        figures["operating_points"][name]["by_probability"] = tags_by_probability(truth, known, given[kept])
    entries = len(np.unique(data.entries[kept]))
    counts = {
        "entries": entries,
        "sentences": len(truth),
        "tagged_sentences": int(has_any(truth).sum()),
        "disputed_sentences": int(data.disputed.sum()),
    }
    summary = {"counts": counts, **figures, "calibration": measure_calibration(truth, known)}
    if resamples:
        summary["intervals"] = intervals(measure(data, probabilities, tags, weights=draws(entries, resamples)))
    return summary
