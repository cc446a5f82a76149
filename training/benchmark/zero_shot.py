"""Runs the task `zero-shot`: predicts labels of texts from public sets that the model was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.preprocess import Sentence
from classifier.taxonomy import Taxonomy
from training.benchmark import public_sets
from training.benchmark.judges import Judge, Judges
from training.benchmark.public_sets import NOT_DISTORTED, LabelledText, PublicSetError
from training.benchmark.results import Figure, TaskResult, compare
from training.benchmark.texts import highest_only
from training.measure.metrics import Values, f1, has_any, share

_UNDISTORTED = ("Not distorted", "Negative feeling or emotion")
"""The labels in `thinking_traps` of prompts without a distortion."""


def measure_thinking_traps(folder: Path, judges: Judges) -> TaskResult:
    """Measure the top label of each prompt, and how many prompts without a distortion get a tag."""
    items = public_sets.thinking_traps(folder)
    top = _top_labels(judges, "thinking_traps", folder, items)
    return TaskResult([*top.figures, *_false_alarms(judges, items)], top.left_out)


def measure_pattern_reframe(folder: Path, judges: Judges) -> TaskResult:
    """Measure the top label of each thought."""
    return _top_labels(judges, "pattern_reframe", folder, public_sets.pattern_reframe(folder))


def measure_distorted_parts(folder: Path, judges: Judges) -> TaskResult:
    """Measure the top label of the distorted part of each post of `therapist_qa`."""
    posts = public_sets.therapist_qa(folder)
    parts = [LabelledText(post.part, post.names[:1]) for post in posts if post.names[0] != NOT_DISTORTED]
    return _top_labels(judges, "therapist_qa", folder, parts)


def _top_labels(judges: Judges, name: str, folder: Path, items: Sequence[LabelledText]) -> TaskResult:
    """Measure the top label of each text. Only labels that the set shares with the project can be predicted."""
    taxonomy = judges.taxonomy
    gold = [_project_labels(taxonomy, name, item) for item in items]
    unknown = {label for item in items for label in item.names if not taxonomy.from_alias(name, label)}
    # Numbers of the project's labels that occur in the set. A prediction of any other label would be wrong.
    shared = [number for number, label in enumerate(taxonomy.ids) if any(label in ids for ids in gold)]
    split = [judges.preprocessor.sentences(item.text) for item in items]
    chosen = [number for number, ids in enumerate(gold) if ids and split[number]]
    if not chosen:
        raise PublicSetError(
            f"{public_sets.set_file(folder, name)}: none of its labels is one of the project's; "
            f"{public_sets.PUBLIC_SETS[name].expected}"
        )
    listed = np.array([[taxonomy.ids[j] in gold[i] for j in shared] for i in chosen])
    main = np.array([[taxonomy.ids[j] == gold[i][0] for j in shared] for i in chosen])
    texts = [split[number] for number in chosen]
    figures = compare(
        "zero-shot",
        name,
        len(chosen),
        lambda scores, weights: {"macro-F1": f1_of_any(listed, main, highest_only(scores), weights)},
        model=label_scores(judges.model, texts)[:, shared],
        textbook=label_scores(judges.textbook, texts)[:, shared],
        floor=np.tile(main.sum(axis=0), (len(chosen), 1)),
    )
    return TaskResult(figures, tuple(sorted(unknown)))


def _project_labels(taxonomy: Taxonomy, name: str, item: LabelledText) -> tuple[str, ...]:
    """Return the ids of the project's labels for an item, the main label first, each label once.

    Names with the same meaning, such as "Personalizing" and "Personalization", give one label. A name that is an alias
    of two labels would give both, but no set has such a name.
    """
    return tuple(dict.fromkeys(label for alias in item.names for label in taxonomy.from_alias(name, alias)))


def label_scores(judge: Judge, texts: Sequence[list[Sentence]]) -> NDArray[np.float64]:
    """Return a score of each label for each text, shape (texts, labels). A text is a list of at least one sentence.

    The score is the highest log-odds among the sentences, minus the label's mean over unlabelled sentences. The mean is
    subtracted because the log-odds reflect how common the label is in the corpus, and the set has other shares.
    """
    owners = np.repeat(np.arange(len(texts)), [len(rows) for rows in texts])
    excess = judge.log_odds([row for rows in texts for row in rows]) - judge.reference
    highest = np.full((len(texts), excess.shape[1]), -np.inf)
    np.maximum.at(highest, owners, excess)
    return highest


def f1_of_any(
    listed: NDArray[np.bool_], main: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Values:
    """Return the macro-F1 of one predicted label per text. A text may have several true labels.

    Each text counts once: under the predicted label if the text has this label, otherwise under its main label. All
    arrays except `weights` have shape (texts, labels).
    """
    # Where the prediction is right, it replaces the main label as the truth.
    right = has_any(predicted & listed)
    return f1(np.where(right[:, None], predicted, main), predicted, weights, average="macro")


def _false_alarms(judges: Judges, items: Sequence[LabelledText]) -> list[Figure]:
    """Measure how many prompts without a distortion get a tag, separately for both labels in `_UNDISTORTED`."""
    figures: list[Figure] = []
    for name in _UNDISTORTED:
        # Take only prompts without a label of a distortion: on other prompts, a tag may be right.
        texts = [item.text for item in items if name in item.names and set(item.names) <= set(_UNDISTORTED)]
        split = [rows for text in texts if (rows := judges.preprocessor.sentences(text))]
        if not split:
            continue
        all_flagged, textbook = np.ones(len(split), dtype=bool), judges.textbook.flagged(split)
        for point, flagged in judges.model.flagged(split).items():
            measure = partial(_share_flagged, f"{point}: '{name}' flagged")
            figures += compare(
                "zero-shot",
                "thinking_traps",
                len(split),
                measure,
                model=flagged,
                textbook=textbook[point],
                floor=all_flagged,
            )
    return figures


def _share_flagged(name: str, flagged: NDArray[np.bool_], weights: NDArray[np.float64]) -> dict[str, Values]:
    return {name: share(flagged, np.ones_like(flagged), weights)}
