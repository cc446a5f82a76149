"""`split_clauses`: a long sentence in, its clauses out, which together are the sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.preprocess import Preprocessor, split_clauses

PREPROCESSOR = Preprocessor()
LONG = "went to work and did the shift, but by nine i knew one beer would not hurt so i stopped at the shop"


def clause_texts(text: str) -> list[str]:
    """Return the clauses of a text of one sentence."""
    (sentence,) = PREPROCESSOR.sentences(text)
    return [clause.text for clause in split_clauses(sentence)]


def test_clauses_of_a_long_sentence() -> None:
    """A long sentence is split at its conjunctions and commas."""
    assert clause_texts(LONG) == [
        "went to work and did the shift",
        ", but by nine i knew one beer would not hurt",
        "so i stopped at the shop",
    ]


@pytest.mark.parametrize("text", ["home, and slept", "i went out to see my old friend from the year before that one"])
def test_no_clauses(text: str) -> None:
    """A short sentence has no clauses, and neither has one without anything to split at."""
    assert clause_texts(text) == []


def test_offsets_are_those_of_the_entry() -> None:
    """The offsets of a clause point into the entry's text, also if it is not in the first sentence."""
    text = f"Day 3. {LONG}"
    for clause in split_clauses(PREPROCESSOR.sentences(text)[1]):
        assert text[clause.start : clause.end] == clause.text


@given(st.lists(st.sampled_from([*LONG.split(), "...", ",", "(", "one last time", "\U0001f600"]), max_size=40))
@settings(max_examples=150, deadline=None)
def test_clauses_are_the_sentence(pieces: list[str]) -> None:
    """Clauses hold every word of the sentence once, in order; no term lies outside its clause."""
    for sentence in PREPROCESSOR.sentences(" ".join(pieces)):
        parts = split_clauses(sentence)
        if parts:
            assert tuple(word for part in parts for word in part.words) == tuple(sentence.words)
            assert len(parts) > 1
        for part in parts:
            assert all(part.start <= t.start <= t.end <= part.end for t in (*part.folded, *part.cues))
