"""A folder of public sets and a model in, figures out: what `thoughtmark benchmark` shows, as plain data.

Three tasks. `real`: tags on real posts of people in recovery. `zero-shot`: the type of a text of other
sets, from a model that has never seen them. `supervised`: the project's features and regression trained
on such a set alone. Beside each figure stand a trivial floor, a textbook baseline measured in the same
call, what others published, how far people agree, and what this project sets out to reach.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import UnknownName
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.benchmark import public_sets, supervised
from training.benchmark.public_sets import NOT_DISTORTED, LabelledText, PublicSetError, PublicSetMissing
from training.benchmark.published import BESIDE, Beside
from training.benchmark.supervised import Predictions, one_of
from training.corpus.entries import sentences
from training.measure.bootstrap import draws, estimate, f1, kappa, share
from training.measure.judges import Judge, Measured, any_of, flagged, judges, tags_on_posts, top_label

_SURE = 20.0
"""Log-odds of the floor's labels."""

_UNTAGGED = ("Not distorted", "Negative feeling or emotion")
"""What `thinking_traps` calls a prompt without a distortion."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and what stands beside it.

    value, low, high
        The figure, and its 95% bootstrap interval over texts.
    floor
        What is reached without reading: always the commonest answer.
    baseline
        What the textbook reaches.
    count
        Number of texts.
    """

    task: str
    data: str
    measure: str
    value: float
    low: float
    high: float
    floor: float
    baseline: float
    count: int

    @property
    def beside(self) -> Beside:
        """What is published, agreed among people, and to be reached."""
        return BESIDE.get((self.task, self.data, self.measure), Beside())

    def as_dict(self) -> dict[str, Any]:
        """Return the figure with all that stands beside it; what is not defined is None."""
        own = {
            name: None if isinstance(value, float) and isnan(value) else value for name, value in asdict(self).items()
        }
        return {**own, **asdict(self.beside)}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a run gives.

    left_out
        For each set, the label names that none of the project's labels stands for.
    skipped
        A sentence for each set that is not there.
    """

    model: str
    figures: tuple[Figure, ...]
    left_out: Mapping[str, tuple[str, ...]]
    skipped: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "figures": [figure.as_dict() for figure in self.figures]}


def benchmark(classifier: Classifier, folder: Path, *, corpus: Path, tasks: Sequence[str] | None = None) -> Benchmark:
    """Measure a model, and the way of training, on the public sets of a folder.

    Parameters
    ----------
    classifier
        The model; it has the project's labels.
    folder
        Where the sets lie, named as in `public_sets.SOURCES`. One that is not there is skipped.
    corpus
        What the model was trained on: the textbook baseline is trained on it too.
    tasks
        Some of `TASKS`; by default all.

    Raises
    ------
    UnknownName
        A task does not exist.
    PublicSetError
        A set is not as expected, or none is there.
    CorpusError
        The corpus cannot be read.
    """
    wanted = tuple(TASKS) if tasks is None else tasks
    for name in wanted:
        if name not in TASKS:
            raise UnknownName("task", name, TASKS)
    run = _Run(classifier, folder, corpus)
    figures: list[Figure] = []
    steps = [(task, name, step) for task, sets in TASKS.items() if task in wanted for name, step in sets.items()]
    for task, name, step in steps:
        try:
            public_sets.path(folder, name)
        except PublicSetMissing as error:
            run.skipped[name] = str(error)
            continue
        log.info("Measuring %s on %s.", task, name)
        figures += step(run)
    if not figures:
        raise PublicSetError("none of the sets is there. " + " ".join(run.skipped.values()))
    return Benchmark(classifier.version, tuple(figures), run.left_out, tuple(run.skipped.values()))


class _Run:
    """What the tasks share: the model, and the baseline, which is trained when it is first asked for."""

    def __init__(self, classifier: Classifier, folder: Path, corpus: Path) -> None:
        self.classifier = classifier
        self.taxonomy: Taxonomy = classifier.taxonomy
        self.preprocessor = Preprocessor(classifier.manifest.pipeline)
        self.folder = folder
        self.left_out: dict[str, tuple[str, ...]] = {}
        self.skipped: dict[str, str] = {}
        self._corpus = corpus
        self._judges: tuple[Judge, Judge] | None = None

    def judges(self) -> tuple[Judge, Judge]:
        """Return model and textbook."""
        if self._judges is None:
            log.info("Training the textbook baseline on the corpus.")
            self._judges = judges(self.classifier, self._corpus, self.preprocessor)
        return self._judges


def _figures(task: str, data: str, count: int, model: Measured, textbook: Measured, floor: Measured) -> list[Figure]:
    return [
        Figure(
            task,
            data,
            measure,
            **asdict(estimate(values)),
            floor=float(floor[measure][0]),
            baseline=float(textbook[measure][0]),
            count=count,
        )
        for measure, values in model.items()
    ]


# Real posts


def _recovery_posts(run: _Run) -> list[Figure]:
    posts = public_sets.recovery_posts(run.folder, run.taxonomy)
    data = sentences(posts, run.preprocessor, run.taxonomy)
    model, textbook = run.judges()
    commonest = one_of(data.labels[~data.disputed].sum(axis=0)[None])
    floor = Judge(
        lambda rows: np.repeat(np.where(commonest, _SURE, -_SURE), len(rows), axis=0),
        {name: np.full(len(run.taxonomy), 0.5) for name in model.thresholds},
        np.zeros(len(run.taxonomy)),
    )
    weights = draws(len(np.unique(data.entries[~data.disputed])))
    return _figures(
        "real",
        "recovery_posts",
        weights.shape[1],
        tags_on_posts(model, data, weights),
        tags_on_posts(textbook, data, weights[:1]),
        tags_on_posts(floor, data, weights[:1]),
    )


# Zero-shot


def _zero_shot(run: _Run, name: str, items: Sequence[LabelledText]) -> list[Figure]:
    """The top label of each text, among the labels that the set shares with the project.

    A text's value for a label is the highest log-odds among its sentences, less the label's mean over
    sentences that carry none. For probabilities carry how common each label is in the corpus, and the
    set has other rates; the difference says how much the text speaks for the label.
    """
    gold = [_mapped(run.taxonomy, name, item) for item in items]
    run.left_out[name] = tuple(
        sorted({label for item in items for label in item.names if not run.taxonomy.from_alias(name, label)})
    )
    shared = [number for number, label in enumerate(run.taxonomy.ids) if any(label in ids for ids in gold)]
    split = [run.preprocessor.sentences(item.text) for item in items]
    chosen = [number for number, ids in enumerate(gold) if ids and split[number]]
    if not chosen:
        raise PublicSetError(f"{public_sets.path(run.folder, name)}: none of its labels is one of the project's")
    listed = np.array([[run.taxonomy.ids[j] in gold[i] for j in shared] for i in chosen])
    first = np.array([[run.taxonomy.ids[j] == gold[i][0] for j in shared] for i in chosen])
    weights = draws(len(chosen))
    texts = [split[number] for number in chosen]
    model, textbook = (top_label(judge, texts)[:, shared] for judge in run.judges())
    floor = np.tile(first.sum(axis=0), (len(chosen), 1))
    return _figures(
        "zero-shot",
        name,
        len(chosen),
        *(
            {"macro-F1": any_of(listed, first, one_of(values), part)}
            for values, part in ((model, weights), (textbook, weights[:1]), (floor, weights[:1]))
        ),
    )


def _mapped(taxonomy: Taxonomy, name: str, item: LabelledText) -> tuple[str, ...]:
    """Ids of the labels that an item's names stand for, the main one first.

    Names that mean one label, such as "Personalizing" and "Personalization", count once. A name that would
    mean two labels counts for both; none of the sets has one.
    """
    return tuple(dict.fromkeys(label for alias in item.names for label in taxonomy.from_alias(name, alias)))


def _thinking_traps(run: _Run) -> list[Figure]:
    items = public_sets.thinking_traps(run.folder)
    figures = _zero_shot(run, "thinking_traps", items)
    for name in _UNTAGGED:
        # Only prompts to which no expert gave a distortion: of the others a tag may be right.
        texts = [item.text for item in items if name in item.names and set(item.names) <= set(_UNTAGGED)]
        split = [rows for text in texts if (rows := run.preprocessor.sentences(text))]
        if not split:
            continue
        weights = draws(len(split))
        every = np.ones(len(split), dtype=bool)
        model, textbook = (flagged(judge, split) for judge in run.judges())
        for point, said in model.items():
            measure = f"{point}: '{name}' flagged"
            figures += _figures(
                "zero-shot",
                "thinking_traps",
                len(split),
                *(
                    {measure: share(said, every, part)}
                    for said, part in ((said, weights), (textbook[point], weights[:1]), (every, weights[:1]))
                ),
            )
    return figures


def _pattern_reframe(run: _Run) -> list[Figure]:
    return _zero_shot(run, "pattern_reframe", public_sets.pattern_reframe(run.folder))


def _distorted_parts(run: _Run) -> list[Figure]:
    posts = public_sets.therapist_qa(run.folder)
    parts = [LabelledText(post.part, post.names[:1]) for post in posts if post.names[0] != NOT_DISTORTED]
    return _zero_shot(run, "therapist_qa", parts)


# Supervised


def _supervised_posts(run: _Run) -> list[Figure]:
    items, file = public_sets.therapist_qa(run.folder), str(public_sets.path(run.folder, "therapist_qa"))
    parts = [replace(item, text=item.part) for item in items if item.names[0] != NOT_DISTORTED]
    supervised.check(items, file, besides=NOT_DISTORTED)
    supervised.check(parts, f"{file}, distorted parts")
    binary, types = supervised.posts(items, run.preprocessor)
    return [
        *_predicted("therapist_qa", binary, yes_or_no),
        *_predicted("therapist_qa", types, _f1_of("ten types from the post", "weighted")),
        *_predicted(
            "therapist_qa",
            supervised.types(parts, run.preprocessor),
            _f1_of("ten types from the distorted part", "weighted"),
        ),
    ]


def _supervised_thoughts(run: _Run) -> list[Figure]:
    items = public_sets.pattern_reframe(run.folder)
    supervised.check(items, str(public_sets.path(run.folder, "pattern_reframe")))
    predictions = supervised.types(items, run.preprocessor)
    return _predicted("pattern_reframe", predictions, _f1_of("nine types", "macro"))


Measure = Callable[[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]], Measured]
"""From truth, predictions and weights to measures."""


def _predicted(data: str, predictions: Predictions, measure: Measure) -> list[Figure]:
    truth = predictions.truth
    weights = draws(len(truth))
    return _figures(
        "supervised",
        data,
        len(truth),
        measure(truth, predictions.model, weights),
        measure(truth, predictions.textbook, weights[:1]),
        measure(truth, predictions.floor, weights[:1]),
    )


def yes_or_no(truth: NDArray[np.bool_], said: NDArray[np.bool_], weights: NDArray[np.float64]) -> Measured:
    """Measure answers of yes or no; columns: distorted, not."""
    return {
        "distorted or not: positive F1": f1(truth[:, :1], said[:, :1], weights, average="micro"),
        "distorted or not: macro-F1": f1(truth, said, weights, average="macro"),
        "distorted or not: specificity": share(truth[:, 1] & said[:, 1], truth[:, 1], weights),
        "distorted or not: kappa": kappa(truth[:, 0], said[:, 0], weights),
    }


def _f1_of(what: str, average: Any) -> Measure:
    return lambda truth, said, weights: {f"{what}: {average}-F1": f1(truth, said, weights, average=average)}


TASKS: dict[str, dict[str, Callable[[_Run], list[Figure]]]] = {
    "real": {"recovery_posts": _recovery_posts},
    "zero-shot": {
        "thinking_traps": _thinking_traps,
        "pattern_reframe": _pattern_reframe,
        "therapist_qa": _distorted_parts,
    },
    "supervised": {"therapist_qa": _supervised_posts, "pattern_reframe": _supervised_thoughts},
}
"""Tasks, and what measures each of their sets."""
