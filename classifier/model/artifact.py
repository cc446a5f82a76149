"""Saves a fitted model in one file, an artifact, and loads the model again after checks.

The file is a zip archive of `manifest.json` and a payload, of one of two kinds:

- `model.npz` holds plain arrays. It cannot run code, and every supported version of scikit-learn can use it. The
  models in the package are of this kind.
- `model.joblib` is a pickle of the whole pipeline. Models that users train are of this kind, so that a pipeline may
  have any steps.

`load` first checks the manifest's format, versions and label order, and the SHA-256 of manifest and payload. Only then
is the payload read. The checks find damaged and incompatible files, but not malicious ones, and unpickling can run any
code. So load a model with a pickle only from a source whose programs you would also run.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.errors import ArtifactDamaged, ArtifactError, ArtifactIncompatible, ArtifactNotFound, UnknownName
from classifier.files import atomic_file
from classifier.options import Options
from classifier.taxonomy import Taxonomy

if TYPE_CHECKING:  # only for types: a manifest can be read without the two seconds that these imports take
    from sklearn.pipeline import Pipeline

    from classifier.model.scoring import Model

FORMAT = 3

COLUMNS_VERSION = 1
"""Version of the computation that turns a text into the model's columns (one per feature) and scores.

A saved model of another version is refused, because its weights belong to other columns. Raise the version when you
change the names or values of features, or the computation of scores from them. Changes of `families`, `vectorizer`,
`scoring`, the components of `classifier.preprocess` or their lexicon can do so. `tests/test_columns.py` fails if you
forget to raise the version.
"""

_MANIFEST, _PICKLE, _ARRAYS = "manifest.json", "model.joblib", "model.npz"
_UNZIP_ERRORS = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, RuntimeError, ValueError)
"""Errors that `zipfile` raises for damaged files. RuntimeError stands for encryption and unknown compression."""

_RETRAIN = "train it again here with `thoughtmark train`"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts about a model, as plain data. `unzip -p FILE manifest.json` shows them.

    format
        Value of `FORMAT` when the file was written.
    version
        Unique name of this model: the project's version, a plus sign and the start of a SHA-256 of its weights.
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
    experimental
        Labels that could not be shown to work on real writing. They are looked for only on request.
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
    encoder
        None for a linear model. Otherwise the SHA-256 of the encoder that belongs to the model (`encoder`), and the
        fields of its `Blend` (`blend`).
    payload
        Name of the payload in the archive: `model.npz` or `model.joblib`.
    sha256
        SHA-256 of the payload and of all other fields of the manifest.
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
    experimental: Sequence[str]
    thresholds: Mapping[str, Mapping[str, float]]
    calibration: Mapping[str, Any]
    quality: Mapping[str, Any]
    corpus: Mapping[str, Any]
    created: str
    encoder: Mapping[str, Any] | None
    payload: str
    sha256: str

    def thresholds_for(self, options: Options) -> dict[str, float]:
        """Return the lowest probability of a tag, for each label to look for; see `Classifier.thresholds`."""
        if options.operating_point not in self.thresholds:
            raise UnknownName("operating point", options.operating_point, self.thresholds)
        thresholds = self.thresholds[options.operating_point]
        if options.labels is None:
            labels: Sequence[str] = [label for label in self.labels if label not in self.experimental]
        else:
            labels = Taxonomy.from_dict(self.taxonomy).check(options.labels)
        return {label: max(thresholds[label], options.min_probability) for label in labels}


@dataclass(frozen=True, slots=True)
class Artifact:
    """A fitted model and its manifest."""

    manifest: Manifest
    model: Model


def save(path: Path, model: Model, *, project: str, as_arrays: bool = False, **facts: Any) -> Manifest:
    """Save a model as an artifact. A failure leaves no partial file.

    Parameters
    ----------
    path
        The file to write. An existing file is replaced in one step: a kill leaves either the old file or the new one.
    model
        The fitted pipeline.
    project
        Version of this project.
    as_arrays
        Whether to save arrays and not a pickle. The pipeline must then come from `scoring.build_pipeline`.
    facts
        The fields of `Manifest` that only training knows: pipeline, labels, taxonomy, experimental, thresholds,
        calibration, quality, corpus, created.

    Raises
    ------
    ArtifactError
        The file cannot be written.
    """
    payload = _to_npz(model.linear) if as_arrays else _to_pickle(model.linear)
    encoder = None
    if model.blend is not None and model.encoder is not None:
        encoder = {"sha256": model.encoder.digest(), "blend": asdict(model.blend)}
    manifest = Manifest(
        format=FORMAT,
        version=f"{project}+{hashlib.sha256(payload + json.dumps(encoder).encode()).hexdigest()[:8]}",
        project=project,
        scikit_learn=version("scikit-learn"),
        spacy=version("spacy"),
        columns_version=COLUMNS_VERSION,
        encoder=encoder,
        payload=_ARRAYS if as_arrays else _PICKLE,
        sha256="",
        **facts,
    )
    return _write(path, manifest, payload)


def replace_quality(path: Path, quality: Mapping[str, Any]) -> Manifest:
    """Replace the measured metrics in an artifact. The model and its version stay the same.

    The errors are those of `load` and `save`.
    """
    manifest, payload = _read(path, None)
    return _write(path, replace(manifest, quality=quality), payload)


def _write(path: Path, manifest: Manifest, payload: bytes) -> Manifest:
    """Write an artifact whose manifest has the right SHA-256, and return that manifest."""
    manifest = replace(manifest, sha256=_digest(asdict(manifest), payload))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path, mode=0o666) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.writestr(manifest.payload, payload)
    except OSError as error:
        raise ArtifactError(
            f"{path}: cannot be written ({error.strerror}); name a file in a folder that you may write to"
        ) from error
    return manifest


def load(path: Path, *, labels: Sequence[str] | None = None) -> Artifact:
    """Load an artifact. The checks of its manifest come first, then the model is read.

    Parameters
    ----------
    path
        The file to load.
    labels
        The label ids that the model must have, in this order; None accepts any labels.

    Raises
    ------
    ArtifactNotFound, ArtifactDamaged, ArtifactIncompatible
        The message says what is wrong, and what to do.
    """
    from classifier.model.blend import Blend
    from classifier.model.encoder import SentenceEncoder
    from classifier.model.scoring import Model

    manifest, payload = _read(path, labels)
    linear = _from_npz(payload) if manifest.payload == _ARRAYS else _from_pickle(payload)
    if manifest.encoder is None:
        return Artifact(manifest, Model(linear))
    blend, encoder = Blend.from_dict(manifest.encoder["blend"]), SentenceEncoder()
    if encoder.digest() != manifest.encoder["sha256"]:
        raise ArtifactIncompatible(f"{path}: made with another encoder than the installed one; {_RETRAIN}")
    return Artifact(manifest, Model(linear, blend, encoder))


def check(path: Path, *, labels: Sequence[str] | None = None) -> Manifest:
    """Return the manifest of an artifact after the checks of `load`, but do not load the model.

    The parameters and errors are those of `load`.
    """
    return _read(path, labels)[0]


def _to_pickle(model: Pipeline) -> bytes:
    import joblib

    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    return buffer.getvalue()


def _from_pickle(payload: bytes) -> Pipeline:
    import joblib

    return joblib.load(io.BytesIO(payload))


def _to_npz(model: Pipeline) -> bytes:
    from classifier.model.arrays import to_arrays

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **to_arrays(model))
    return buffer.getvalue()


def _from_npz(payload: bytes) -> Pipeline:
    from classifier.model.arrays import from_arrays

    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        return from_arrays(arrays)


def _digest(manifest: Mapping[str, Any], payload: bytes) -> str:
    """Return the SHA-256 of a manifest's fields, without `sha256` itself, and of a payload."""
    fields = {name: value for name, value in manifest.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode() + payload).hexdigest()


