"""The default model: where it lies, and how it comes to be.

No pickle travels with the package. The corpus does, and the model is trained from it once in each
environment, for the very versions that are installed there. Training stands above this package, so
it is found by its entry point and not imported.
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

Found = TypeVar("Found", Artifact, Manifest)

log = logging.getLogger(__name__)


def path() -> Path:
    """Return where the default model is saved: in the environment, or with the user where that is not writable."""
    environment = _in_environment()
    return environment if os.access(_nearest(environment.parent), os.W_OK) else user_data_path("thoughtmark") / _NAME


def load() -> Artifact:
    """Load the default model, training it where it is missing or was made by other versions."""
    return _found(artifact.load)[1]


def manifest() -> Manifest:
    """Return what the default model says of itself, checked, after training it where need be; nothing inside is run."""
    return _found(artifact.check)[1]


def file() -> Path:
    """Return where the default model lies, as `manifest`."""
    return _found(artifact.check)[0]


def _found(read: Callable[..., Found]) -> tuple[Path, Found]:
    of_this = {"labels": Taxonomy.load().ids, "project": version("thoughtmark")}
    file = _in_environment()
    try:
        return file, read(file, **of_this)
    except ArtifactError:  # one that this user cannot replace leaves room for one of their own
        file = path()
    try:
        return file, read(file, **of_this)
    except ArtifactError:
        trainers = entry_points(group=_TRAINER)
        if not trainers:
            raise
    log.info("Training the default model, once for this environment. This takes about half a minute.")
    next(iter(trainers)).load()(file)
    return file, read(file, **of_this)


def _in_environment() -> Path:
    return Path(sys.prefix) / "share" / "thoughtmark" / _NAME


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder
