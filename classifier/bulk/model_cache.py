"""Loads the classifier of a model at a path or URL, once per process."""

from __future__ import annotations

import gc
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from classifier.errors import ArtifactNotFound, MissingExtra
from classifier.model import artifact
from classifier.model.packaged import model_file

if TYPE_CHECKING:
    from classifier.model.artifact import Manifest
    from classifier.pipeline import Classifier

LOCK: Final = threading.Lock()
"""Hold this lock while you load or use the cached classifier, because it can serve only one thread at a time."""


@cache
def cached_classifier(model: str | None) -> Classifier:
    """Return the classifier of a model. The first call in a process loads the model.

    Parameters
    ----------
    model
        Name of a model of the package, path of an artifact, or a URL that fsspec can read; None for the default model.

    Raises
    ------
    ArtifactError
        The model is missing, damaged, or made for other versions.
    """
    from classifier.pipeline import Classifier  # a slow import (two seconds), only for processes that tag

    with _local_file(model) as path:
        classifier = Classifier.load(path)
    gc.collect()
    gc.freeze()  # the model stays until the process ends, so the garbage collector may skip its objects
    return classifier


@cache
def cached_classifier_for_bulk(model: str | None) -> Classifier:
    """Return a classifier for a process that tags many entries.

    The parameter and errors are those of `cached_classifier`. The language detector is loaded too, because at least one
    of many entries will need it. Loading the detector before the model lowers peak memory by 25 MB.
    """
    from classifier import language

    language.load()
    return cached_classifier(model)


def read_manifest(model: str | None) -> Manifest:
    """Return the checked manifest of a model, but do not load the model. For processes that tag nothing themselves."""
    with _local_file(model) as path:
        return artifact.check(path)


def identity(manifest: Manifest) -> dict[str, str]:
    """Return the values that must be equal in all processes of a run: the version of this project, and the model."""
    return {"thoughtmark": version("thoughtmark"), "model": manifest.version, "sha256": manifest.sha256}


@contextmanager
def _local_file(model: str | None) -> Iterator[Path]:
    """Yield the path of the artifact. Fetch an artifact at a URL to a temporary file."""
    if model is None or "://" not in model:
        yield model_file(model)
        return
    with tempfile.TemporaryDirectory(prefix="thoughtmark-") as folder:
        copy = Path(folder) / "fetched.thoughtmark"
        copy.write_bytes(_fetch(model))
        yield copy


def _fetch(url: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise MissingExtra("a model at a URL", "dask") from None
    try:
        with fsspec.open(url, "rb") as stream:
            content: bytes = stream.read()
    except (OSError, ValueError, ImportError) as error:
        raise ArtifactNotFound(f"{url}: the model cannot be read ({type(error).__name__}); check the address") from None
    return content
