"""Corpus in, artifact out: fit, calibrate, choose thresholds, save."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from classifier import artifact
from classifier.artifact import Manifest
from classifier.model import CalibratedTagger, model
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus import CorpusError, Sentences, default_corpus, fingerprint, read_corpus, sentences
from training.measures import calibration, measure
from training.thresholds import OPERATING_POINTS, choose_thresholds

Thresholds = dict[str, NDArray[np.float64]]


def fit(data: Sentences) -> tuple[Pipeline, Thresholds]:
    """Fit the model and choose its thresholds, both out of fold by group.

    Raises
    ------
    CorpusError
        A label has too few groups to be split over the folds.
    """
    fitted = model(n_jobs=-1).fit(data.rows, data.labels, tagger__groups=data.groups)
    tagger: CalibratedTagger = fitted["tagger"]
    weights = tagger.sentence_weights(data.labels)
    thresholds = {
        name: choose_thresholds(data.labels, tagger.oof_probabilities_, weights, beta=beta)
        for name, beta in OPERATING_POINTS.items()
    }
    return fitted, thresholds


def train(
    out: Path,
    *,
    corpus: Path | None = None,
    taxonomy: Taxonomy | None = None,
    pipeline: str = DEFAULT_PIPELINE,
) -> Manifest:
    """Train a model and save it.

    Parameters
    ----------
    out
        The artifact's file; replaced in one step where it exists.
    corpus
        File or folder of annotated entries; by default the project's.
    taxonomy
        The labels; by default the project's.
    pipeline
        Name of the spaCy pipeline that prepares the text.
    """
    corpus = default_corpus() if corpus is None else corpus
    taxonomy = Taxonomy.load() if taxonomy is None else taxonomy
    entries = read_corpus(corpus, taxonomy)
    data = sentences(entries, Preprocessor(pipeline), taxonomy)
    _check_support(data, taxonomy)
    fitted, thresholds = fit(data)
    tagger: CalibratedTagger = fitted["tagger"]
    figures = measure(data, tagger.oof_probabilities_, thresholds, taxonomy.ids)
    return artifact.save(
        out,
        fitted,
        project=version("mindmark"),
        pipeline=pipeline,
        labels=taxonomy.ids,
        taxonomy=taxonomy.as_dict(),
        thresholds={name: dict(zip(taxonomy.ids, map(float, row), strict=True)) for name, row in thresholds.items()},
        calibration={
            "method": "logistic regression on two decision values, out of fold, grouped by entry",
            "prevalence": tagger.prevalence,
            **calibration(data.labels, tagger.oof_probabilities_, tagger.sentence_weights(data.labels)),
        },
        quality={"out_of_fold_on_own_corpus": figures},
        corpus=_facts(corpus, data, len(entries)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _check_support(data: Sentences, taxonomy: Taxonomy) -> None:
    folds = CalibratedTagger().n_splits
    for label, column in zip(taxonomy.ids, data.labels.T, strict=True):
        groups = len(np.unique(data.groups[column]))
        if groups < folds:
            raise CorpusError(
                f"label {label!r} stands in {groups} independent entries, expected at least {folds}; "
                "annotate more, or take it out of the taxonomy"
            )


def _facts(corpus: Path, data: Sentences, entries: int) -> dict[str, Any]:
    return {
        "sha256": fingerprint(corpus),
        "entries": entries,
        "sentences": len(data.rows),
        "tagged_sentences": int(data.labels.any(axis=1).sum()),
    }
