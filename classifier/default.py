"""The default model: where it lies, and how it comes to be.

No pickle travels with the package. The corpus does, and the model is trained from it once in each
environment, for the very versions that are installed there. Training stands above this package, so
it is found by its entry point and not imported.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

from platformdirs import user_data_path

from classifier import artifact
from classifier.artifact import Artifact
from classifier.errors import ArtifactError, ArtifactIncompatible
from classifier.taxonomy import Taxonomy

_NAME = "default.mindmark"
_TRAINER = "mindmark.trainer"

log = logging.getLogger(__name__)


def path() -> Path:
    """Return where the default model is saved: in the environment, or with the user where that is not writable."""
    environment = _in_environment()
    return environment if os.access(_nearest(environment.parent), os.W_OK) else user_data_path("mindmark") / _NAME


def load() -> Artifact:
    """Load the default model, training it where it is missing or was made by other versions."""
    return artifact.load(file(), labels=Taxonomy.load().ids)


def file() -> Path:
    """Return where the default model lies, checked, after training it where it is missing or was made otherwise."""
    try:
        return _checked(_in_environment())
    except ArtifactError:  # one that this user cannot replace leaves room for one of their own
        target = path()
    try:
        return _checked(target)
    except ArtifactError:
        trainers = entry_points(group=_TRAINER)
        if not trainers:
            raise
    log.info("Training the default model, once for this environment. This takes about half a minute.")
    next(iter(trainers)).load()(target)
    return _checked(target)


def _in_environment() -> Path:
    return Path(sys.prefix) / "share" / "mindmark" / _NAME


def _checked(file: Path) -> Path:
    found = artifact.check(file, labels=Taxonomy.load().ids)
    if found.project != version("mindmark"):
        raise ArtifactIncompatible(f"{file}: made by mindmark {found.project}; train it again")
    return file


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder
