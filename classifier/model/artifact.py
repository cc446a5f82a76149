"""A fitted model in, one file out, and back.

The file is a zip of `manifest.json` and `model.joblib`. A pickle runs code when it is read, so
everything that the manifest promises is checked before joblib sees a byte: format, versions, label
order, and the SHA-256 of the payload. That catches damage and mismatch, not malice: load artifacts
only from where you would run a program from.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.errors import ArtifactDamaged, ArtifactError, ArtifactIncompatible, ArtifactNotFound, UnknownName
from classifier.files import atomic_file
from classifier.options import Options
from classifier.taxonomy import Taxonomy

if TYPE_CHECKING:  # a manifest is read before the libraries are loaded, which takes two seconds
    from sklearn.pipeline import Pipeline

FORMAT = 1
_MANIFEST, _PAYLOAD = "manifest.json", "model.joblib"
_UNZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_RETRAIN = "train it again here with `thoughtmark train`"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an artifact says of itself; plain data, readable with `unzip -p FILE manifest.json`.

    version
        Name of this very model: the project's version and the start of the payload's hash.
    code
        Fingerprint of the modules and word lists that turn text into columns (`code_fingerprint`).
    pipeline
        Name of the spaCy pipeline that prepares the text.
    taxonomy
        The labels with their texts; `labels` is their order in the model's outputs.
    thresholds
        Operating point, then label id, then the least probability that makes a tag.
    calibration
        How the probabilities were calibrated, and how far they are from the truth out of fold.
    quality
        Measured figures, as `thoughtmark evaluate` gives them.
    corpus
        SHA-256 of the training corpus, and its counts.
    created
        Time of training, ISO 8601, UTC.
    sha256
        Of the payload.
    """

    format: int
    version: str
    project: str
    scikit_learn: str
    spacy: str
    code: str
    pipeline: str
    labels: Sequence[str]
    taxonomy: Mapping[str, Any]
    thresholds: Mapping[str, Mapping[str, float]]
    calibration: Mapping[str, Any]
    quality: Mapping[str, Any]
    corpus: Mapping[str, Any]
    created: str
    sha256: str

    def thresholds_for(self, options: Options) -> dict[str, float]:
        """Return the lowest probability that makes a tag, for each label looked for; see `Classifier.thresholds`."""
        if options.operating_point not in self.thresholds:
            raise UnknownName("operating point", options.operating_point, self.thresholds)
        thresholds = self.thresholds[options.operating_point]
        wanted = self.labels if options.labels is None else Taxonomy.from_dict(self.taxonomy).check(options.labels)
        return {label: max(thresholds[label], options.min_probability) for label in wanted}


@dataclass(frozen=True, slots=True)
class Artifact:
    """A fitted pipeline and its manifest."""

    manifest: Manifest
    model: Pipeline


@cache
def code_fingerprint() -> str:
    """Return a hash over the files that decide which columns a text gets.

    A model's weights mean nothing under other columns, so an artifact of other code is refused.
    """
    digest = hashlib.sha256()
    package = resources.files("classifier")
    parts = [package / "model" / "features.py", package / "model" / "tagger.py", *(package / "preprocess").iterdir()]
    for part in sorted(parts, key=lambda part: part.name):
        if part.name.endswith((".py", ".toml")):
            digest.update(part.read_bytes())
    return digest.hexdigest()[:16]


def save(path: Path, model: Pipeline, *, project: str, **facts: Any) -> Manifest:
    """Write an artifact, whole or not at all.

    Parameters
    ----------
    path
        Where it goes; a file that is there is replaced in one step, so that a kill at any moment
        leaves the old file or the new one.
    model
        The fitted pipeline.
    project
        Version of the project.
    facts
        The fields of `Manifest` that training knows: pipeline, labels, taxonomy, thresholds,
        calibration, quality, corpus, created.

    Raises
    ------
    ArtifactError
        The file cannot be written.
    """
    import joblib

    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    payload = buffer.getvalue()
    digest = hashlib.sha256(payload).hexdigest()
    manifest = Manifest(
        format=FORMAT,
        version=f"{project}+{digest[:8]}",
        project=project,
        scikit_learn=version("scikit-learn"),
        spacy=version("spacy"),
        code=code_fingerprint(),
        sha256=digest,
        **facts,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.writestr(_PAYLOAD, payload)
    except OSError as error:
        raise ArtifactError(
            f"{path}: cannot be written ({error.strerror}); name a file in a folder that you may write to"
        ) from error
    return manifest


def load(path: Path, *, labels: Sequence[str] | None = None, project: str | None = None) -> Artifact:
    """Read an artifact after checking all that its manifest promises.

    Parameters
    ----------
    path
        The file.
    labels
        The label ids it must have, in order; None takes those it has.
    project
        The version of the project that it must be made by; None takes any.

    Raises
    ------
    ArtifactNotFound, ArtifactDamaged, ArtifactIncompatible
        Each with one sentence that says what to do.
    """
    import joblib

    manifest, payload = _checked(path, labels, project)
    return Artifact(manifest, joblib.load(io.BytesIO(payload)))


def check(path: Path, *, labels: Sequence[str] | None = None, project: str | None = None) -> Manifest:
    """Return the manifest of an artifact after the checks of `load`, without running what is inside; as `load`."""
    return _checked(path, labels, project)[0]


def _checked(path: Path, labels: Sequence[str] | None, project: str | None) -> tuple[Manifest, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            manifest_bytes, payload = archive.read(_MANIFEST), archive.read(_PAYLOAD)
    except FileNotFoundError as error:
        raise ArtifactNotFound(
            f"{path}: no such file; give the path of an artifact, or make one with `thoughtmark train`"
        ) from error
    except _UNZIP_ERRORS as error:
        raise ArtifactDamaged(f"{path}: not a thoughtmark artifact, or damaged; {_RETRAIN}") from error
    manifest = _manifest(path, manifest_bytes)
    _check(path, manifest, labels, project)
    if hashlib.sha256(payload).hexdigest() != manifest.sha256:
        raise ArtifactDamaged(f"{path}: its contents do not match its SHA-256; copy it again, or {_RETRAIN}")
    return manifest, payload


def _manifest(path: Path, raw: bytes) -> Manifest:
    try:
        table = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ArtifactDamaged(f"{path}: its manifest is not JSON; {_RETRAIN}") from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        given = table.get("format") if isinstance(table, dict) else None
        raise ArtifactIncompatible(f"{path}: artifact format {given!r}, expected {FORMAT}; {_RETRAIN}")
    try:
        return Manifest(**table)
    except TypeError as error:
        raise ArtifactDamaged(f"{path}: its manifest lacks fields or has unknown ones; {_RETRAIN}") from error


def _check(path: Path, manifest: Manifest, labels: Sequence[str] | None, project: str | None) -> None:
    for name, made, here in (
        ("scikit-learn", manifest.scikit_learn, version("scikit-learn")),
        ("spaCy", manifest.spacy, version("spacy")),
        ("features", manifest.code, code_fingerprint()),
        ("thoughtmark", manifest.project, project or manifest.project),
    ):
        if made != here:
            raise ArtifactIncompatible(f"{path}: made with {name} {made}, but {here} is installed; {_RETRAIN}")
    if labels is not None and list(labels) != list(manifest.labels):
        raise ArtifactIncompatible(
            f"{path}: has {len(manifest.labels)} labels that are not the {len(labels)} of the taxonomy in their order; "
            f"train it again with that taxonomy (`thoughtmark train --taxonomy FILE`)"
        )