def _read(path: Path, labels: Sequence[str] | None) -> tuple[Manifest, bytes]:
    """Return the manifest and the payload of an artifact after all checks."""
    try:
        with zipfile.ZipFile(path) as archive:
            kind = _ARRAYS if _ARRAYS in archive.namelist() else _PICKLE
            manifest_bytes, payload = archive.read(_MANIFEST), archive.read(kind)
    except FileNotFoundError as error:
        raise ArtifactNotFound(
            f"{path}: no such file; give the path of an artifact, or make one with `thoughtmark train`"
        ) from error
    except _UNZIP_ERRORS as error:
        raise ArtifactDamaged(f"{path}: not a thoughtmark artifact, or damaged; {_RETRAIN}") from error
    manifest = _parse_manifest(path, manifest_bytes)
    _check_versions(path, manifest)
    if labels is not None and list(labels) != list(manifest.labels):
        raise ArtifactIncompatible(
            f"{path}: its {len(manifest.labels)} labels are not the {len(labels)} of the taxonomy, or not in the same "
            f"order; train it again with that taxonomy (`thoughtmark train --taxonomy FILE`)"
        )
    if kind != manifest.payload or _digest(asdict(manifest), payload) != manifest.sha256:
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


def _check_versions(path: Path, manifest: Manifest) -> None:
    wanted: list[tuple[str, object, object]] = [("columns version", manifest.columns_version, COLUMNS_VERSION)]
    if manifest.payload == _PICKLE:  # a pickle can be read only by the library that wrote it
        wanted += [
            ("scikit-learn", manifest.scikit_learn, version("scikit-learn")),
            ("spaCy", manifest.spacy, version("spacy")),
        ]
    for name, given, expected in wanted:
        if given != expected:
            raise ArtifactIncompatible(f"{path}: made with {name} {given}, but {expected} is installed; {_RETRAIN}")
