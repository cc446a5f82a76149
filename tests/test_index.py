"""The fast indices find exactly the features that the families name, at the words that they are named by."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.model.families import CHARACTERS, CUE_PAIRS, FAMILIES, FOLDED, WORDS, Family
from classifier.model.index import build_index
from classifier.model.vectorizer import Vectorizer
from classifier.preprocess import Preprocessor, Sentence

PREPROCESSOR = Preprocessor()
ENTRY = "day 9 and i slept. im a failure and i always will be. maybe i ring my sponsor"


def sentences(text: str) -> list[Sentence]:
    return PREPROCESSOR.sentences(text)


def locate(family: Family, sentence: Sentence) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """Return each feature of a sentence by name, with its places, found by an index of all its names."""
    names = sorted(set(family.names(sentence)))
    located = build_index(family, {name: column for column, name in enumerate(names)}).locate(sentence)
    places: list[list[tuple[int, int]]] = [[] for _ in located.columns]
    for feature, start, end in zip(
        located.feature_of_place, located.starts.tolist(), located.ends.tolist(), strict=True
    ):
        places[feature].append((start, end))
    return [(names[column], tuple(place)) for column, place in zip(located.columns, places, strict=True)]


def test_place_of_a_pair() -> None:
    """A pair of words reaches from the start of the first word to the end of the second."""
    [sentence] = sentences("so  very sad")
    assert dict(locate(WORDS, sentence))["so very"] == ((0, 8),)


def test_places_of_cues() -> None:
    """A cue is located where it occurs first, and a pair of cues at both."""
    text = "maybe wine, maybe beer if i must"
    [sentence] = sentences(text)
    places = dict(locate(CUE_PAIRS, sentence))
    assert places["hedge"] == ((0, 5),)
    assert [text[start:end] for start, end in places["<substance> & hedge"]] == ["wine", "maybe"]


TEXTS = st.lists(
    st.sampled_from([*ENTRY.split(), ".", "\n", "<3", "n.y.", "never", "drink", "\U0001f600"]), max_size=25
)


@given(TEXTS.map(" ".join))
@settings(max_examples=100, deadline=None)
def test_places_are_those_of_the_names(text: str) -> None:
    """Every feature is located as often as it is named, at the words that it is named by."""
    for sentence in sentences(text):
        for family in (WORDS, CHARACTERS, CUE_PAIRS):
            assert sorted(name for name, _ in locate(family, sentence)) == sorted(family.names(sentence))
        for name, [place] in locate(WORDS, sentence):
            assert name == " ".join(sentence.words.within(*place).texts)
        for name, [place] in locate(CHARACTERS, sentence):
            assert name in f" {sentence.words.within(*place).texts[0]} "
        for name, [(start, end)] in locate(FOLDED, sentence):
            terms = [term.text for term in sentence.folded if start <= term.start < end]
            assert name.removeprefix("^ ").removesuffix(" $") in (" ".join(terms), "^", "$")
        terms_at = {(term.text, (term.start, term.end)) for term in (*sentence.cues, *sentence.folded)}
        for name, places in locate(CUE_PAIRS, sentence):
            assert terms_at >= set(zip(name.split(" & "), places, strict=True))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_pickle(family: Family) -> None:
    """An index keeps its vocabulary when it is pickled."""
    names = sorted({name for sentence in sentences(ENTRY) for name in family.names(sentence)})
    index = build_index(family, {name: column for column, name in enumerate(names)})
    assert list(index.vocabulary()) == names
    assert pickle.loads(pickle.dumps(index)).vocabulary() == index.vocabulary()


def test_cache_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words are read, few are cached, and none is saved."""
    monkeypatch.setattr("classifier.model.index._MAX_CACHED_WORDS", 5)
    fitted = Vectorizer(CHARACTERS, min_df=1).fit(sentences(ENTRY))
    expected = fitted.transform(sentences("so what now")).toarray()
    for word in ENTRY.split():
        fitted.transform(sentences(word))
    assert len(fitted.index_) <= 6
    np.testing.assert_array_equal(fitted.transform(sentences("so what now")).toarray(), expected)
    again = pickle.loads(pickle.dumps(fitted))
    assert len(again.index_) == 0
    np.testing.assert_array_equal(again.transform(sentences("so what now")).toarray(), expected)


def test_unknown_family() -> None:
    """A family without an index is refused by name."""

    class Other:
        def names(self, sentence: Sentence) -> list[str]:
            return []

    with pytest.raises(TypeError, match="no index for Other"):
        build_index(Other(), {})
