"""Path or URL of a model in, its classifier out, loaded once per process."""

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
from classifier.model import artifact, default

if TYPE_CHECKING:
    from classifier.model.artifact import Manifest
    from classifier.pipeline import Classifier

LOCK: Final = threading.Lock()
"""Held while the cached classifier is loaded or used in a process with several threads: it serves one at a time."""


@cache
def cached_classifier(model: str | None) -> Classifier:
    """Return a classifier, loaded once per process.

    Parameters
    ----------
    model
        Path of an artifact, or a URL that fsspec can read; None for the default model.

    Raises
    ------
    ArtifactError
        The model is missing, damaged, or made for other versions.
    """
    from classifier.pipeline import Classifier  # takes two seconds, which only the processes that tag should spend

    with _local_file(model) as path:
        classifier = Classifier.load(path)
    gc.collect()
    gc.freeze()  # the model stays for the life of the process, so garbage collection need not look at it
    return classifier


@cache
def cached_classifier_for_bulk(model: str | None) -> Classifier:
    """Return a classifier for a process that tags many entries; parameter and errors as `cached_classifier`.

    Some entry will need the language detector, so it is loaded too. Loading it first lowers peak memory by 25 MB.
    """
    from classifier import language

    language.load()
    return cached_classifier(model)


def read_manifest(model: str | None) -> Manifest:
    """Return the checked manifest of a model without loading it, for a process in which nothing is tagged."""
    with _local_file(model) as path:
        return default.manifest() if path is None else artifact.check(path)


def identity(manifest: Manifest) -> dict[str, str]:
    """Return what must be the same in all processes of a run: the version of this project, and the model."""
    return {"thoughtmark": version("thoughtmark"), "model": manifest.version, "sha256": manifest.sha256}


@contextmanager
def _local_file(model: str | None) -> Iterator[Path | None]:
    """Yield the path of the artifact; one at a URL is copied to a temporary file."""
    if model is None or "://" not in model:
        yield None if model is None else Path(model)
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
