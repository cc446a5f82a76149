"""Scores sentences for each label.

The linear model scores every sentence as a whole, and a long sentence also by its clauses. For each label, a penalty is
subtracted from the log-odds of clauses, and the sentence gets the highest value among itself and its clauses. If only
whole sentences were scored, one thought in a long sentence without full stops would disappear among the facts around
it. If the model has an encoder, its outputs for the whole sentence are then blended in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from classifier.model.blend import Blend
from classifier.model.encoder import SentenceEncoder
from classifier.model.tagger import PREVALENCE, CalibratedTagger, highest_log_odds
from classifier.model.vectorizer import build_features
from classifier.preprocess import Sentence, split_clauses


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model: a linear model, and possibly an encoder with the blend of both.

    linear
        A fitted pipeline from `build_pipeline`.
    blend, encoder
        Both are None in a model that is linear only.
    """

    linear: Pipeline
    blend: Blend | None = None
    encoder: SentenceEncoder | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of sentences, and the parts and features that they come from.

    parts
        The sentences, followed by the clauses of the long sentences.
    columns
        Values of the features of each part, shape (parts, features).
    log_odds
        Log-odds of each label, shape (sentences, labels).
    best_part
        Index in `parts` of the part that gave the linear log-odds, shape (sentences, labels).
    is_read
        Whether the encoder has read the sentence, shape (sentences,).
    """

    parts: list[Sentence]
    columns: csr_matrix
    log_odds: NDArray[np.float64]
    best_part: NDArray[np.int_]
    is_read: NDArray[np.bool_]


def build_pipeline(*, n_jobs: int | None = None, min_df: int = 0, prevalence: float | None = PREVALENCE) -> Pipeline:
    """Return the unfitted linear model. Its step `features` computes columns, and its step `tagger` probabilities.

    `min_df` is the lowest value of `Vectorizer.min_df`; the other parameters are those of `CalibratedTagger`.
    """
    tagger = CalibratedTagger(n_jobs=n_jobs, prevalence=prevalence)
    return Pipeline([("features", build_features(min_df=min_df)), ("tagger", tagger)])


def clauses_of(sentences: Sequence[Sentence]) -> tuple[list[Sentence], NDArray[np.int_]]:
    """Return the clauses of all long sentences, and for each clause the number of its sentence, shape (clauses,)."""
    clauses = [(clause, i) for i, sentence in enumerate(sentences) for clause in split_clauses(sentence)]
    return [clause for clause, _ in clauses], np.array([i for _, i in clauses], dtype=int)


def score(model: Model, sentences: Sequence[Sentence]) -> Scores:
    """Score one or more sentences."""
    clauses, owners = clauses_of(sentences)
    parts = [*sentences, *clauses]
    columns = model.linear["features"].transform(parts)
    of_parts = model.linear["tagger"].decision_function(columns)
    log_odds, best_part = highest_log_odds(of_parts[: len(sentences)], of_parts[len(sentences) :], owners)
    is_read = np.zeros(len(sentences), dtype=bool)
    if model.blend is not None and model.encoder is not None:
        is_read = model.blend.is_read(log_odds)
        log_odds = model.blend.log_odds(log_odds, sentences, model.encoder)
    return Scores(parts, columns, log_odds, best_part, is_read)
