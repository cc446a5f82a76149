"""Runs the tasks of the benchmark on the public sets in a folder.

There are three tasks. `real` measures tags on real posts of people in recovery. `zero-shot` measures labels of texts
from sets that the model was not trained on. `supervised` trains the project's features and regression on such a set
alone. Each result is compared with a trivial floor, a textbook baseline from the same run, published results, human
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
"""By task and data set, the function that runs the task on the set."""


def run_benchmark(
    classifier: Classifier, folder: Path, *, corpus: Path, tasks: Sequence[str] | None = None
) -> BenchmarkResult:
    """Measure a model, and its features, on the public sets in a folder.

    Parameters
    ----------
    classifier
        The model. It must have the project's labels.
    folder
        Folder of the sets, with the file names in `PUBLIC_SETS`. Missing sets are skipped.
    corpus
        The corpus that the model was trained on; the textbook baseline is trained on it too.
    tasks
        Names of tasks to run. By default, all `TASKS` run.

    Raises
    ------
    UnknownName
        A task does not exist.
    PublicSetError
        A set has another format than expected, or no set exists.
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
    skipped: dict[str, str] = {}  # by set, so that each missing set is reported once
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
        # None means that the task trains on the set's own labels, so it leaves no label out.
        if result.left_out is not None:
            left_out[name] = result.left_out
    if not figures:
        raise PublicSetError("none of the data sets exists. " + " ".join(skipped.values()))
    return BenchmarkResult(classifier.version, tuple(figures), left_out, tuple(skipped.values()))
