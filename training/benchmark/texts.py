"""Prepares texts for regressions that are trained on a public set alone: counts features, weights them, makes folds."""

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
"""A sentence belongs to the distorted part from this share of common word pairs. Parts are not always verbatim."""

Counts = list[csr_matrix]
"""How often each feature occurs in each row: one matrix of shape (rows, features) per family of features."""

Rows = NDArray[np.int_]
"""Row numbers."""


@dataclass(frozen=True, slots=True)
class PreparedTexts:
    """Texts in the form that regressions need.

    sentences
        Feature counts of each sentence.
    owners
        Number of the sentence's text, shape (sentences,).
    marked
        Whether the sentence belongs to the distorted part of its text, shape (sentences,).
    texts
        Feature counts of each text: the sums over its sentences.
    """

    sentences: Counts
    owners: Rows
    marked: NDArray[np.bool_]
    texts: Counts


def prepare(texts: Sequence[str], parts: Sequence[str], preprocessor: Preprocessor) -> PreparedTexts:
    """Split texts into sentences, count their features, and mark the sentences of the distorted parts."""
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
    # `member` has a row per text, with a 1 for each of its sentences. A product with it sums over sentences.
    member = csr_matrix((np.ones(len(rows), np.float32), (owners, np.arange(len(rows)))), (len(texts), len(rows)))
    of_texts = [csr_matrix(member @ family) for family in counts]
    return PreparedTexts(counts, owners, np.array(marked, dtype=bool), of_texts)


def _word_pairs(rows: Sequence[Sentence]) -> set[tuple[str, str]]:
    words = [term.text for row in rows for term in row.words if any(map(str.isalnum, term.text))]
    return set(pairwise(words))


def _belongs(sentence: set[tuple[str, str]], part: set[tuple[str, str]]) -> bool:
    # Divide by the smaller set: a part may cover several sentences, or less than one.
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
    """Return the project's TF-IDF columns of all rows. Columns and weights depend only on the training rows."""
    union = build_features()
    parts = []
    for (name, vectorizer), counted in zip(union.transformer_list, counts, strict=True):
        # Keep the columns that the project's own vectorizer would keep, given only the training rows.
        kept = counted[:, np.asarray((counted[train] > 0).sum(axis=0)).ravel() >= vectorizer.min_df]
        if kept.shape[1]:
            weighted = TfidfTransformer(sublinear_tf=True).fit(kept[train]).transform(kept)
            parts.append(weighted * (union.transformer_weights or {}).get(name, 1.0))
    return csr_matrix(hstack(parts), dtype=np.float64)


def split_folds(classes: NDArray[np.int_], texts: Sequence[str], number: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield the training and test rows of each fold, stratified by class. Equal texts are always in the same fold."""
    group_numbers: dict[str, int] = {}
    groups = [group_numbers.setdefault(same_text(text), len(group_numbers)) for text in texts]
    split = StratifiedGroupKFold(number, shuffle=True, random_state=0)
    yield from split.split(classes, classes, groups)


def same_text(text: str) -> str:
    """Return the text in lower case with single blanks. Texts with the same result count as equal."""
    return " ".join(text.lower().split())


def highest_only(values: NDArray[np.float64] | NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return a mask of the same shape that selects the highest value of each row, or the first of equal ones."""
    return np.asarray(np.arange(values.shape[1]) == values.argmax(axis=1)[:, None])
