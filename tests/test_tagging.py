"""Tags from probabilities and thresholds, and the result as plain data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.tagging import Evidence, Tag, TaggedEntry, any_label, roll_up, tagged_cells

LABELS = ("bargaining", "denial", "labeling")
PROBABILITY = st.floats(0, 1)
Matrix = NDArray[np.float64]


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Draw probabilities of one to five sentences, some of them alike."""
    pool = st.sampled_from(draw(st.lists(PROBABILITY, min_size=1, max_size=4)))
    return np.array(draw(st.lists(st.lists(pool, min_size=3, max_size=3), min_size=1, max_size=5)))


THRESHOLDS = st.lists(PROBABILITY, min_size=3, max_size=3).map(np.array)


@given(matrices(), THRESHOLDS, st.lists(st.floats(0, 0.5), min_size=3, max_size=3).map(np.array))
def test_higher_threshold_adds_no_tag(probabilities: Matrix, thresholds: Matrix, more: Matrix) -> None:
    """A higher threshold never adds a tag."""
    assert set(tagged_cells(probabilities, thresholds + more)) <= set(tagged_cells(probabilities, thresholds))


@given(matrices(), THRESHOLDS)
def test_tag_is_a_probability_at_its_threshold(probabilities: Matrix, thresholds: Matrix) -> None:
    """A tag is a probability of at least its label's threshold; tags are sorted by sentence, then by label."""
    cells = tagged_cells(probabilities, thresholds)
    assert cells == [
        (i, j) for i, row in enumerate(probabilities) for j, value in enumerate(row) if value >= thresholds[j]
    ]
    assert all(type(number) is int for cell in cells for number in cell)


@given(matrices(), THRESHOLDS)
def test_entry_has_a_label_when_a_sentence_has_it(probabilities: Matrix, thresholds: Matrix) -> None:
    """An entry reaches a threshold exactly when one of its sentences does."""
    rolled = roll_up(probabilities, LABELS)
    reached = {LABELS[j] for _, j in tagged_cells(probabilities, thresholds)}
    assert {label for label, least in zip(LABELS, thresholds, strict=True) if rolled[label] >= least} == reached


def test_roll_up_takes_the_likeliest_sentence() -> None:
    """An entry's probability is that of its most likely sentence, so many harmless sentences do not add up to a tag."""
    assert roll_up(np.array([[0.1, 0.4, 0.2]] * 50 + [[0.3, 0.0, 0.2]]), LABELS) == (
        {"bargaining": 0.3, "denial": 0.4, "labeling": 0.2}
    )


def test_roll_up_needs_a_name_for_each_column() -> None:
    """There is one label for each column."""
    with pytest.raises(ValueError, match="zip"):
        roll_up(np.zeros((2, 3)), LABELS[:2])


TAG = Tag(
    label="denial",
    probability=0.123456,
    threshold=0.1000049,
    start=3,
    end=17,
    evidence=(Evidence(start=4, end=9, weight=1.23456), Evidence(start=12, end=17, weight=0.5)),
)
TAGGED = TaggedEntry("e-1", "tagged", None, (TAG,), {"denial": 0.123456, "labeling": 0.0}, "1.2", 0.654321)


def test_chance_of_any_label() -> None:
    """Each sentence counts with its most likely label: none has one at 0.5 * 0.8, so at least one has at 0.6."""
    assert any_label(np.array([[0.5, 0.4], [0.1, 0.2]])) == pytest.approx(0.6)


def test_plain_data() -> None:
    """The result has the documented keys and no others, with probabilities to four decimals and weights to three."""
    assert TAGGED.as_dict() == {
        "id": "e-1",
        "status": "tagged",
        "reason": None,
        "tags": [
            {
                "label": "denial",
                "probability": 0.1235,
                "threshold": 0.1,
                "start": 3,
                "end": 17,
                "evidence": [{"start": 4, "end": 9, "weight": 1.235}, {"start": 12, "end": 17, "weight": 0.5}],
            }
        ],
        "any_label": 0.6543,
        "probabilities": {"denial": 0.1235, "labeling": 0.0},
        "model": "1.2",
    }
    assert list(TAGGED.as_dict()) == ["id", "status", "reason", "tags", "any_label", "probabilities", "model"]


def test_plain_data_of_an_entry_that_cannot_be_judged() -> None:
    """An entry that cannot be judged has the same keys, a reason, and no probability that looks like a result."""
    plain = TaggedEntry(None, "cannot_judge", "too_short", (), {}, "1.2").as_dict()
    assert plain.keys() == TAGGED.as_dict().keys()
    assert (plain["reason"], plain["tags"], plain["any_label"], plain["probabilities"]) == ("too_short", [], None, {})


def test_plain_data_is_json() -> None:
    """The result is the same after a round trip through JSON."""
    assert json.loads(json.dumps(TAGGED.as_dict())) == TAGGED.as_dict()
