"""Corpus in, artifact out: fit, calibrate, choose thresholds, save."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from classifier.model import artifact
from classifier.model.artifact import Manifest
from classifier.model.scoring import build_pipeline, clauses_of
from classifier.model.tagger import CalibratedTagger
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.annotations import read_annotations
from training.corpus.entries import CorpusError, Paths, Sentences, corpus_files, default_corpus, fingerprint, sentences
from training.measure.scores import calibration, measure
from training.thresholds import OPERATING_POINTS, choose_threshold

_WORTH_PROCESSES = 5_000
"""Sentences from which fitting takes longer than starting another process."""

Thresholds = dict[str, NDArray[np.float64]]


def fit(data: Sentences) -> tuple[Pipeline, Thresholds]:
    """Fit the model and choose its thresholds, both out of fold by group; see `check_support` first."""
    fitted = build_pipeline(n_jobs=-1 if len(data.rows) > _WORTH_PROCESSES else None)
    tagger: CalibratedTagger = fitted["tagger"]
    columns = fitted["features"].fit_transform(data.rows)
    clauses, owners = clauses_of(data.rows)
    tagger.fit(
        columns,
        data.labels,
        groups=data.groups,
        thoughts=data.thoughts,
        clauses=fitted["features"].transform(clauses) if clauses else None,
        owners=owners,
    )
    labels, probabilities = data.labels[data.in_entries], tagger.oof_probabilities_[data.in_entries]
    weights = tagger.sentence_weights(labels)
    thresholds = {
        name: np.full(labels.shape[1], choose_threshold(labels, probabilities, weights, beta=beta))
        for name, beta in OPERATING_POINTS.items()
    }
    return fitted, thresholds


def train(
    out: Path,
    *,
    corpus: Paths | None = None,
    taxonomy: Taxonomy | None = None,
    pipeline: str = DEFAULT_PIPELINE,
) -> Manifest:
    """Train a model and save it.

    Parameters
    ----------
    out
        The artifact's file; replaced in one step where it exists.
    corpus
        Annotated entries, in any form that `training.annotations` reads; by default the project's.
    taxonomy
        The labels; by default the project's.
    pipeline
        Name of the spaCy pipeline that prepares the text.

    Raises
    ------
    CorpusError
        The corpus cannot be read, or does not support its labels.
    ArtifactError
        The file cannot be written.
    """
    corpus = default_corpus() if corpus is None else corpus
    taxonomy = Taxonomy.load() if taxonomy is None else taxonomy
    preprocessor = Preprocessor(pipeline)
    entries = read_annotations(corpus, taxonomy, preprocessor)
    data = sentences(entries, preprocessor, taxonomy)
    check_support(data, taxonomy)
    fitted, thresholds = fit(data)
    tagger: CalibratedTagger = fitted["tagger"]
    judged = data.take(data.in_entries)
    probabilities = tagger.oof_probabilities_[data.in_entries]
    figures = measure(judged, probabilities, thresholds, taxonomy.ids)
    return artifact.save(
        out,
        fitted,
        project=version("thoughtmark"),
        pipeline=pipeline,
        labels=taxonomy.ids,
        taxonomy=taxonomy.as_dict(),
        thresholds={name: dict(zip(taxonomy.ids, map(float, row), strict=True)) for name, row in thresholds.items()},
        calibration={
            "method": "logistic regression on two decision values, out of fold, grouped by entry",
            "prevalence": tagger.prevalence,
            **calibration(judged.labels, probabilities, tagger.sentence_weights(judged.labels)),
        },
        quality={"out_of_fold_on_own_corpus": figures, **_measured(corpus)},
        corpus=_facts(corpus, data, len(entries)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def check_support(data: Sentences, taxonomy: Taxonomy) -> None:
    """Raise `CorpusError` where a corpus cannot be split over the folds.

    Each label must stand in as many groups as there are folds, and so must sentences with and without
    labels where the model is calibrated: in entries.
    """
    folds = CalibratedTagger().n_splits
    for label, column in zip(taxonomy.ids, data.labels.T, strict=True):
        groups = len(np.unique(data.groups[column]))
        if groups < folds:
            raise CorpusError(
                f"label {label!r} stands in {groups} independent entries, expected at least {folds}; "
                "annotate more, or take it out of the taxonomy"
            )
    tagged = data.labels.any(axis=1)
    for name, rows in (("with", tagged), ("without", ~tagged)):
        groups = len(np.unique(data.groups[rows & data.in_entries]))
        if groups < folds:
            raise CorpusError(
                f"sentences {name} a label stand in {groups} independent entries, expected at least {folds}; "
                "add whole entries as people write them, where few sentences carry a label (thoughts count only "
                "where there is nothing else)"
            )


def _measured(corpus: Paths) -> dict[str, Any]:
    """Figures on real posts that were measured with this very corpus, where they lie beside it."""
    file = corpus_files(corpus)[0].absolute().parent.parent / "measured.json"
    if not file.is_file():
        return {}
    figures = json.loads(file.read_text(encoding="utf-8"))
    return {"on_real_posts": figures} if figures.get("corpus") == fingerprint(corpus) else {}


def _facts(corpus: Paths, data: Sentences, entries: int) -> dict[str, Any]:
    return {
        "sha256": fingerprint(corpus),
        "entries": entries,
        "sentences": len(data.rows),
        "tagged_sentences": int(data.labels.any(axis=1).sum()),
    }
