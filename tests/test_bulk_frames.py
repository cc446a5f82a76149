"""The plain function on a data frame, and the model that each process loads once."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.bulk import frames
from classifier.bulk.model_cache import cached_classifier
from classifier.errors import ArtifactNotFound, EntriesError
from classifier.pipeline import Classifier

pd = pytest.importorskip("pandas")

FAILURE = "I'm a complete failure and I always will be."
CALM = "Slept ok. Coffee, then the bus to work in the rain."


def test_frame(small_model: Path) -> None:
    """A frame of entries gives a frame with the same index, tagged as by `tag`; rows without text are reported."""
    frame = pd.DataFrame({"id": ["a", None, 3, "d"], "text": [FAILURE, CALM, None, 5]}, index=[7, 8, 9, 10])
    tagged = frames.tag_frame(frame, model=str(small_model))
    assert list(tagged.index) == [7, 8, 9, 10]
    assert tuple(tagged.columns) == frames.RESULT_COLUMNS
    assert list(tagged["id"]) == ["a", "8", "9", "10"]
    assert list(tagged["status"]) == ["tagged", "no_tags", frames.NOT_READ, frames.NOT_READ]
    expected = Classifier.load(small_model).tag(FAILURE).as_dict()
    assert tagged["tags"].iloc[0] == expected["tags"]
    assert tagged["probabilities"].iloc[0] == expected["probabilities"]


def test_frame_without_text() -> None:
    """For a frame without a column for the text, the error names the columns that it has."""
    with pytest.raises(EntriesError, match="'mood'"):
        frames.tag_frame(pd.DataFrame({"mood": [1]}))


def test_model_at_a_url(small_model: Path, tmp_path: Path) -> None:
    """A model can be read from a URL and is checked like a file; a URL without one is an error."""
    pytest.importorskip("fsspec")
    assert cached_classifier(small_model.as_uri()).version == Classifier.load(small_model).version
    with pytest.raises(ArtifactNotFound, match="check the address"):
        cached_classifier((tmp_path / "none").as_uri())
