"""Texts in, feature counts of their sentences and TF-IDF columns out, for regressions trained on a public set alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.model_selection import StratifiedGroupKFold

from classifier.model.vectorizer import build_features
from classifier.preprocess import Preprocessor, Sentence

_OVERLAP = 0.5
"""Share of common word pairs from which a sentence belongs to the distorted part; parts are not always verbatim."""

Counts = list[csr_matrix]
"""How often each feature occurs in each row; one matrix of shape (rows, features) for each family of features."""

Rows = NDArray[np.int_]
"""Numbers of rows."""


@dataclass(frozen=True, slots=True)
class PreparedTexts:
    """Texts in the form that regressions need.

    sentences
        Feature counts of each sentence.
    owners
        Number of the sentence's text, shape (sentences,).
    marked
        Whether the sentence overlaps the distorted part, shape (sentences,).
    texts
        Feature counts of each text: the sums over its sentences.
    """

    sentences: Counts
    owners: Rows
    marked: NDArray[np.bool_]
    texts: Counts


def prepare(texts: Sequence[str], parts: Sequence[str], preprocessor: Preprocessor) -> PreparedTexts:
    """Split texts into sentences, count features, and find the sentences of the distorted parts."""
    split = [preprocessor.sentences(text) for text in texts]
    rows = [row for sentences in split for row in sentences]
    owners = np.repeat(np.arange(len(texts)), [len(sentences) for sentences in split])
    pairs_of_parts = [_word_pairs(preprocessor.sentences(part)) for part in parts]
    marked = [
        _belongs(_word_pairs([row]), pairs)
        for sentences, pairs in zip(split, pairs_of_parts, strict=True)
        for row in sentences
    ]
    counts = _count_features(rows)
    # A row per text with a 1 for each of its sentences, so that the product sums over sentences.
    member = csr_matrix((np.ones(len(rows), np.float32), (owners, np.arange(len(rows)))), (len(texts), len(rows)))
    of_texts = [csr_matrix(member @ family) for family in counts]
    return PreparedTexts(counts, owners, np.array(marked, dtype=bool), of_texts)


def _word_pairs(rows: Sequence[Sentence]) -> set[tuple[str, str]]:
    words = [term.text for row in rows for term in row.words if any(map(str.isalnum, term.text))]
    return set(pairwise(words))


def _belongs(sentence: set[tuple[str, str]], part: set[tuple[str, str]]) -> bool:
    # Relative to the shorter one: a part may cover several sentences, or less than one.
    shorter = min(len(sentence), len(part))
    return shorter > 0 and len(sentence & part) / shorter >= _OVERLAP


def _count_features(rows: Sequence[Sentence]) -> Counts:
    return [
        csr_matrix(
            DictVectorizer(dtype=np.float32).fit_transform(Counter(vectorizer.family.names(row)) for row in rows)
        )
        for _, vectorizer in build_features().transformer_list
    ]


def tfidf_columns(counts: Counts, train: Rows) -> csr_matrix:
    """Return the project's TF-IDF columns of all rows; columns and weights depend on the training rows alone."""
    union = build_features()
    parts = []
    for (name, vectorizer), counted in zip(union.transformer_list, counts, strict=True):
        # The choice of columns that the project's own vectorizer makes, from the training rows only.
        kept = counted[:, np.asarray((counted[train] > 0).sum(axis=0)).ravel() >= vectorizer.min_df]
        if kept.shape[1]:
            weighted = TfidfTransformer(sublinear_tf=True).fit(kept[train]).transform(kept)
            parts.append(weighted * (union.transformer_weights or {}).get(name, 1.0))
    return csr_matrix(hstack(parts), dtype=np.float64)


def split_folds(classes: NDArray[np.int_], texts: Sequence[str], number: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield training and test rows, stratified by class; equal texts are never split between the two."""
    group_numbers: dict[str, int] = {}
    groups = [group_numbers.setdefault(same_text(text), len(group_numbers)) for text in texts]
    split = StratifiedGroupKFold(number, shuffle=True, random_state=0)
    yield from split.split(classes, classes, groups)


def same_text(text: str) -> str:
    """Return what texts that differ only in case and blanks have in common."""
    return " ".join(text.lower().split())


def highest_only(values: NDArray[np.float64] | NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return a mask of each row's highest value, the first of equal ones; same shape."""
    return np.asarray(np.arange(values.shape[1]) == values.argmax(axis=1)[:, None])
