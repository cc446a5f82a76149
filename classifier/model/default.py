"""The default model: where its file is, and how it is trained on first use.

The package ships no pickle. It ships the corpus, from which the model is trained once in each environment, for the
versions of the libraries that are installed there. Training is a package above this one, so it is not imported but
found by its entry point.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TypeVar

from platformdirs import user_data_path

from classifier.errors import ArtifactError
from classifier.model import artifact
from classifier.model.artifact import Artifact, Manifest
from classifier.taxonomy import Taxonomy

_NAME = "default.thoughtmark"
_TRAINER = "thoughtmark.trainer"

Content = TypeVar("Content", Artifact, Manifest)

log = logging.getLogger(__name__)


def path() -> Path:
    """Return where the default model is saved: in the environment, or in the user's folder if that is read-only."""
    folder = _in_environment().parent
    while not folder.exists():
        folder = folder.parent
    return _in_environment() if os.access(folder, os.W_OK) else user_data_path("thoughtmark") / _NAME


def load() -> Artifact:
    """Load the default model.

    If there is none for the installed versions, it is trained first. That takes about half a minute, and writes the
    file `path()` in the Python environment (`sys.prefix`) or in the user's data folder.
    """
    return _read_or_train(artifact.load)[1]


def manifest() -> Manifest:
    """Return the manifest of the default model without unpickling the model; trains it if needed, as `load`."""
    return _read_or_train(artifact.check)[1]


def file() -> Path:
    """Return the file of the default model, which is checked but not unpickled; trains it if needed, as `load`."""
    return _read_or_train(artifact.check)[0]


def _read_or_train(read: Callable[..., Content]) -> tuple[Path, Content]:
    """Return the file of the default model and what `read` makes of it."""
    expected = {"labels": Taxonomy.load().ids, "project": version("thoughtmark")}
    file = _in_environment()
    try:
        return file, read(file, **expected)
    except ArtifactError:  # if this user cannot replace it, they get a model of their own
        file = path()
    try:
        return file, read(file, **expected)
    except ArtifactError:
        trainers = entry_points(group=_TRAINER)
        if not trainers:
            raise
    log.info("Training the default model, once for this environment. This takes about half a minute.")
    next(iter(trainers)).load()(file)
    return file, read(file, **expected)


def _in_environment() -> Path:
    return Path(sys.prefix) / "share" / "thoughtmark" / _NAME
