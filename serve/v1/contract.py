"""Requests and answers of version 1, as pydantic models; what apps rely on.

The snapshot of the schema in `docs/openapi.json` holds all of it: a change there is a change of the contract, and
needs a note in the changelog.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from classifier import Classifier, TaggedEntry, Taxonomy
from serve.problems import Problem, pointer
from serve.settings import Settings

API_VERSION: Final = "1.0.0"
MOST_ENTRIES: Final = 64

OffsetUnit = Literal["code_points", "utf16"]

INTENDED_USE: Final = (
    "A screening aid: it says which sentences of a journal to read first, and which words spoke for that."
)
NOT_FOR: Final = (
    "It is not a diagnosis, and not a risk assessment.",
    "It does not look for risk of suicide or overdose, violence or abuse.",
    "It misses things and marks things wrongly. No tag does not mean no concern: `no_tags` is not a finding of health, "
    "and `cannot_judge` is neither.",
    "Use it to decide what to read first, never what not to read.",
)


class _Request(BaseModel):
    # strict: "1" is no number and "yes" is not true, so that an app finds its slip on the first call
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class EntryIn(_Request):
    """One journal entry."""

    text: str = Field(
        description="The entry. Past the length in `/v1/model` (`limits.max_text_length`) the answer is 413; "
        "nothing is cut off.",
        repr=False,
    )
    id: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="Comes back with the answer. Any text; better none that says who wrote it."
    )


class PredictRequest(_Request):
    """Entries to tag."""

    entries: list[EntryIn] = Field(
        description=f"From 1 to {MOST_ENTRIES}; the answer keeps their order.",
        min_length=1,
        json_schema_extra={"maxItems": MOST_ENTRIES},
        repr=False,
    )
    operating_point: str = Field(
        "balanced",
        max_length=100,
        description="`balanced` marks less and is right more often; `sensitive` misses less. `/v1/model` lists them.",
    )
    labels: list[Annotated[str, Field(max_length=100)]] | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="Ids of the labels to look for, of `/v1/labels`; by default all.",
    )
    evidence: bool = Field(True, description="Whether each tag comes with the words that spoke for it.")
    probabilities: bool = Field(False, description="Whether each entry comes with the probability of every label.")
    offset_unit: OffsetUnit = Field(
        "code_points",
        description="What offsets count: Unicode code points, as Python does, or UTF-16 code units, as JavaScript, "
        "Java, Kotlin, Swift's NSString and C# do.",
    )


class EvidenceOut(_Answer):
    """Words that spoke for a tag."""

    start: int
    end: int
    weight: float = Field(description="What the words add to the log-odds of the label, by the model's own weights.")


class TagOut(_Answer):
    """A label given to a sentence, which is `text[start:end]` of the entry."""

    label: str
    probability: float = Field(ge=0, le=1)
    threshold: float = Field(ge=0, le=1, description="Least probability that makes a tag at this operating point.")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    evidence: list[EvidenceOut] = Field([], description="Only where `evidence` was asked for.")


class EntryOut(_Answer):
    """What the model says of one entry."""

    id: str | None = Field(description="As it was sent.")
    status: Literal["tagged", "no_tags", "cannot_judge"] = Field(
        description="`cannot_judge` is a third outcome, and not the same as `no_tags`."
    )
    reason: str | None = Field(
        description="Why the entry cannot be judged: `empty`, `too_short`, `too_long`, `not_english`, `not_text`; "
        "else null. There may be more reasons in a later version."
    )
    tags: list[TagOut] = Field(description="By sentence, then by label.")
    any_label: float | None = Field(
        ge=0,
        le=1,
        description="Chance that any sentence has one of the labels looked for: put entries in order by it, to read "
        "the likeliest first. Null where the entry cannot be judged.",
    )
    probabilities: dict[str, float] = Field(
        {},
        description="Only where `probabilities` was asked for: of each label, that of the entry's likeliest sentence.",
    )


class PredictAnswer(_Answer):
    """Tags of the entries, in the order in which they were sent."""

    model: str = Field(description="Version of the model that judged.")
    operating_point: str
    offset_unit: OffsetUnit
    entries: list[EntryOut]


class LabelOut(_Answer):
    """One thinking pattern."""

    id: str
    kind: str
    name: str
    definition: str
    is_not: str = Field(description="What is easily taken for it.")
    example: str
    question: str = Field(description="What one may ask the writer.")
    source: str


class LabelsAnswer(_Answer):
    """The labels that the model knows."""

    taxonomy: str
    version: str
    labels: list[LabelOut]


class Limits(_Answer):
    """What is read in one request; past it the answer is 413."""

    max_body_bytes: int
    max_entries: int
    max_text_length: int = Field(description="In code points, whatever `offset_unit` is.")


class Corpus(_Answer):
    """What the model was trained on."""

    model_config = ConfigDict(extra="allow")

    sha256: str = Field(description="Fingerprint of the corpus.")


class ModelAnswer(_Answer):
    """The model that answers, how good it is, and what it is not for."""

    model: str = Field(description="Version; also in every answer.")
    project: str = Field(description="Version of thoughtmark that made it.")
    created: str = Field(description="When it was trained, ISO 8601, UTC.")
    corpus: Corpus
    labels: list[str]
    operating_points: dict[str, dict[str, float]] = Field(description="Name, then label, then threshold.")
    quality: dict[str, Any] = Field(description="Measured figures, as `thoughtmark evaluate` gives them.")
    calibration: dict[str, Any] = Field(description="How far the probabilities are from the truth, out of fold.")
    limits: Limits
    intended_use: str
    not_for: list[str]


class Health(_Answer):
    """How the endpoint is."""

    status: Literal["alive", "ready"]


def check(request: PredictRequest, settings: Settings, classifier: Classifier) -> None:
    """Raise `Problem` for what the schema alone cannot know: 413 past a limit, 422 for an unknown name."""
    if len(request.entries) > settings.max_entries:
        errors = [(pointer("entries"), f"has {len(request.entries)} entries, expected at most {settings.max_entries}")]
        raise Problem("too-large", errors=errors)
    errors = [
        (
            pointer("entries", number, "text"),
            f"has {len(entry.text)} code points, expected at most {settings.max_text_length}",
        )
        for number, entry in enumerate(request.entries)
        if len(entry.text) > settings.max_text_length
    ]
    if errors:
        raise Problem("too-large", errors=errors)
    if request.operating_point not in classifier.operating_points:
        errors.append((pointer("operating_point"), f"is none of: {', '.join(classifier.operating_points)}"))
    errors.extend(
        (pointer("labels", number), "is no label of /v1/labels")
        for number, label in enumerate(request.labels or ())
        if label not in classifier.labels
    )
    if errors:
        raise Problem("wrong-values", errors=errors)


def answer(request: PredictRequest, entries: Iterable[TaggedEntry], model: str) -> PredictAnswer:
    """Return the tags of a request's entries as it asked for them."""
    return PredictAnswer(
        model=model,
        operating_point=request.operating_point,
        offset_unit=request.offset_unit,
        entries=[_entry(sent, tagged, request) for sent, tagged in zip(request.entries, entries, strict=True)],
    )


