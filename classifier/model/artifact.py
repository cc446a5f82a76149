"""Saves a fitted model in one file, an artifact, and loads the model again after checks.

The file is a zip archive of `manifest.json` and `model.joblib`, the payload. `load` first checks the manifest's format,
versions and label order, and the SHA-256 of the payload. Only then does joblib unpickle the payload. The checks find
damaged and incompatible files, but not malicious ones, and unpickling can run any code. So load an artifact only from a
source whose programs you would also run.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.errors import ArtifactDamaged, ArtifactError, ArtifactIncompatible, ArtifactNotFound, UnknownName
from classifier.files import atomic_file
from classifier.options import Options
from classifier.taxonomy import Taxonomy

if TYPE_CHECKING:  # only for types: a manifest can be read without the two seconds that these imports take
    from sklearn.pipeline import Pipeline

FORMAT = 2

COLUMNS_VERSION = 1
"""Version of the computation that turns a text into the model's columns (one per feature) and scores.

A saved model of another version is refused, because its weights belong to other columns. Raise the version when you
change the names or values of features, or the computation of scores from them. Changes of `families`, `vectorizer`,
`scoring`, the components of `classifier.preprocess` or their lexicon can do so. `tests/test_columns.py` fails if you
forget to raise the version.
"""

_MANIFEST, _PAYLOAD = "manifest.json", "model.joblib"
_UNZIP_ERRORS = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, RuntimeError, ValueError)
"""Errors that `zipfile` raises for damaged files. RuntimeError stands for encryption and unknown compression."""

_RETRAIN = "train it again here with `thoughtmark train`"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts about a model, as plain data. `unzip -p FILE manifest.json` shows them.

    format
        Value of `FORMAT` when the file was written.
    version
        Unique name of this model: the project's version, a plus sign and the start of the payload's SHA-256.
    project, scikit_learn, spacy
        Versions of this project and of two libraries, at training.
    columns_version
        Value of `COLUMNS_VERSION` at training.
    pipeline
        Name of the spaCy pipeline that prepares the text.
    labels
        Label ids in the order of the model's outputs.
    taxonomy
        The labels with their names, definitions and other texts.
    thresholds
        Lowest probability of a tag, by operating point and then by label id.
    calibration
        How the probabilities were calibrated, and their error on sentences out of fold.
    quality
        Measured metrics, as `thoughtmark evaluate` prints them.
    corpus
        SHA-256 and counts of the training corpus.
    created
        Time of training in UTC, as ISO 8601.
    sha256
        SHA-256 of the payload.
    """

    format: int
    version: str
    project: str
    scikit_learn: str
    spacy: str
    columns_version: int
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
        """Return the lowest probability of a tag, for each label to look for; see `Classifier.thresholds`."""
        if options.operating_point not in self.thresholds:
            raise UnknownName("operating point", options.operating_point, self.thresholds)
        thresholds = self.thresholds[options.operating_point]
        labels = self.labels if options.labels is None else Taxonomy.from_dict(self.taxonomy).check(options.labels)
        return {label: max(thresholds[label], options.min_probability) for label in labels}


@dataclass(frozen=True, slots=True)
class Artifact:
    """A fitted pipeline and its manifest."""

    manifest: Manifest
    model: Pipeline


def save(path: Path, model: Pipeline, *, project: str, **facts: Any) -> Manifest:
    """Save a model as an artifact. A failure leaves no partial file.

    Parameters
    ----------
    path
        The file to write. An existing file is replaced in one step: a kill leaves either the old file or the new one.
    model
        The fitted pipeline.
    project
        Version of this project.
    facts
        The fields of `Manifest` that only training knows: pipeline, labels, taxonomy, thresholds, calibration,
        quality, corpus, created.

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
        columns_version=COLUMNS_VERSION,
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
    """Load an artifact. The checks of its manifest come first, then the model is unpickled.

    Parameters
    ----------
    path
        The file to load.
    labels
        The label ids that the model must have, in this order; None accepts any labels.
    project
        The version of this project that must have made the artifact; None accepts any version.

    Raises
    ------
    ArtifactNotFound, ArtifactDamaged, ArtifactIncompatible
        The message says what is wrong, and what to do.
    """
    import joblib

    manifest, payload = _read(path, labels, project)
    return Artifact(manifest, joblib.load(io.BytesIO(payload)))


def check(path: Path, *, labels: Sequence[str] | None = None, project: str | None = None) -> Manifest:
    """Return the manifest of an artifact after the checks of `load`, but do not unpickle the model.

    The parameters and errors are those of `load`.
    """
    return _read(path, labels, project)[0]


def _read(path: Path, labels: Sequence[str] | None, project: str | None) -> tuple[Manifest, bytes]:
    """Return the manifest and the payload of an artifact after all checks."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest_bytes, payload = archive.read(_MANIFEST), archive.read(_PAYLOAD)
    except FileNotFoundError as error:
        raise ArtifactNotFound(
            f"{path}: no such file; give the path of an artifact, or make one with `thoughtmark train`"
        ) from error
    except _UNZIP_ERRORS as error:
        raise ArtifactDamaged(f"{path}: not a thoughtmark artifact, or damaged; {_RETRAIN}") from error
    manifest = _parse_manifest(path, manifest_bytes)
    _check_versions(path, manifest, project)
    if labels is not None and list(labels) != list(manifest.labels):
        raise ArtifactIncompatible(
            f"{path}: its {len(manifest.labels)} labels are not the {len(labels)} of the taxonomy, or not in the same "
            f"order; train it again with that taxonomy (`thoughtmark train --taxonomy FILE`)"
        )
    if hashlib.sha256(payload).hexdigest() != manifest.sha256:
        raise ArtifactDamaged(f"{path}: its contents do not match its SHA-256; copy it again, or {_RETRAIN}")
    return manifest, payload


def _parse_manifest(path: Path, raw: bytes) -> Manifest:
    try:
        table = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ArtifactDamaged(f"{path}: its manifest is not JSON; {_RETRAIN}") from error
    given = table.get("format") if isinstance(table, dict) else None
    if given != FORMAT:
        raise ArtifactIncompatible(f"{path}: artifact format {given!r}, expected {FORMAT}; {_RETRAIN}")
    try:
        return Manifest(**table)
    except TypeError as error:
        raise ArtifactDamaged(f"{path}: its manifest has missing or unknown fields; {_RETRAIN}") from error


def _check_versions(path: Path, manifest: Manifest, project: str | None) -> None:
    for name, given, expected in (
        ("scikit-learn", manifest.scikit_learn, version("scikit-learn")),
        ("spaCy", manifest.spacy, version("spacy")),
        ("columns version", manifest.columns_version, COLUMNS_VERSION),
        ("thoughtmark", manifest.project, project or manifest.project),  # None accepts any version
    ):
        if given != expected:
            raise ArtifactIncompatible(f"{path}: made with {name} {given}, but {expected} is installed; {_RETRAIN}")
