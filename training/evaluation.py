"""Measures a trained model on annotated entries, or the training by cross-validation on a corpus."""

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
from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.annotations import read_annotations
from training.corpus.entries import CorpusError
from training.corpus.files import Paths
from training.corpus.sentences import Sentences, split_entries
from training.measure.figures import summarize
from training.thresholds import OPERATING_POINTS, Thresholds, tags_at, thresholds_of
from training.trainer import fit, require_support

_FOLDS = 5

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
"""Wraps an iterable of known length, and shows progress while the caller iterates over it."""


def no_progress(items: Iterable[Any], total: int) -> Iterable[Any]:
    """Return the items without showing progress."""
    return items


def evaluate_file(classifier: Classifier, path: Path) -> dict[str, Any]:
    """Measure a trained model on annotated entries that it was not trained on.

    Parameters
    ----------
    classifier
        The model.
    path
        A file or folder in any format that `training.corpus.annotations` reads.

    Returns the metrics of `summarize`, and under `corpus` the `corpus_fingerprint` of the model's training corpus.

    Raises
    ------
    CorpusError
        The file cannot be read, or has no undisputed sentence.
    """
    preprocessor = Preprocessor(classifier.manifest.pipeline)
    data = split_entries(read_annotations(path, classifier.taxonomy, preprocessor), preprocessor, classifier.taxonomy)
    if data.disputed.all():
        raise CorpusError(f"{path}: no sentence on which the annotators agree; name a file of annotated entries")
    probabilities = classifier.probabilities(data.rows)
    figures = summarize(data, probabilities, tags_at(thresholds_of(classifier), probabilities), classifier.labels)
    return {"corpus": classifier.manifest.corpus["sha256"], **figures}


def cross_validate(corpus: Paths, *, taxonomy: Taxonomy, progress: Progress = no_progress) -> dict[str, Any]:
    """Measure the training by cross-validation on a corpus. Sentences of one group are always in the same fold.

    Everything is fitted anew in each fold: vectorizers, calibration and thresholds. Only the sentences of entries are
    measured. Nearly half of the collected thoughts are labelled, so the metrics would be too good with them.

    Raises
    ------
    CorpusError
        The corpus cannot be read, or has too few examples of a label.
    """
    preprocessor = Preprocessor()
    data = split_entries(read_annotations(corpus, taxonomy, preprocessor), preprocessor, taxonomy)
    probabilities, thresholds = out_of_fold(data, taxonomy, progress=progress)
    # Set tags before leaving sentences out: thresholds differ by fold, and so have one row per sentence.
    tags, judged = tags_at(thresholds, probabilities), data.in_entries
    return summarize(
        data.take(judged), probabilities[judged], {name: given[judged] for name, given in tags.items()}, taxonomy.ids
    )


def out_of_fold(
    data: Sentences, taxonomy: Taxonomy, *, progress: Progress = no_progress
) -> tuple[NDArray[np.float64], Thresholds]:
    """Predict each sentence with a model that was not trained on the sentence's group.

    Returns the probabilities, and by operating point the thresholds of the model that predicted the sentence. All
    arrays have shape (sentences, labels).

    Raises
    ------
    CorpusError
        The sentences have too few examples of a label.
    """
    require_support(data, taxonomy)
    splits = list(GroupKFold(_FOLDS, shuffle=True, random_state=1).split(data.labels, groups=data.groups))
    probabilities = np.zeros(data.labels.shape)
    thresholds = {name: np.zeros(data.labels.shape) for name in OPERATING_POINTS}
    for train, test in progress(splits, _FOLDS):
        fitted, chosen = fit(data.take(train))
        probabilities[test] = expit(score(fitted, [data.rows[i] for i in test]).log_odds)
        for name, lowest in chosen.items():
            thresholds[name][test] = lowest
    return probabilities, thresholds
