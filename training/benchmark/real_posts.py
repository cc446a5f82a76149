"""Runs the task `real`: measures tags on real posts of people in recovery, annotated sentence by sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from training.benchmark.judges import Judge, Judges
from training.benchmark.public_sets import recovery_posts
from training.benchmark.results import Measured, TaskResult, compare
from training.benchmark.texts import highest_only
from training.corpus.sentences import Sentences, split_entries
from training.measure.figures import measure
from training.thresholds import tags_at

_CERTAIN = 20.0
"""The floor gives these log-odds to the most common label, and their negative to all other labels."""


def measure_recovery_posts(folder: Path, judges: Judges) -> TaskResult:
    """Measure tags on `recovery_posts`."""
    taxonomy = judges.taxonomy
    data = split_entries(recovery_posts(folder, taxonomy), judges.preprocessor, taxonomy)
    commonest = highest_only(data.labels[~data.disputed].sum(axis=0)[None])
    # The floor tags every sentence with the most common label, at all operating points.
    floor = Judge(
        lambda rows: np.repeat(np.where(commonest, _CERTAIN, -_CERTAIN), len(rows), axis=0),
        {name: np.full(len(taxonomy), 0.5) for name in judges.model.thresholds},
        np.zeros(len(taxonomy)),
    )
    figures = compare(
        "real",
        "recovery_posts",
        len(np.unique(data.entries[~data.disputed])),
        lambda judge, weights: measure_tags(judge, data, weights),
        model=judges.model,
        textbook=judges.textbook,
        floor=floor,
    )
    return TaskResult(figures)


def measure_tags(judge: Judge, data: Sentences, weights: NDArray[np.float64]) -> Measured:
    """Return the metrics of a judge on annotated sentences. `data` and `weights` are those of `measure`."""
    probabilities = expit(judge.log_odds(data.rows))
    figures = measure(data, probabilities, tags_at(judge.thresholds, probabilities), weights=weights)
    at_all = figures["tagged_at_all"]
    measured = {
        "sentence AUC": at_all["sentence_auc"],
        "sentence AP": at_all["sentence_ap"],
        "entry AUC": at_all["entry_auc"],
        "entry AP": at_all["entry_ap"],
    }
    for name, point in figures["operating_points"].items():
        measured |= {
            f"{name}: micro-F1": point["micro_f1"],
            f"{name}: precision": point["micro_precision"],
            f"{name}: recall": point["micro_recall"],
            f"{name}: untagged entries flagged": point["over_flagging"],
        }
    return measured
