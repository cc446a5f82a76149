"""Trains a model: fits and calibrates it, chooses its thresholds, and saves it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from classifier.model import artifact
from classifier.model.artifact import Manifest
from classifier.model.scoring import Model, build_pipeline, clauses_of
from classifier.model.tagger import PREVALENCE, CalibratedTagger
from classifier.model.vectorizer import SerialFeatureUnion
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.annotations import read_annotations
from training.corpus.entries import CorpusError
from training.corpus.files import Paths, corpus_fingerprint, default_corpus
from training.corpus.sentences import Sentences, split_entries
from training.measure.calibration import measure_calibration
from training.measure.figures import summarize
from training.thresholds import Thresholds, choose_thresholds, tags_at

_MIN_FOR_PROCESSES = 5_000
"""Corpora with more sentences are fitted in several processes. Below, starting the processes takes longer."""


def train(
    out: Path, *, corpus: Paths | None = None, taxonomy: Taxonomy | None = None, pipeline: str = DEFAULT_PIPELINE
) -> Manifest:
    """Train a model and save it.

    Parameters
    ----------
    out
        The artifact's file. An existing file is replaced atomically.
    corpus
        Annotated entries, in any format that `training.corpus.annotations` reads. By default, the project's corpus.
    taxonomy
        The labels. By default, the project's taxonomy.
    pipeline
        Name of the spaCy pipeline that prepares the text.

    Raises
    ------
    CorpusError
        The corpus cannot be read, or has too few examples of a label.
    ArtifactError
        The file cannot be written.
    """
    corpus = default_corpus() if corpus is None else corpus
    taxonomy = Taxonomy.load() if taxonomy is None else taxonomy
    preprocessor = Preprocessor(pipeline)
    entries = read_annotations(corpus, taxonomy, preprocessor)
    data = split_entries(entries, preprocessor, taxonomy)
    require_support(data, taxonomy)
    fitted, thresholds = fit(data)
    tagger: CalibratedTagger = fitted.linear["tagger"]
    judged, probabilities = data.take(data.in_entries), tagger.oof_probabilities_[data.in_entries]
    figures = summarize(judged, probabilities, tags_at(thresholds, probabilities), taxonomy.ids)
    return artifact.save(
        out,
        fitted,
        project=version("thoughtmark"),
        pipeline=pipeline,
        labels=taxonomy.ids,
        taxonomy=taxonomy.as_dict(),
        experimental=(),
        thresholds={name: dict(zip(taxonomy.ids, map(float, row), strict=True)) for name, row in thresholds.items()},
        calibration={
            "method": "logistic regression on two decision values, out of fold, grouped by entry",
            "prevalence": tagger.prevalence,
            **measure_calibration(judged.labels, probabilities, tagger.sentence_weights(judged.labels)),
        },
        quality={"out_of_fold_on_own_corpus": figures},
        corpus={"sha256": corpus_fingerprint(corpus), "entries": len(entries), **_counts(data)},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def fit(data: Sentences) -> tuple[Model, Thresholds]:
    """Fit a linear model, and choose its thresholds from out-of-fold probabilities. Call `require_support` first."""
    linear = fit_pipeline(data)
    tagger: CalibratedTagger = linear["tagger"]
    labels, probabilities = data.labels[data.in_entries], tagger.oof_probabilities_[data.in_entries]
    # Labels are rarer in real writing than in the corpus. The weights bring their share to the assumed one.
    return Model(linear), choose_thresholds(labels, probabilities, tagger.sentence_weights(labels))


def fit_pipeline(
    data: Sentences,
    *,
    min_df: int = 0,
    groups: NDArray[np.int_] | None = None,
    prevalence: float | None = PREVALENCE,
    second: Sentences | None = None,
) -> Pipeline:
    """Fit the linear model.

    Parameters
    ----------
    data
        Annotated sentences.
    min_df
        Lowest value of `Vectorizer.min_df`.
    groups
        Group of each sentence, if features must occur in `min_df` groups, not only in as many sentences.
    prevalence
        See `CalibratedTagger`.
    second
        A second corpus, of text that was written for this project; see `CalibratedTagger`.
    """
    fitted = build_pipeline(
        n_jobs=-1 if len(data.rows) > _MIN_FOR_PROCESSES else None, min_df=min_df, prevalence=prevalence
    )
    features: SerialFeatureUnion = fitted["features"]
    if groups is None:
        features.fit(data.rows)
    else:
        features.fit_to_groups(data.rows, groups, second.rows if second else ())
    columns = features.transform(data.rows)
    # The regressions do not learn from clauses. The calibration needs them, because `score` uses clauses too.
    clauses, owners = clauses_of(data.rows)
    fitted["tagger"].fit(
        columns,
        data.labels,
        groups=data.groups,
        thoughts=data.thoughts,
        doubts=data.doubts,
        clauses=features.transform(clauses) if clauses else None,
        owners=owners,
        second=(features.transform(second.rows), second.labels) if second else None,
    )
    return fitted


def require_support(data: Sentences, taxonomy: Taxonomy) -> None:
    """Raise `CorpusError` if a corpus has too few groups to be split into folds.

    Each label must occur in at least as many groups as there are folds. So must labelled sentences of entries, and
    unlabelled ones, because the model is calibrated on the sentences of entries.
    """
    folds = CalibratedTagger().n_splits
    for label, column in zip(taxonomy.ids, data.labels.T, strict=True):
        groups = len(np.unique(data.groups[column]))
        if groups < folds:
            raise CorpusError(
                f"label {label!r} occurs in {groups} independent entries, expected at least {folds}; "
                "annotate more entries with it, or remove it from the taxonomy"
            )
    tagged = data.labels.any(axis=1)
    # Calibration and thresholds use only the sentences that `Sentences.in_entries` selects.
    for name, rows in (("with", tagged), ("without", ~tagged)):
        groups = len(np.unique(data.groups[rows & data.in_entries]))
        if groups < folds:
            raise CorpusError(
                f"sentences {name} a label occur in {groups} independent entries, expected at least {folds}; "
                "add whole entries as people write them, in which few sentences have a label (collected thoughts count "
                "only if the corpus has no entries)"
            )


def _counts(data: Sentences) -> dict[str, int]:
    return {"sentences": len(data.rows), "tagged_sentences": int(data.labels.any(axis=1).sum())}
