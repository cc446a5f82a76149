"""Sentences in, named features, their places and sparse columns out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.model.features import (
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
    return family.names(row)


def located(family: Family, row: Sentence) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """Return each feature of a sentence by name, with its places, as an index of all its names finds them."""
    known = sorted(set(family.names(row)))
    found = family.index({name: column for column, name in enumerate(known)}).located(row)
    places: list[list[tuple[int, int]]] = [[] for _ in found.columns]
    for owner, start, end in zip(found.owners, found.starts.tolist(), found.ends.tolist(), strict=True):
        places[owner].append((start, end))
    return [(known[column], tuple(place)) for column, place in zip(found.columns, places, strict=True)]


def test_words() -> None:
    """Words and pairs of neighbouring words, as they are meant."""
    assert names(words, "i cant cope") == ["i", "can", "not", "cope", "i can", "can not", "not cope"]


def test_place_of_a_pair() -> None:
    """A pair of words stands from the start of the one to the end of the other."""
    [row] = rows("so  very sad")
    assert dict(located(words, row))["so very"] == ((0, 8),)


def test_places_of_cues() -> None:
    """A cue stands where it stands first, and a pair of cues at both."""
    text = "maybe wine, maybe beer if i must"
    [row] = rows(text)
    found = dict(located(cue_pairs, row))
    assert found["hedge"] == ((0, 5),)
    assert [text[start:end] for start, end in found["<substance> & hedge"]] == ["wine", "maybe"]


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


TEXTS = st.lists(
    st.sampled_from([*ENTRY.split(), ".", "\n", "<3", "n.y.", "never", "drink", "\U0001f600"]), max_size=25
)


@given(TEXTS.map(" ".join))
@settings(max_examples=100, deadline=None)
def test_places_are_those_of_the_names(text: str) -> None:
    """Every feature that is named is located as often as it stands, at the words that it is named by."""
    for row in rows(text):
        of_words, of_cues = located(words, row), located(cue_pairs, row)
        for family, found in ((words, of_words), (characters, located(characters, row)), (cue_pairs, of_cues)):
            assert sorted(name for name, _ in found) == sorted(family.names(row))
        assert all(name == " ".join(row.words.within(*place).texts) for name, [place] in of_words)
        assert all(name in f" {row.words.within(*place).texts[0]} " for name, [place] in located(characters, row))
        for name, [(start, end)] in located(folded, row):
            terms = [term.text for term in row.folded if start <= term.start < end]
            assert name.removeprefix("^ ").removesuffix(" $") in (" ".join(terms), "^", "$")
        terms_at = {(term.text, (term.start, term.end)) for term in (*row.cues, *row.folded)}
        assert all(terms_at >= set(zip(name.split(" & "), places, strict=True)) for name, places in of_cues)


def test_rare_names_are_left_out() -> None:
    """A name seen in fewer than `min_df` rows gets no column."""
    fitted = Vectorizer(words, min_df=2).fit(rows("good day\ngood night\nbad night"))
    assert sorted(fitted.index_.vocabulary()) == ["good", "night"]


def test_columns() -> None:
    """The rows become sparse rows of single precision, one column for each name of each family."""
    train = rows(ENTRY)
    union = features()
    matrix = union.fit_transform(train)
    assert matrix.shape == (3, sum(len(part.idf_) for _, part in union.transformer_list))
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


@pytest.mark.parametrize("family", FAMILIES, ids=["words", "characters", "folded", "cue_pairs"])
def test_weights_are_those_of_scikit_learn(family: Family) -> None:
    """The quick way gives the very numbers of scikit-learn's own vectorizer, for rows seen and unseen, and again."""
    train = rows(f"{ENTRY}\ni can not sleep. never again, just one drink\nmaybe i am a failure")
    unseen = rows("zzxq. i never slept, maybe i drink. N.Y. is no failure no no no")
    own = Vectorizer(family).fit(train)
    theirs = TfidfVectorizer(analyzer=family.names, min_df=2, sublinear_tf=True, dtype=np.float32).fit(train)
    assert own.index_.vocabulary() == theirs.vocabulary_
    for sentences in (train, unseen, [], unseen):
        expected = theirs.transform(sentences) if sentences else np.empty((0, len(own.idf_)))
        np.testing.assert_array_equal(own.transform(sentences).toarray(), csr_matrix(expected).toarray())


def test_what_was_looked_up_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words come by, few are kept, and none in what is saved."""
    monkeypatch.setattr("classifier.model.features._MOST_WORDS", 5)
    fitted = Vectorizer(characters, min_df=1).fit(rows(ENTRY))
    alike = fitted.transform(rows("so what now")).toarray()
    for word in ENTRY.split():
        fitted.transform(rows(word))
    assert len(fitted.index_) <= 6
    np.testing.assert_array_equal(fitted.transform(rows("so what now")).toarray(), alike)
    again = pickle.loads(pickle.dumps(fitted))
    assert len(again.index_) == 0
    assert again.index_.vocabulary() == fitted.index_.vocabulary()
    np.testing.assert_array_equal(again.transform(rows("so what now")).toarray(), alike)