def _entry(sent: EntryIn, tagged: TaggedEntry, request: PredictRequest) -> EntryOut:
    fields = tagged.as_dict()
    del fields["model"]
    fields["id"] = sent.id
    if not request.probabilities:
        del fields["probabilities"]
    astral = astral_offsets(sent.text) if request.offset_unit == "utf16" else []
    for tag in fields["tags"]:
        if not request.evidence:
            del tag["evidence"]
        for place in (tag, *tag.get("evidence", ())):
            place["start"], place["end"] = utf16(place["start"], astral), utf16(place["end"], astral)
    return EntryOut.model_validate(fields)


def astral_offsets(text: str) -> list[int]:
    """Return the offsets of the characters that take two units in UTF-16 (those above U+FFFF), in order."""
    return [] if text.isascii() else [offset for offset, character in enumerate(text) if character > "\uffff"]


def utf16(offset: int, astral: list[int]) -> int:
    """Return an offset in code points as one in UTF-16 units.

    Examples
    --------
    >>> [utf16(offset, astral_offsets("a🙂b")) for offset in range(4)]
    [0, 1, 3, 4]
    """
    return offset + bisect_left(astral, offset)


def labels(taxonomy: Taxonomy) -> LabelsAnswer:
    """Return the taxonomy as an answer."""
    return LabelsAnswer(
        taxonomy=taxonomy.name,
        version=taxonomy.version,
        labels=[LabelOut(**{name: getattr(label, name) for name in LabelOut.model_fields}) for label in taxonomy],
    )


def model(classifier: Classifier, settings: Settings) -> ModelAnswer:
    """Return what is to be known of the model."""
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
