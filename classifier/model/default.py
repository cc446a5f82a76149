"""The default model: finds its file, and trains the model on first use.

The package contains no pickled model. It contains the corpus. The model is trained from the corpus once in each Python
environment, for the versions of the libraries that are installed there. The layers of the project forbid an import of
`training` here, so the training function is found by its entry point.
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
_TRAINER_GROUP = "thoughtmark.trainer"
"""Group of entry points with one entry: the function that trains a model and saves it at a path."""

Content = TypeVar("Content", Artifact, Manifest)

log = logging.getLogger(__name__)


def save_path() -> Path:
    """Return the path at which a newly trained default model is saved.

    The path is in the Python environment (`sys.prefix`). If this user cannot write there, the path is in the user's
    data folder. The file need not exist yet.
    """
    folder = _environment_file().parent
    while not folder.exists():  # the nearest folder that exists decides whether the path can be created
        folder = folder.parent
    return _environment_file() if os.access(folder, os.W_OK) else user_data_path("thoughtmark") / _NAME


def load() -> Artifact:
    """Load the default model.

    If no default model for the installed versions exists, it is first trained and saved at `save_path()`. Training
    takes about half a minute.
    """
    return _read_or_train(artifact.load)[1]


def manifest() -> Manifest:
    """Return the manifest of the default model, without unpickling. The model is trained if needed, as in `load`."""
    return _read_or_train(artifact.check)[1]


def usable_file() -> Path:
    """Return the file of a default model that has passed all checks. The model is trained if needed, as in `load`."""
    return _read_or_train(artifact.check)[0]


def _read_or_train(read: Callable[..., Content]) -> tuple[Path, Content]:
    """Return the file of the default model and the result of `read` for this file.

    `read` is `artifact.load` or `artifact.check`. The model in the environment is tried first, then the model at
    `save_path()`. If neither can be used, a model is trained.
    """
    expected = {"labels": Taxonomy.load().ids, "project": version("thoughtmark")}
    file = _environment_file()
    try:
        return file, read(file, **expected)
    except ArtifactError:
        file = save_path()  # the user's data folder, if this user cannot replace the file in the environment
    try:
        return file, read(file, **expected)
    except ArtifactError:
        trainers = entry_points(group=_TRAINER_GROUP)
        if not trainers:
            raise
    log.info("Training the default model, once for this environment. This takes about half a minute.")
    next(iter(trainers)).load()(file)
    return file, read(file, **expected)


def _environment_file() -> Path:
    """Return the path of the default model in the Python environment, whether or not the file exists."""
    return Path(sys.prefix) / "share" / "thoughtmark" / _NAME
