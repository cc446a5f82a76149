"""Sentences in, sparse TF-IDF columns out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.model.families import FAMILIES, WORDS
from classifier.model.vectorizer import Vectorizer, build_features
from classifier.preprocess import Preprocessor, Sentence

PREPROCESSOR = Preprocessor()
ENTRY = "day 9 and i slept. im a failure and i always will be. maybe i ring my sponsor"


def sentences(text: str) -> list[Sentence]:
    return PREPROCESSOR.sentences(text)


def test_features_of_few_writers_get_no_column() -> None:
    """With groups, a feature must occur in `min_df` groups, however often one group has it."""
    rows = sentences("river stone\nriver stone\nriver cloud\ncloud glass")
    fitted = Vectorizer(WORDS, min_df=2).fit(rows, groups=[0, 0, 1, 2])
    assert {"river", "cloud"} <= set(fitted.index_.vocabulary())
    assert not {"stone", "river stone", "glass"} & set(fitted.index_.vocabulary())


def test_features_of_own_text_get_a_column() -> None:
    """Features that occur twice in text of this project get a column beside those of the groups."""
    rows, own = sentences("river stone\nriver cloud"), sentences("glass metal\nglass paper")
    fitted = Vectorizer(WORDS, min_df=2).fit(rows, groups=[0, 1], own=own)
    assert {"river", "glass"} <= set(fitted.index_.vocabulary())
    assert not {"stone", "cloud", "metal", "paper"} & set(fitted.index_.vocabulary())


def test_rare_names_are_left_out() -> None:
    """A feature that occurs in fewer than `min_df` sentences gets no column."""
    fitted = Vectorizer(WORDS, min_df=2).fit(sentences("good day\ngood night\nbad night"))
    assert sorted(fitted.index_.vocabulary()) == ["good", "night"]


def test_columns() -> None:
    """Sentences become sparse rows of single precision, one column for each feature of each family."""
    train = sentences(ENTRY)
    features = build_features()
    matrix = features.fit_transform(train)
    assert matrix.shape == (3, sum(len(part.idf_) for _, part in features.transformer_list))
    assert matrix.dtype == np.float32
    assert matrix.nnz < matrix.shape[0] * matrix.shape[1]


def test_order_of_the_families() -> None:
    """The families are in the order in which models are trained."""
    assert [name for name, _ in build_features().transformer_list] == ["words", "characters", "folded", "cue_pairs"]


def test_unseen_words() -> None:
    """A sentence of words never seen has no columns of words, and is no error."""
    fitted = Vectorizer(WORDS).fit(sentences(ENTRY * 2))
    assert fitted.transform(sentences("zzxq vvkj")).nnz == 0


def test_batch_equals_one_by_one() -> None:
    """Sentences are transformed alike together and apart."""
    train = sentences(ENTRY)
    features = build_features().fit(train)
    together = features.transform(train).toarray()
    apart = np.vstack([features.transform([sentence]).toarray() for sentence in train])
    np.testing.assert_array_equal(together, apart)


def test_located_columns_are_those_of_the_matrix() -> None:
    """The features that are located in a sentence are its columns in the matrix."""
    train = sentences(ENTRY)
    features = build_features().fit(train)
    for sentence in train:
        located = features.locate(sentence)
        assert sorted(set(located.columns.tolist())) == features.transform([sentence]).indices.tolist()
        assert set(located.feature_of_place.tolist()) == set(range(len(located.columns)))


def test_clone_and_pickle() -> None:
    """The transformer can be cloned, and survives a pickle with its columns."""
    train = sentences(ENTRY)
    fitted = clone(build_features()).fit(train)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(train).toarray(), fitted.transform(train).toarray())


@pytest.mark.parametrize("name", FAMILIES)
def test_values_are_those_of_scikit_learn(name: str) -> None:
    """The fast way gives exactly the numbers of scikit-learn's vectorizer, for sentences seen and unseen."""
    train = sentences(f"{ENTRY}\ni can not sleep. never again, just one drink\nmaybe i am a failure")
    unseen = sentences("zzxq. i never slept, maybe i drink. N.Y. is no failure no no no")
    ours = Vectorizer(FAMILIES[name]).fit(train)
    theirs = TfidfVectorizer(analyzer=FAMILIES[name].names, min_df=2, sublinear_tf=True, dtype=np.float32).fit(train)
    assert ours.index_.vocabulary() == theirs.vocabulary_
    for rows in (train, unseen, [], unseen):
        expected = theirs.transform(rows) if rows else np.empty((0, len(ours.idf_)))
        np.testing.assert_array_equal(ours.transform(rows).toarray(), csr_matrix(expected).toarray())
