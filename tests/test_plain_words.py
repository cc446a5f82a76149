"""The default model tags the examples of the guideline, and does not tag their reframed forms."""

from __future__ import annotations

import pytest

from classifier import Classifier
from classifier.options import Options


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Just one drink on Saturday, then I am done for good.", "bargaining"),
        ("It was only two beers, it hardly counts.", "minimizing"),
        ("If I slip once, my whole recovery is ruined.", "all_or_nothing"),
        ("I'll lose my job and my house, this is the end of everything.", "catastrophizing"),
        ("I'm a junkie and a waste of space.", "labeling"),
    ],
)
def test_textbook_thoughts(default_model: Classifier, text: str, label: str) -> None:
    """A textbook example of a label gets the label."""
    assert label in {tag.label for tag in default_model.tag(f"Slept ok, went to work. {text}").tags}


def test_sensitive(default_model: Classifier) -> None:
    """A thought without a word of use gets its label at `sensitive`."""
    answer = default_model.tag("Just tonight, just with Dan, then I'm done.", Options(operating_point="sensitive"))
    assert "bargaining" in {tag.label for tag in answer.tags}


def test_textbook_thought_of_an_experimental_label(default_model: Classifier) -> None:
    """A textbook example of an experimental label gets it if the label is named."""
    answer = default_model.tag("I don't have a problem, I can stop whenever I want.", Options(labels=("denial",)))
    assert "denial" in default_model.experimental
    assert [tag.label for tag in answer.tags] == ["denial"]


@pytest.mark.parametrize(
    "text",
    [
        "I can't have just one, one is never one for me.",
        "I used to tell myself just one, then I'd be done.",
        "I cried in the car for an hour after the funeral.",
    ],
)
def test_pain_and_insight(default_model: Classifier, text: str) -> None:
    """Protective rules, rejected thoughts and pain get no tag."""
    assert default_model.tag(f"Slept ok, went to work. {text}").tags == ()
