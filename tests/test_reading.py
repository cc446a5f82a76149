"""Sentences in, log-odds out: of the whole sentence or of its clearest clause."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from classifier import Classifier
from classifier.model.reading import by_clauses, read
from classifier.model.tagger import CLAUSE_COST, clearest
from classifier.options import Options
from classifier.preprocess import Preprocessor

PREPROCESSOR = Preprocessor()
FACTS = "went to the bank and then the shop and got the bus home and fed the dog and sat down with the paper"
THOUGHT = "i am a worthless junkie"


def test_clauses_know_their_sentence() -> None:
    """Only long sentences have clauses, each with the number of its sentence."""
    sentences = PREPROCESSOR.sentences(f"Slept ok. {FACTS}. Bed.")
    found, owners = by_clauses(sentences)
    assert len(found) > 1
    assert set(owners.tolist()) == {1}


def test_a_clearer_clause_speaks() -> None:
    """A clause that is clearer by more than it costs speaks for its sentence, for that label alone."""
    whole = np.array([[0.0, 0.0], [1.0, 1.0]])
    parts = np.array([[CLAUSE_COST + 0.5, 0.0], [9.0, CLAUSE_COST + 1.0]])
    highest, spoke = clearest(whole, parts, np.array([0, 1]))
    np.testing.assert_allclose(highest, [[0.5, 0.0], [9.0 - CLAUSE_COST, 1.0]])
    assert spoke.tolist() == [[2, 0], [3, 1]]


@given(
    arrays(float, (3, 2), elements=st.floats(-9, 9)),
    arrays(float, (4, 2), elements=st.floats(-9, 9)),
    arrays(int, 4, elements=st.integers(0, 2)),
)
def test_no_sentence_is_quieter_for_its_clauses(whole: np.ndarray, parts: np.ndarray, owners: np.ndarray) -> None:
    """Clauses never take anything from a sentence, and what speaks is the sentence or one of its own clauses."""
    highest, spoke = clearest(whole, parts, owners)
    assert (highest >= whole).all()
    for (sentence, label), part in np.ndenumerate(spoke):
        said = whole[part, label] if part < 3 else parts[part - 3, label] - CLAUSE_COST
        assert highest[sentence, label] == said
        assert part == sentence if part < 3 else owners[part - 3] == sentence


def test_order_and_company_do_not_count(classifier: Classifier) -> None:
    """A sentence is read alike alone and among others."""
    sentences = PREPROCESSOR.sentences(f"{FACTS}. {THOUGHT}. {FACTS}, {THOUGHT}.")
    together = classifier.probabilities(sentences)
    apart = np.vstack([classifier.probabilities([sentence]) for sentence in sentences])
    np.testing.assert_allclose(together, apart)


def test_a_thought_among_facts(default_model: Classifier) -> None:
    """A thought at the end of a long run of facts is read from its clause, and the evidence lies in it."""
    text = f"{FACTS}, {THOUGHT}"
    reading = read(default_model._model, PREPROCESSOR.sentences(text))
    part = int(reading.spoke[0, default_model.labels.index("labeling")])
    assert part > 0
    assert reading.parts[part].start > len(FACTS) / 2
    (tag,) = [
        tag for tag in default_model.tag(text, Options(operating_point="sensitive")).tags if tag.label == "labeling"
    ]
    assert (tag.start, tag.end) == (0, len(text))
    assert all(reading.parts[part].start <= e.start <= e.end <= reading.parts[part].end for e in tag.evidence)


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_to_read(classifier: Classifier, text: str) -> None:
    """No sentences have no probabilities, in the shape that goes with it."""
    assert classifier.probabilities(PREPROCESSOR.sentences(text)).shape == (0, len(classifier.labels))
