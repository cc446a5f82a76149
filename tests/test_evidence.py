"""A tagged sentence in, the words that raised its probability out; with a small model that is fitted here."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from classifier.model.evidence import Explainer, _word_weights
from classifier.model.index import Located
from classifier.model.scoring import Model, build_pipeline
from classifier.preprocess import Preprocessor, Sentence
from classifier.tagging import Evidence

PREPROCESSOR = Preprocessor()
BARGAINING, LABELING = 0, 1
THINGS = "apple river stone cloud paper glass metal train plant music".split()
THOUGHTS = (
    ("just one beer with {} then i stop", [1, 0]),
    ("only one last drink after {}", [1, 0]),
    ("i am a useless loser like {}", [0, 1]),
    ("im worthless. {} knows", [0, 1]),
    ("we went to {} today", [0, 0]),
    ("i slept and bought {}", [0, 0]),
    ("never slept. bought {}", [0, 0]),
)


def rows(text: str) -> list[Sentence]:
    return PREPROCESSOR.sentences(text)


@pytest.fixture(scope="module")
def fitted() -> Pipeline:
    """Return a model of two labels, fitted on seventy made-up sentences."""
    pairs = [(rows(text.format(thing))[-1], labels) for thing in THINGS for text, labels in THOUGHTS]
    return build_pipeline().fit([row for row, _ in pairs], np.array([labels for _, labels in pairs]))


@pytest.fixture(scope="module")
def explainer(fitted: Pipeline) -> Explainer:
    return Explainer(Model(fitted))


def evidence(fitted: Pipeline, row: Sentence, label: int) -> tuple[Evidence, ...]:
    return Explainer(Model(fitted)).evidence(row, fitted["features"].transform([row]), label)


PIECES = [
    "just",
    "one",
    "beer",
    "i am",
    "im",
    "don't",
    "a",
    "useless",
    "loser",
    "river",
    "zzxq",
    ".",
    "\n",
    "\U0001f600",
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=20).map(" ".join)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_contributions_add_up(fitted: Pipeline, explainer: Explainer, text: str) -> None:
    """The contributions of all features and the intercept add up to the log-odds."""
    for row in rows(text):
        values = fitted["features"].transform([row])
        log_odds = fitted["tagger"].decision_function(values)[0]
        for label in (BARGAINING, LABELING):
            total = explainer.contributions(fitted["features"].locate(row), values, label).sum()
            assert total + fitted["tagger"].intercept_[label] == pytest.approx(log_odds[label], abs=1e-4)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_spans(fitted: Pipeline, explainer: Explainer, text: str) -> None:
    """There are at most three spans, in order, apart from each other, and of whole words."""
    for row in rows(text):
        starts, ends = {word.start for word in row.words}, {word.end for word in row.words}
        values = fitted["features"].transform([row])
        for label in (BARGAINING, LABELING):
            spans = explainer.evidence(row, values, label)
            assert len(spans) <= 3
            assert all(0 <= span.start < span.end <= len(text) for span in spans)
            assert all(span.start in starts and span.end in ends and span.weight > 0 for span in spans)
            assert not any(text[span.start - 1 : span.start].isalnum() for span in spans if span.start)
            assert not any(text[span.end : span.end + 1].isalnum() for span in spans)
            assert all(one.end <= other.start for one, other in pairwise(spans))


def test_evidence_names_the_words(fitted: Pipeline) -> None:
    """The evidence for a label is the words that it was learned from, and not those of another label."""
    text = "just one beer, but i am a loser"
    [row] = rows(text)
    bargaining = [text[span.start : span.end] for span in evidence(fitted, row, BARGAINING)]
    labeling = [text[span.start : span.end] for span in evidence(fitted, row, LABELING)]
    assert "beer" in " ".join(bargaining)
    assert "loser" in " ".join(labeling)
    assert "loser" not in " ".join(bargaining)
    assert "beer" not in " ".join(labeling)


def test_neighbouring_words_are_one_span(fitted: Pipeline) -> None:
    """Neighbouring words are one span, with the sum of their weights."""
    text = "just one beer with music then i stop"
    [row] = rows(text)
    first = evidence(fitted, row, BARGAINING)[0]
    assert text[first.start : first.end].startswith("just one")


@pytest.mark.parametrize("text", ["just one zzxqvk", "zzxqvk just one", "just zzxqvk one"])
def test_words_without_weight_are_not_shown(fitted: Pipeline, text: str) -> None:
    """A word that the model has never seen is no evidence."""
    [row] = rows(text)
    start = text.index("zzxqvk")
    spans = evidence(fitted, row, BARGAINING)
    assert spans
    assert not any(span.start < start + 6 and span.end > start for span in spans)


def test_punctuation_is_not_shown(fitted: Pipeline) -> None:
    """Punctuation and emoji are no evidence."""
    text = "just one beer !!! \U0001f600"
    [row] = rows(text)
    assert all(span.end <= text.index(" !") for span in evidence(fitted, row, BARGAINING))


@pytest.mark.parametrize("text", ["...", "\U0001f600 !!"])
def test_no_words_no_evidence(fitted: Pipeline, text: str) -> None:
    """A sentence without a word has no evidence."""
    [row] = rows(text)
    assert evidence(fitted, row, LABELING) == ()


def test_model_that_weighs_nothing(fitted: Pipeline) -> None:
    """If no word has a weight, there is no evidence."""
    flat = Pipeline([("features", fitted["features"]), ("tagger", clone(fitted["tagger"]))])
    flat["tagger"].coef_ = np.zeros_like(fitted["tagger"].coef_)
    [row] = rows("just one beer")
    assert evidence(flat, row, BARGAINING) == ()


def test_whole_contribution_is_laid_on_the_words() -> None:
    """A feature that is read twice from one word adds all of its contribution to that word."""
    words = [(0, 5), (6, 9)]
    pair_of_one, both_words = [(0, 5), (0, 5)], [(0, 9)]
    starts, ends = np.array([*pair_of_one, *both_words]).T
    located = Located(np.array([7, 8]), np.array([0, 0, 1]), starts, ends)
    np.testing.assert_allclose(_word_weights(words, located, np.array([1.0, 0.5])), [1.25, 0.25])


def test_words_against_the_label_are_not_shown(fitted: Pipeline) -> None:
    """Only words that raise the probability are evidence: with negated weights none of them is."""
    turned = Pipeline([("features", fitted["features"]), ("tagger", clone(fitted["tagger"]))])
    turned["tagger"].coef_ = -fitted["tagger"].coef_
    text = "just one beer and music"
    [row] = rows(text)
    shown = {i for span in evidence(fitted, row, BARGAINING) for i in range(span.start, span.end)}
    against = {i for span in evidence(turned, row, BARGAINING) for i in range(span.start, span.end)}
    assert shown
    assert shown.isdisjoint(against)


def test_offsets_are_those_of_the_entry(fitted: Pipeline) -> None:
    """Evidence for a later sentence points into the whole entry."""
    text = "\U0001f600 We walked home.\nim worthless."
    spans = evidence(fitted, rows(text)[-1], LABELING)
    assert [text[span.start : span.end] for span in spans] == ["im worthless"]
