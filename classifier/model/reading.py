"""Sentences in, log-odds out: each sentence read whole and, where it is long, by its clauses.

A label speaks as loud as its clearest clause, so that one thought among the many facts of a sentence
without full stops is not drowned by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from classifier.model.tagger import clearest
from classifier.preprocess import Sentence, split_clauses


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model read out of sentences.

    parts
        The sentences, and after them the clauses of the long ones.
    columns
        Features of the parts, shape (parts, columns).
    log_odds
        Shape (sentences, labels).
    spoke
        Number of the part that a log-odds is read from, shape (sentences, labels).
    """

    parts: list[Sentence]
    columns: csr_matrix
    log_odds: NDArray[np.float64]
    spoke: NDArray[np.int_]


def by_clauses(sentences: Sequence[Sentence]) -> tuple[list[Sentence], NDArray[np.int_]]:
    """Return the clauses of all long sentences, and for each the number of its sentence, shape (clauses,)."""
    parts = [(clause, i) for i, sentence in enumerate(sentences) for clause in split_clauses(sentence)]
    return [clause for clause, _ in parts], np.array([i for _, i in parts], dtype=int)


def read(model: Pipeline, sentences: Sequence[Sentence]) -> Reading:
    """Read sentences with a fitted pipeline of `features` and `tagger`; at least one."""
    found, owners = by_clauses(sentences)
    parts = [*sentences, *found]
    columns = model["features"].transform(parts)
    log_odds = model["tagger"].decision_function(columns)
    return Reading(parts, columns, *clearest(log_odds[: len(sentences)], log_odds[len(sentences) :], owners))
