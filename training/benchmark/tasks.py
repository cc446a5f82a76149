"""A folder of public sets and a model in, the figures of all tasks out: what `thoughtmark benchmark` shows.

There are three tasks. `real`: tags on real posts of people in recovery. `zero-shot`: the label of a text of sets that
the model was not trained on. `supervised`: the project's features and regression, trained on such a set alone. Each
figure is compared with a trivial floor, a textbook baseline measured in the same run, published figures, human
agreement, and the project's targets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from classifier.errors import UnknownName
from classifier.pipeline import Classifier
from training.benchmark import real_posts, supervised, zero_shot
from training.benchmark.judges import Judges
from training.benchmark.public_sets import PublicSetError, PublicSetMissing, set_file
from training.benchmark.results import BenchmarkResult, Figure, TaskResult

log = logging.getLogger(__name__)

TASKS: dict[str, dict[str, Callable[[Path, Judges], TaskResult]]] = {
    "real": {"recovery_posts": real_posts.measure_recovery_posts},
    "zero-shot": {
        "thinking_traps": zero_shot.measure_thinking_traps,
        "pattern_reframe": zero_shot.measure_pattern_reframe,
        "therapist_qa": zero_shot.measure_distorted_parts,
    },
    "supervised": {
        "therapist_qa": supervised.measure_trained_posts,
        "pattern_reframe": supervised.measure_trained_thoughts,
    },
}
"""The tasks, and the function that measures each of their data sets."""


def run_benchmark(
    classifier: Classifier, folder: Path, *, corpus: Path, tasks: Sequence[str] | None = None
) -> BenchmarkResult:
    """Measure a model, and its features, on the public sets in a folder.

    Parameters
    ----------
    classifier
        The model; it must have the project's labels.
    folder
        Where the sets are, named as in `PUBLIC_SETS`. Missing ones are skipped.
    corpus
        The corpus that the model was trained on; the textbook baseline is trained on it too.
    tasks
        Some of `TASKS`; by default all.

    Raises
    ------
    UnknownName
        A task does not exist.
    PublicSetError
        A set has another form than expected, or none exists.
    CorpusError
        The corpus cannot be read.
    """
    wanted = tuple(TASKS) if tasks is None else tasks
    for name in wanted:
        if name not in TASKS:
            raise UnknownName("task", name, TASKS)
    judges = Judges(classifier, corpus)
    figures: list[Figure] = []
    left_out: dict[str, tuple[str, ...]] = {}
    skipped: dict[str, str] = {}  # by set, since several tasks use the same one
    steps = [(task, name, step) for task, sets in TASKS.items() if task in wanted for name, step in sets.items()]
    for task, name, step in steps:
        try:
            set_file(folder, name)
        except PublicSetMissing as error:
            skipped[name] = str(error)
            continue
        log.info("Measuring %s on %s.", task, name)
        result = step(folder, judges)
        figures += result.figures
        # Training on a set uses all of its labels, so nothing is left out there.
        if result.left_out is not None:
            left_out[name] = result.left_out
    if not figures:
        raise PublicSetError("none of the data sets exists. " + " ".join(skipped.values()))
    return BenchmarkResult(classifier.version, tuple(figures), left_out, tuple(skipped.values()))
