"""Turns sentences into a sparse matrix of TF-IDF values, with one column for each feature of the four families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import FeatureUnion
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l2
from sklearn.utils.validation import check_is_fitted

from classifier.model.families import FAMILIES, Family
from classifier.model.index import Located, build_index
from classifier.preprocess import Sentence

_MIN_OWN = 2
"""Value of `min_df` for text that was written for this project."""

_MIN_DF = {"words": 2, "characters": 3, "folded": 2, "cue_pairs": 2}
"""Values of `min_df` by family. There are many character n-grams, so they must be more common."""


class Vectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of one family of features: 1 + log(count), times the feature's weight, in rows of length one.

    The values equal those of scikit-learn's `TfidfVectorizer` with `sublinear_tf`. `fit` uses scikit-learn to choose
    the features and to compute their weights.

    Parameters
    ----------
    family
        The family of features.
    min_df
        A feature gets a column if it occurs in at least this number of groups; without groups, of sentences.

    Attributes
    ----------
    index_ : Index
        The features that have a column.
    idf_ : array of shape (n_features,)
        Weight of each feature. Features that occur in few sentences have high weights.
    """

    def __init__(self, family: Family, *, min_df: int = 2) -> None:
        self.family = family
        self.min_df = min_df

    def fit(
        self,
        sentences: Sequence[Sentence],
        y: object = None,
        *,
        groups: ArrayLike | None = None,
        own: Sequence[Sentence] = (),
    ) -> Self:
        """Choose the features and compute their weights.

        Parameters
        ----------
        sentences
            The training sentences.
        y
            Ignored, as is usual for transformers.
        groups
            Group of each sentence, such as its writer or post. A feature that occurs in few groups can give away what
            one person wrote, so that it gets no column. By default each sentence is a group.
        own
            Sentences that were written for this project. Their features get columns as well, if they occur in two of
            these sentences.
        """
        names: Sequence[Sequence[str]] = [self.family.names(sentence) for sentence in sentences]
        by_group: Sequence[Sequence[str]] = names
        if groups is not None:
            _, numbers = np.unique(np.asarray(groups), return_inverse=True)
            joined: list[list[str]] = [[] for _ in range(numbers.max(initial=-1) + 1)]
            for number, of_sentence in zip(numbers.tolist(), names, strict=True):
                joined[number].extend(of_sentence)
            by_group = joined
        chosen = set(CountVectorizer(analyzer=list, min_df=self.min_df).fit(by_group).vocabulary_)
        if own:
            names_of_own = [self.family.names(sentence) for sentence in own]
            chosen |= set(CountVectorizer(analyzer=list, min_df=_MIN_OWN).fit(names_of_own).vocabulary_)
            names = [*names, *names_of_own]
        vocabulary = {name: column for column, name in enumerate(sorted(chosen))}
        counts = CountVectorizer(analyzer=list, vocabulary=vocabulary, dtype=np.float32).transform(names)
        return self.set_features(vocabulary, TfidfTransformer().fit(counts).idf_)

    def set_features(self, vocabulary: Mapping[str, int], idf: NDArray[np.floating[Any]]) -> Self:
        """Set the column of each feature, by name, and the weights, shape (n_features,), as `fit` would choose them."""
        self.index_ = build_index(self.family, vocabulary)
        self.idf_ = idf
        return self

    def transform(self, sentences: Sequence[Sentence]) -> csr_matrix:
        """Return the values of the features of each sentence, shape (n_sentences, n_features), in single precision."""
        check_is_fitted(self)
        rows, columns = self.index_.columns(sentences)
        ones = np.ones(len(columns), dtype=np.float32)
        # `csr_matrix` adds up the ones of a repeated cell, so each value is a count.
        values = csr_matrix((ones, (rows, columns)), shape=(len(sentences), len(self.idf_)))
        np.log(values.data, out=values.data)
        values.data += 1.0
        values.data *= self.idf_[values.indices]
        inplace_csr_row_normalize_l2(values)
        return values


class SerialFeatureUnion(FeatureUnion):  # type: ignore[misc]
    """A `FeatureUnion` of `Vectorizer`s that transforms without joblib, whose dispatch costs milliseconds per call."""

    def fit_to_groups(self, sentences: Sequence[Sentence], groups: ArrayLike, own: Sequence[Sentence] = ()) -> Self:
        """Fit all vectorizers to sentences of groups; see `Vectorizer.fit`."""
        for _, vectorizer in self.transformer_list:
            vectorizer.fit(sentences, groups=groups, own=own)
        return self

    def transform(self, sentences: Sequence[Sentence]) -> csr_matrix:
        """Return the columns of all families side by side."""
        return csr_matrix(hstack([part.transform(sentences) for _, part in self.transformer_list], format="csr"))

    def locate(self, sentence: Sentence) -> Located:
        """Return the features of a sentence with their spans. Columns are numbered as in `transform`."""
        vectorizers = [vectorizer for _, vectorizer in self.transformer_list]
        parts = [vectorizer.index_.locate(sentence) for vectorizer in vectorizers]
        # Each vectorizer numbers its columns and features from 0, so those of the earlier ones are added.
        first_columns = np.cumsum([0, *(len(vectorizer.idf_) for vectorizer in vectorizers)]).tolist()
        first_features = np.cumsum([0, *(len(part.columns) for part in parts)]).tolist()
        return Located(
            np.concatenate([part.columns + first for part, first in zip(parts, first_columns, strict=False)]),
            np.concatenate([part.feature_of_place + first for part, first in zip(parts, first_features, strict=False)]),
            np.concatenate([part.starts for part in parts]),
            np.concatenate([part.ends for part in parts]),
        )


def build_features(*, min_df: int = 0) -> SerialFeatureUnion:
    """Return the unfitted transformer from sentences to a sparse matrix of shape (n_sentences, n_features).

    `min_df` is the lowest value of `Vectorizer.min_df`.
    """
    return SerialFeatureUnion(
        [(name, Vectorizer(family, min_df=max(_MIN_DF[name], min_df))) for name, family in FAMILIES.items()]
    )
