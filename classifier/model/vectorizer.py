"""Turns sentences into a sparse matrix of TF-IDF values, with one column for each feature of the four families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import FeatureUnion
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l2
from sklearn.utils.validation import check_is_fitted

from classifier.model.families import FAMILIES, Family
from classifier.model.index import Located, build_index
from classifier.preprocess import Sentence

_MIN_DF = {"characters": 3}
"""Values of `min_df` for families where it is not 2. There are many character n-grams, so they must be more common."""


class Vectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of one family of features: 1 + log(count), times the feature's weight, in rows of length one.

    The values equal those of scikit-learn's `TfidfVectorizer` with `sublinear_tf`. `fit` uses scikit-learn to choose
    the features and to compute their weights.

    Parameters
    ----------
    family
        The family of features.
    min_df
        A feature gets a column if it occurs in at least this number of sentences.

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

    def fit(self, sentences: Sequence[Sentence], y: object = None) -> Self:
        """Choose the features and compute their weights."""
        counter = CountVectorizer(analyzer=self.family.names, min_df=self.min_df, dtype=np.float32)
        counts = counter.fit_transform(sentences)
        self.index_ = build_index(self.family, counter.vocabulary_)
        self.idf_ = TfidfTransformer().fit(counts).idf_
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


def build_features() -> SerialFeatureUnion:
    """Return the unfitted transformer from sentences to a sparse matrix of shape (n_sentences, n_features)."""
    families = FAMILIES.items()
    return SerialFeatureUnion([(name, Vectorizer(family, min_df=_MIN_DF.get(name, 2))) for name, family in families])
