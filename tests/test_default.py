"""The default model: found in the environment, or with the user where that cannot be written."""

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
    """An environment of its own, and a user of it, both without a model."""
    prefix = tmp_path / "environment"
    prefix.mkdir()
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    yield prefix
    prefix.chmod(0o700)


def put(model: Path, place: Path) -> None:
    """Lay a model somewhere."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, place)


def test_it_lies_in_the_environment(environment: Path, small_model: Path) -> None:
    """Where the environment can be written, the model is saved and found there, and nothing is written to find it."""
    place = environment / "share" / "thoughtmark" / "default.thoughtmark"
    assert default.path() == place
    assert list(environment.iterdir()) == []
    put(small_model, place)
    assert Classifier.load().version == artifact.load(small_model).manifest.version


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may write everywhere")
@pytest.mark.skipif(sys.platform != "linux", reason="sets the user's folder by XDG_DATA_HOME")
@pytest.mark.parametrize("content", [None, b"of another version"])
def test_it_lies_with_the_user(environment: Path, small_model: Path, content: bytes | None) -> None:
    """Where the environment has no model that can be used, and none can be written, the user has one of their own."""
    if content is not None:
        (environment / "share" / "thoughtmark").mkdir(parents=True)
        (environment / "share" / "thoughtmark" / "default.thoughtmark").write_bytes(content)
        (environment / "share" / "thoughtmark").chmod(0o500)
    environment.chmod(0o500)
    own = user_data_path("thoughtmark") / "default.thoughtmark"
    assert default.path() == own
    put(small_model, own)
    assert Classifier.load().version == artifact.load(small_model).manifest.version
