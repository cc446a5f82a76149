"""Sentences in, named features with their places and sparse columns out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.features import (
    Family,
    Vectorizer,
    characters,
    cue_pairs,
    features,
    folded,
    words,
)
from classifier.preprocess import Preprocessor, Sentence

PREPROCESSOR = Preprocessor()
FAMILIES = (words, characters, folded, cue_pairs)
ENTRY = "day 9 and i slept. im a failure and i always will be. maybe i ring my sponsor"


def rows(text: str) -> list[Sentence]:
    return PREPROCESSOR.sentences(text)


def names(family: Family, text: str) -> list[str]:
    """Return the names of a family's features in a text of one sentence."""
    [row] = rows(text)
    return [feature.name for feature in family(row)]


def test_words() -> None:
    """Words and pairs of neighbouring words, as they are meant."""
    assert names(words, "i cant cope") == ["i", "can", "not", "cope", "i can", "can not", "not cope"]


def test_place_of_a_pair() -> None:
    """A pair of words stands from the start of the one to the end of the other."""
    [row] = rows("so  very sad")
    assert {feature.name: feature.places for feature in words(row)}["so very"] == ((0, 8),)


def test_characters() -> None:
    """Runs of characters stay within a word and its bounds."""
    found = names(characters, "no thanks")
    assert {" no", "no ", " no ", " th", "hanks", "nks "} <= set(found)
    assert not any(" " in name.strip() for name in found)


def test_folded() -> None:
    """Runs of folded terms know the bounds of the sentence and what is negated."""
    assert {"^ <substance>", "<substance> is <problem>", "<problem> $"} <= set(names(folded, "wine is fine"))
    assert "not not:<insult> $" in names(folded, "i am not worthless")


def test_cue_pairs() -> None:
    """Each cue and class of a sentence stands once, and once with each other, however far apart."""
    found = names(cue_pairs, "maybe just one drink, maybe wine if i must")
    assert len(found) == len(set(found))
    assert {"hedge", "conditional", "<limit>"} <= set(found)
    assert {"<limit> & <substance>", "conditional & hedge"} <= set(found)
    assert not any("wrong" in name or "today" in name for name in found)


@given(st.lists(st.sampled_from([*ENTRY.split(), ".", "\n", "<3", "\U0001f600"]), max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_places_lie_in_the_text(text: str) -> None:
    """Every feature has a place, and it lies in the sentence."""
    for row in rows(text):
        for family in FAMILIES:
            for feature in family(row):
                assert feature.places
                assert all(row.start <= start <= end <= row.end for start, end in feature.places)


def test_rare_names_are_left_out() -> None:
    """A name seen in fewer than `min_df` rows gets no column."""
    fitted = Vectorizer(words, min_df=2).fit(rows("good day\ngood night\nbad night"))
    assert sorted(fitted.vocabulary_) == ["good", "night"]


def test_columns() -> None:
    """The rows become sparse rows of single precision, one column for each name of each family."""
    train = rows(ENTRY)
    union = features()
    matrix = union.fit_transform(train)
    assert matrix.shape == (3, sum(len(part.vocabulary_) for _, part in union.transformer_list))
    assert matrix.dtype == np.float32
    assert matrix.nnz < matrix.shape[0] * matrix.shape[1]


def test_unseen_words() -> None:
    """A sentence of words never seen has no columns of words, and is no error."""
    fitted = Vectorizer(words).fit(rows(ENTRY * 2))
    assert fitted.transform(rows("zzxq vvkj")).nnz == 0


def test_batch_equals_one_by_one() -> None:
    """Sentences are transformed alike together and apart."""
    train = rows(ENTRY)
    union = features().fit(train)
    together = union.transform(train).toarray()
    apart = np.vstack([union.transform([row]).toarray() for row in train])
    np.testing.assert_array_equal(together, apart)


def test_clone_and_pickle() -> None:
    """The transformer can be cloned, and survives a pickle with its columns."""
    train = rows(ENTRY)
    fitted = clone(features()).fit(train)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(train).toarray(), fitted.transform(train).toarray())


@given(st.lists(st.sampled_from([*ENTRY.split(), "n.y.", "never", "drink", "<3"]), max_size=30).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_counted_by_keys_as_by_places(text: str) -> None:
    """What is counted of a sentence are the names of its features, each as often as it has a place."""
    for row in rows(text):
        for family in FAMILIES:
            assert sorted(family.counted(row)) == sorted(feature.name for feature in family(row))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.features.__name__)
def test_weights_are_those_of_scikit_learn(family: Family) -> None:
    """The quick way gives the very numbers of scikit-learn's own vectorizer, for rows seen and unseen, and again."""
    train = rows(f"{ENTRY}\ni can not sleep. never again, just one drink\nmaybe i am a failure")
    unseen = rows("zzxq. i never slept, maybe i drink. N.Y. is no failure no no no")
    own = Vectorizer(family).fit(train)
    theirs = TfidfVectorizer(analyzer=family.counted, min_df=2, sublinear_tf=True, dtype=np.float32).fit(train)
    assert own.vocabulary_ == theirs.vocabulary_
    for sentences in (train, unseen, [], unseen):
        expected = theirs.transform(sentences) if sentences else np.empty((0, len(own.vocabulary_)))
        np.testing.assert_array_equal(own.transform(sentences).toarray(), csr_matrix(expected).toarray())


def test_what_was_looked_up_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words come by, few are kept, and none in what is saved."""
    monkeypatch.setattr("classifier.features._MOST_KEYS", 5)
    fitted = Vectorizer(characters, min_df=1).fit(rows(ENTRY))
    alike = fitted.transform(rows("so what now")).toarray()
    for word in ENTRY.split():
        fitted.transform(rows(word))
    assert len(fitted._columns) <= 6
    np.testing.assert_array_equal(fitted.transform(rows("so what now")).toarray(), alike)
    again = pickle.loads(pickle.dumps(fitted))
    assert len(again._columns) == 0
    assert again.vocabulary_ == fitted.vocabulary_
    np.testing.assert_array_equal(again.transform(rows("so what now")).toarray(), alike)
