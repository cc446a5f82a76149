"""Tagged entries, a taxonomy or a model in, answers of API version 1 out."""

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
    """Return the results for a request's entries, with the fields and offsets it asked for."""
    return PredictAnswer(
        model=model,
        operating_point=request.operating_point,
        offset_unit=request.offset_unit,
        entries=[_entry_out(*pair, request) for pair in zip(request.entries, tagged, strict=True)],
    )


def _entry_out(entry: EntryIn, tagged: TaggedEntry, request: PredictRequest) -> EntryOut:
    fields = tagged.as_dict()
    del fields["model"]
    fields["id"] = entry.id
    if not request.probabilities:
        del fields["probabilities"]
    astral = astral_offsets(entry.text) if request.offset_unit == "utf16" else []
    for tag in fields["tags"]:
        if not request.evidence:
            del tag["evidence"]
        for span in (tag, *tag.get("evidence", ())):
            span["start"], span["end"] = utf16(span["start"], astral), utf16(span["end"], astral)
    return EntryOut.model_validate(fields)


def astral_offsets(text: str) -> list[int]:
    """Return the offsets of the characters above U+FFFF, in order. UTF-16 encodes each in two code units."""
    return [] if text.isascii() else [offset for offset, character in enumerate(text) if character > "\uffff"]


def utf16(offset: int, astral: list[int]) -> int:
    """Return an offset in code points as one in UTF-16 code units.

    Examples
    --------
    >>> [utf16(offset, astral_offsets("a🙂b")) for offset in range(4)]
    [0, 1, 3, 4]
    """
    return offset + bisect_left(astral, offset)


def labels_answer(taxonomy: Taxonomy) -> LabelsAnswer:
    """Return the taxonomy as an answer."""
    return LabelsAnswer(
        taxonomy=taxonomy.name,
        version=taxonomy.version,
        labels=[LabelOut(**{name: getattr(label, name) for name in LabelOut.model_fields}) for label in taxonomy],
    )


def model_answer(classifier: Classifier, settings: Settings) -> ModelAnswer:
    """Return what the model's manifest and the settings say about the model."""
    manifest = classifier.manifest
    return ModelAnswer(
        model=manifest.version,
        project=manifest.project,
        created=manifest.created,
        corpus=Corpus(**manifest.corpus),
        labels=list(manifest.labels),
        operating_points={name: dict(thresholds) for name, thresholds in manifest.thresholds.items()},
        quality=dict(manifest.quality),
        calibration=dict(manifest.calibration),
        limits=Limits(**{name: getattr(settings, name) for name in Limits.model_fields}),
        intended_use=INTENDED_USE,
        not_for=list(NOT_FOR),
    )
