"""Sentences in, log-odds out: of the whole sentence or of one of its clauses, whichever is higher."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone

from classifier import Classifier
from classifier.model.scoring import build_pipeline, clauses_of, score
from classifier.model.tagger import CLAUSE_PENALTY, highest_log_odds
from classifier.options import Options
from classifier.preprocess import Preprocessor

PREPROCESSOR = Preprocessor()
FACTS = "went to the bank and then the shop and got the bus home and fed the dog and sat down with the paper"
THOUGHT = "i am a worthless junkie"


def test_pipeline() -> None:
    """The whole model goes from sentences to probabilities, and can be cloned with its parameters."""
    texts = ["just one beer", "i am a loser", "never mind. we went home"] * 12
    sentences = [PREPROCESSOR.sentences(text)[-1] for text in texts]
    labels = np.array([[1, 0], [0, 1], [0, 0]] * 12)
    unfitted = build_pipeline(n_jobs=2)
    assert unfitted["tagger"].n_jobs == 2
    fitted = clone(unfitted).fit(sentences, labels, tagger__groups=np.arange(36) // 3)
    probabilities = fitted.predict_proba(sentences)
    assert probabilities.shape == labels.shape
    assert probabilities[0].argmax() == 0
    assert probabilities[1].argmax() == 1
    assert not hasattr(unfitted["tagger"], "coef_")


def test_clauses_know_their_sentence() -> None:
    """Only long sentences have clauses, each with the number of its sentence."""
    sentences = PREPROCESSOR.sentences(f"Slept ok. {FACTS}. Bed.")
    clauses, owners = clauses_of(sentences)
    assert len(clauses) > 1
    assert set(owners.tolist()) == {1}


def test_higher_clause_counts() -> None:
    """A clause that is higher by more than its penalty gives the log-odds of its sentence, for that label alone."""
    whole = np.array([[0.0, 0.0], [1.0, 1.0]])
    clauses = np.array([[CLAUSE_PENALTY + 0.5, 0.0], [9.0, CLAUSE_PENALTY + 1.0]])
    highest, best_part = highest_log_odds(whole, clauses, np.array([0, 1]))
    np.testing.assert_allclose(highest, [[0.5, 0.0], [9.0 - CLAUSE_PENALTY, 1.0]])
    assert best_part.tolist() == [[2, 0], [3, 1]]


@given(
    arrays(float, (3, 2), elements=st.floats(-9, 9)),
    arrays(float, (4, 2), elements=st.floats(-9, 9)),
    arrays(int, 4, elements=st.integers(0, 2)),
)
def test_clauses_never_lower_a_score(whole: np.ndarray, clauses: np.ndarray, owners: np.ndarray) -> None:
    """A sentence scores at least what it scores as a whole, and the best part is itself or one of its own clauses."""
    highest, best_part = highest_log_odds(whole, clauses, owners)
    assert (highest >= whole).all()
    for (sentence, label), part in np.ndenumerate(best_part):
        expected = whole[part, label] if part < 3 else clauses[part - 3, label] - CLAUSE_PENALTY
        assert highest[sentence, label] == expected
        assert part == sentence if part < 3 else owners[part - 3] == sentence


def test_other_sentences_do_not_matter(classifier: Classifier) -> None:
    """A sentence scores the same alone and among others."""
    sentences = PREPROCESSOR.sentences(f"{FACTS}. {THOUGHT}. {FACTS}, {THOUGHT}.")
    together = classifier.probabilities(sentences)
    apart = np.vstack([classifier.probabilities([sentence]) for sentence in sentences])
    np.testing.assert_allclose(together, apart)


def test_a_thought_among_facts(default_model: Classifier) -> None:
    """The score of a thought at the end of a long run of facts comes from its clause, and so does the evidence."""
    text = f"{FACTS}, {THOUGHT}"
    scores = score(default_model._model, PREPROCESSOR.sentences(text))
    part = int(scores.best_part[0, default_model.labels.index("labeling")])
    assert part > 0
    clause = scores.parts[part]
    assert clause.start > len(FACTS) / 2
    tags = default_model.tag(text, Options(operating_point="sensitive")).tags
    (tag,) = [tag for tag in tags if tag.label == "labeling"]
    assert (tag.start, tag.end) == (0, len(text))
    assert all(clause.start <= e.start <= e.end <= clause.end for e in tag.evidence)


@pytest.mark.parametrize("text", ["", " \n"])
def test_no_sentences(classifier: Classifier, text: str) -> None:
    """Without sentences the matrix of probabilities has no rows and all labels."""
    assert classifier.probabilities(PREPROCESSOR.sentences(text)).shape == (0, len(classifier.labels))
