"""How good a model is: on the corpus by grouped cross-validation, or on any annotated file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.model_selection import GroupKFold

from classifier.model.scoring import score
from classifier.pipeline import Classifier
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.annotations import read_annotations
from training.corpus.entries import CorpusError, Paths, Sentences, sentences
from training.measure.scores import measure
from training.thresholds import OPERATING_POINTS
from training.trainer import check_support, fit

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
"""Wraps an iterable of known length to show how far it is."""


def evaluate_file(classifier: Classifier, path: Path) -> dict[str, Any]:
    """Measure a trained model on annotated entries that it was not trained on.

    Parameters
    ----------
    classifier
        The model.
    path
        A file or folder in any form that `training.annotations` reads.

    Returns the figures of `measure`, and the fingerprint of the corpus that the model was trained on.

    Raises
    ------
    CorpusError
        The file cannot be read, or has no sentence to measure on.
    """
    preprocessor = Preprocessor(classifier.manifest.pipeline)
    data = sentences(read_annotations(path, classifier.taxonomy, preprocessor), preprocessor, classifier.taxonomy)
    if data.disputed.all():
        raise CorpusError(f"{path}: no sentence that annotators agree on; give a file of annotated entries")
    thresholds = {
        name: np.array([point[label] for label in classifier.labels])
        for name, point in classifier.operating_points.items()
    }
    figures = measure(data, classifier.probabilities(data.rows), thresholds, classifier.labels)
    return {"corpus": classifier.manifest.corpus["sha256"], **figures}


def cross_validate(
    corpus: Paths,
    *,
    taxonomy: Taxonomy,
    pipeline: str = DEFAULT_PIPELINE,
    n_splits: int = 5,
    progress: Progress = lambda items, total: items,
) -> dict[str, Any]:
    """Measure the recipe on its own corpus: each sentence judged by a model that has not seen its group.

    Everything is fitted anew in each fold, vectorizers, calibration and thresholds included. The figures
    are those of the sentences in entries; thoughts, of which nearly half are tagged, would flatter them.

    Raises
    ------
    CorpusError
        The corpus cannot be read, or does not support its labels.
    """
    preprocessor = Preprocessor(pipeline)
    data = sentences(read_annotations(corpus, taxonomy, preprocessor), preprocessor, taxonomy)
    probabilities, thresholds = out_of_fold(data, taxonomy, n_splits=n_splits, progress=progress)
    judged = data.in_entries
    return measure(
        data.take(judged), probabilities[judged], {name: t[judged] for name, t in thresholds.items()}, taxonomy.ids
    )


def out_of_fold(
    data: Sentences,
    taxonomy: Taxonomy,
    *,
    n_splits: int = 5,
    progress: Progress = lambda items, total: items,
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Judge each sentence by a model that has not seen its group.

    Returns the probabilities, and for each operating point the thresholds of the model that judged the sentence;
    all of shape (sentences, labels).

    Raises
    ------
    CorpusError
        The sentences do not support the labels.
    """
    check_support(data, taxonomy)
    folds = list(GroupKFold(n_splits, shuffle=True, random_state=1).split(data.labels, groups=data.groups))
    probabilities = np.zeros(data.labels.shape)
    thresholds = {name: np.zeros(data.labels.shape) for name in OPERATING_POINTS}
    for train, test in progress(folds, n_splits):
        fitted, chosen = fit(data.take(train))
        probabilities[test] = expit(score(fitted, [data.rows[i] for i in test]).log_odds)
        for name, bounds in chosen.items():
            thresholds[name][test] = bounds
    return probabilities, thresholds
