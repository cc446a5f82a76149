"""Sentences in context in, named features with their places and sparse columns out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from classifier.features import (
    Family,
    InContext,
    characters,
    context,
    cue_pairs,
    features,
    folded,
    in_context,
    vectorizer,
    words,
)
from classifier.preprocess import Preprocessor

PREPROCESSOR = Preprocessor()
FAMILIES = (words, characters, folded, cue_pairs, context)
ENTRY = "day 9 and i slept. im a failure and i always will be. maybe i ring my sponsor"


def rows(text: str) -> list[InContext]:
    return in_context(PREPROCESSOR.sentences(text))


def names(family: Family, text: str) -> list[str]:
    """Return the names of a family's features in a text of one sentence."""
    [row] = rows(text)
    return [feature.name for feature in family(row)]


def test_neighbours() -> None:
    """Each sentence comes with the one before and the one after, and none stands at the ends."""
    first, second, third = rows("One day. Two days. Three days.")
    assert (first.previous, first.following) == (None, second.sentence)
    assert (second.previous, second.following) == (first.sentence, third.sentence)
    assert (third.previous, third.following) == (second.sentence, None)
    assert in_context([]) == []


def test_repr_has_no_text() -> None:
    """The repr of a row gives offsets, never a journal's words."""
    assert repr(rows("my secret")[0]) == "InContext(Sentence(start=0, end=9))"


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


def test_context_alone() -> None:
    """A sentence alone has no context, whatever it says."""
    assert names(context, "maybe i always drink") == []


@pytest.mark.parametrize("family", [words, characters, folded, cue_pairs])
def test_neighbours_stay_out_of_the_sentence(family: Family) -> None:
    """Only the family of the context reads the neighbours."""
    _, row, _ = rows("all is lost. i slept. nobody cares")
    [alone] = rows("i slept.")
    assert [feature.name for feature in family(row)] == [feature.name for feature in family(alone)]


@given(st.lists(st.sampled_from([*ENTRY.split(), ".", "\n", "<3", "\U0001f600"]), max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_places_lie_in_the_text(text: str) -> None:
    """Every feature has a place in the sentence or, for the context, in a neighbour."""
    for row in rows(text):
        near = [sentence for sentence in row if sentence is not None]
        for family in FAMILIES:
            sentences = near if family is context else [row.sentence]
            for feature in family(row):
                assert feature.places
                for start, end in feature.places:
                    assert any(s.start <= start <= end <= s.end for s in sentences)


def test_rare_names_are_left_out() -> None:
    """A name seen in fewer than `min_df` rows gets no column."""
    fitted = vectorizer(words, min_df=2).fit(rows("good day\ngood night\nbad night"))
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
    fitted = vectorizer(words).fit(rows(ENTRY * 2))
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
