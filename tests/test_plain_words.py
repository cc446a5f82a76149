"""The default model tags the examples of the guideline, and does not tag their reframed forms."""

from __future__ import annotations

import pytest

from classifier import Classifier


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Just one drink on Saturday, then I am done for good.", "bargaining"),
        ("Just tonight, just with Dan, then I'm done.", "bargaining"),
        ("I don't have a problem, they do.", "denial"),
        ("I'm a junkie and a waste of space.", "labeling"),
    ],
)
def test_textbook_thoughts(default_model: Classifier, text: str, label: str) -> None:
    """A textbook example of a label gets the label."""
    assert label in {tag.label for tag in default_model.tag(f"Slept ok, went to work. {text}").tags}


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
