"""Builds the answers of API version 1 from tagged entries, the taxonomy and the model."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from classifier import Classifier, TaggedEntry, Taxonomy
from serve.settings import Settings
from serve.v1.models import (
    INTENDED_USE,
    NOT_FOR,
    Corpus,
    EntryIn,
    EntryOut,
    LabelOut,
    LabelsAnswer,
    Limits,
    ModelAnswer,
    PredictAnswer,
    PredictRequest,
)


def predict_answer(request: PredictRequest, tagged: Iterable[TaggedEntry], model: str) -> PredictAnswer:
    """Return the results for a request's entries, with the fields and the offset unit that the request asked for."""
    return PredictAnswer(
        model=model,
        operating_point=request.operating_point,
        offset_unit=request.offset_unit,
        entries=[_entry_out(*pair, request) for pair in zip(request.entries, tagged, strict=True)],
    )


def _entry_out(entry: EntryIn, tagged: TaggedEntry, request: PredictRequest) -> EntryOut:
    fields = tagged.as_dict()
    del fields["model"]  # the answer names the model once, for all entries
    fields["id"] = entry.id
    if not request.probabilities:
        del fields["probabilities"]
    # With an empty list, `utf16` leaves the offsets in code points.
    astral = astral_offsets(entry.text) if request.offset_unit == "utf16" else []
    for tag in fields["tags"]:
        if not request.evidence:
            del tag["evidence"]
        for span in (tag, *tag.get("evidence", ())):
            span["start"], span["end"] = utf16(span["start"], astral), utf16(span["end"], astral)
    return EntryOut.model_validate(fields)


def astral_offsets(text: str) -> list[int]:
    """Return the sorted offsets of the characters above U+FFFF. UTF-16 encodes each of them in two code units."""
    return [] if text.isascii() else [offset for offset, character in enumerate(text) if character > "\uffff"]


def utf16(offset: int, astral: list[int]) -> int:
    """Convert an offset from code points to UTF-16 code units.

    Examples
    --------
    >>> [utf16(offset, astral_offsets("a🙂b")) for offset in range(4)]
    [0, 1, 3, 4]
    """
    return offset + bisect_left(astral, offset)  # adds one unit for each astral character before the offset


def labels_answer(taxonomy: Taxonomy) -> LabelsAnswer:
    """Return the answer that lists the labels of the taxonomy."""
    return LabelsAnswer(
        taxonomy=taxonomy.name,
        version=taxonomy.version,
        labels=[LabelOut(**{name: getattr(label, name) for name in LabelOut.model_fields}) for label in taxonomy],
    )


def model_answer(classifier: Classifier, settings: Settings) -> ModelAnswer:
    """Return the answer that describes the model, from its manifest and the settings."""
    manifest = classifier.manifest
    return ModelAnswer(
        model=manifest.version,
        project=manifest.project,
        created=manifest.created,
        corpus=Corpus(**manifest.corpus),
        labels=list(manifest.labels),
        experimental=list(manifest.experimental),
        operating_points={name: dict(thresholds) for name, thresholds in manifest.thresholds.items()},
        quality=dict(manifest.quality),
        calibration=dict(manifest.calibration),
        limits=Limits(**{name: getattr(settings, name) for name in Limits.model_fields}),
        intended_use=INTENDED_USE,
        not_for=list(NOT_FOR),
    )
