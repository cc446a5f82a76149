"""The default model is in the environment, or in the user's folder if the environment is read-only."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_data_path

from classifier.model import artifact, default
from classifier.pipeline import Classifier


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new environment and user folder, both without a model."""
    prefix = tmp_path / "environment"
    prefix.mkdir()
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    yield prefix
    prefix.chmod(0o700)


def put(model: Path, place: Path) -> None:
    """Copy a model to a place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, place)


def test_model_in_the_environment(environment: Path, small_model: Path) -> None:
    """In a writable environment the model is saved and loaded there; `save_path` itself writes nothing."""
    place = environment / "share" / "thoughtmark" / "default.thoughtmark"
    assert default.save_path() == place
    assert list(environment.iterdir()) == []
    put(small_model, place)
    assert Classifier.load().version == artifact.load(small_model).manifest.version


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may write everywhere")
@pytest.mark.skipif(sys.platform != "linux", reason="sets the user's folder by XDG_DATA_HOME")
@pytest.mark.parametrize("content", [None, b"of another version"])
def test_model_in_the_user_folder(environment: Path, small_model: Path, content: bytes | None) -> None:
    """If the environment has no valid model and is read-only, the model in the user folder is used."""
    if content is not None:
        (environment / "share" / "thoughtmark").mkdir(parents=True)
        (environment / "share" / "thoughtmark" / "default.thoughtmark").write_bytes(content)
        (environment / "share" / "thoughtmark").chmod(0o500)
    environment.chmod(0o500)
    own = user_data_path("thoughtmark") / "default.thoughtmark"
    assert default.save_path() == own
    put(small_model, own)
    assert Classifier.load().version == artifact.load(small_model).manifest.version
