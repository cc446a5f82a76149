"""Scores sentences for each label: every sentence as a whole, and a long sentence also by its clauses.

For each label, a penalty is subtracted from the log-odds of clauses. The sentence gets the highest value among itself
and its clauses. If only whole sentences were scored, one thought in a long sentence without full stops would
disappear among the facts around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from classifier.model.tagger import CalibratedTagger, highest_log_odds
from classifier.model.vectorizer import build_features
from classifier.preprocess import Sentence, split_clauses


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
        Index in `parts` of the part that gave the log-odds, shape (sentences, labels).
    """

    parts: list[Sentence]
    columns: csr_matrix
    log_odds: NDArray[np.float64]
    best_part: NDArray[np.int_]


def build_pipeline(*, n_jobs: int | None = None) -> Pipeline:
    """Return the unfitted model. Its step `features` computes columns, and its step `tagger` probabilities."""
    return Pipeline([("features", build_features()), ("tagger", CalibratedTagger(n_jobs=n_jobs))])


def clauses_of(sentences: Sequence[Sentence]) -> tuple[list[Sentence], NDArray[np.int_]]:
    """Return the clauses of all long sentences, and for each clause the number of its sentence, shape (clauses,)."""
    clauses = [(clause, i) for i, sentence in enumerate(sentences) for clause in split_clauses(sentence)]
    return [clause for clause, _ in clauses], np.array([i for _, i in clauses], dtype=int)


def score(model: Pipeline, sentences: Sequence[Sentence]) -> Scores:
    """Score one or more sentences with a fitted pipeline from `build_pipeline`."""
    clauses, owners = clauses_of(sentences)
    parts = [*sentences, *clauses]
    columns = model["features"].transform(parts)
    log_odds = model["tagger"].decision_function(columns)
    return Scores(parts, columns, *highest_log_odds(log_odds[: len(sentences)], log_odds[len(sentences) :], owners))
