"""Defines the requests and answers of API version 1 as pydantic models, with examples.

Apps rely on these models: a change here changes the API. `docs/reference/openapi.json` keeps a copy of the schema, and
a test compares the two. Note every change in the changelog.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

API_VERSION: Final = "1.0.0"
MAX_ENTRIES: Final = 64

INTENDED_USE: Final = (
    "A screening aid: it shows which sentences of a journal to read first, and which words led to each tag."
)
NOT_FOR: Final = (
    "It is not a diagnosis, and not a risk assessment.",
    "It does not look for risk of suicide or overdose, violence or abuse.",
    "It misses sentences and tags others wrongly. An entry without a tag may still be of concern: neither `no_tags` "
    "nor `cannot_judge` is a finding of health.",
    "Use it to decide what to read first, never what not to read.",
)

OffsetUnit = Literal["code_points", "utf16"]


class _Request(BaseModel):
    # Strict parsing refuses "yes" for true and unknown fields, so the first call reveals a mistake in an app.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class EntryIn(_Request):
    """One journal entry."""

    text: str = Field(
        description="Text of the entry. A text longer than `limits.max_text_length` in `/v1/model` is refused with "
        "status 413. No text is truncated.",
        repr=False,
    )
    id: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="Any string. The answer returns it. Choose one that does not identify the writer."
    )


class PredictRequest(_Request):
    """Entries to tag."""

    entries: list[EntryIn] = Field(
        description=f"From 1 to {MAX_ENTRIES} entries. The answer keeps their order.",
        min_length=1,
        json_schema_extra={"maxItems": MAX_ENTRIES},  # only documented here; `checks` refuses more with status 413
        repr=False,
    )
    operating_point: str = Field(
        "balanced",
        max_length=100,
        description="`balanced` gives fewer false alarms; `sensitive` misses fewer sentences. See `/v1/model`.",
    )
    labels: list[Annotated[str, Field(max_length=100)]] | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="IDs of the labels to look for, from `/v1/labels`. By default, all labels but the experimental "
        "ones, which `/v1/model` lists.",
    )
    evidence: bool = Field(True, description="Whether each tag lists the words that raised its probability.")
    probabilities: bool = Field(False, description="Whether each entry has the probability of every label.")
    offset_unit: OffsetUnit = Field(
        "code_points",
        description="Unit of `start` and `end`: Unicode code points, as in Python, or UTF-16 code units, as in "
        "JavaScript, Java, Kotlin, Swift's NSString and C#.",
    )


_TEXT: Final = "Day 40, slept well. I'll just have a couple on Friday and then stop again."

REQUEST_EXAMPLES: Final[dict[str, Example]] = {
    "one": {"summary": "One entry", "value": {"entries": [{"text": _TEXT}]}},
    "all": {
        "summary": "All options",
        "value": {
            "entries": [{"id": "a", "text": _TEXT}, {"id": "b", "text": "Coffee, then the bus to work in the rain."}],
            "operating_point": "sensitive",
            "labels": ["bargaining", "denial"],
            "evidence": True,
            "probabilities": True,
            "offset_unit": "utf16",
        },
    },
}
"""Examples of `PredictRequest`, by name. The documentation page offers the names in a menu."""


class EvidenceOut(_Answer):
    """Words that raised the probability of a tag."""

    start: int
    end: int
    weight: float = Field(description="How much the words add to the log-odds of the label, by the model's weights.")


class TagOut(_Answer):
    """A label given to a sentence. The sentence is `text[start:end]` of the entry."""

    label: str
    probability: float = Field(ge=0, le=1)
    threshold: float = Field(ge=0, le=1, description="Lowest probability at which this operating point gives the tag.")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    evidence: list[EvidenceOut] = Field([], description="Present only if the request asked for `evidence`.")


class EntryOut(_Answer):
    """The result for one entry."""

    id: str | None = Field(description="The `id` of the request's entry.")
    status: Literal["tagged", "no_tags", "cannot_judge"] = Field(
        description="`cannot_judge` differs from `no_tags`: the model gave no result for the entry."
    )
    reason: str | None = Field(
        description="Why the entry cannot be judged: `empty`, `too_short`, `too_long`, `not_english` or `not_text`. "
        "`empty` also stands for a text that only holds markup, links or the words of others. `too_short` and "
        "`not_english` also stand for a text without tags that is too short, or foreign in too large a part, to be "
        "called clear. Null for any other status. A later version may add reasons."
    )
    tags: list[TagOut] = Field(description="Sorted by sentence, then by label.")
    any_label: float | None = Field(
        ge=0,
        le=1,
        description="Probability that at least one sentence has one of the requested labels. Sort entries by this "
        "number to read the likeliest first. Null if the entry cannot be judged.",
    )
    probabilities: dict[str, float] = Field(
        {},
        description="For each label, its probability in the likeliest sentence. Present only if the request asked for "
        "`probabilities`.",
    )


class PredictAnswer(_Answer):
    """Results for the entries, in the order of the request."""

    model: str = Field(description="Version of the model that tagged the entries.")
    operating_point: str
    offset_unit: OffsetUnit
    entries: list[EntryOut]


ANSWER_EXAMPLE: Final = {
    "model": "0.1.0+6e1ec97a",
    "operating_point": "balanced",
    "offset_unit": "code_points",
    "entries": [
        {
            "id": "a",
            "status": "tagged",
            "reason": None,
            "tags": [
                {
                    "label": "bargaining",
                    "probability": 0.77,
                    "threshold": 0.2,
                    "start": 20,
                    "end": 74,
                    "evidence": [{"start": 20, "end": 29, "weight": 1.4}],
                }
            ],
            "any_label": 0.78,
        },
        {"id": "b", "status": "no_tags", "reason": None, "tags": [], "any_label": 0.01},
        {"id": None, "status": "cannot_judge", "reason": "not_english", "tags": [], "any_label": None},
    ],
}
"""An example of `PredictAnswer`, with each of the three outcomes."""


class LabelOut(_Answer):
    """One thinking pattern."""

    id: str = Field(examples=["bargaining"])
    kind: str = Field(examples=["distortion"])
    name: str = Field(examples=["Bargaining"])
    definition: str = Field(examples=["A deal with oneself lets use in under a limit."])
    is_not: str = Field(description="What is easily mistaken for the pattern.", examples=["A plan that keeps use out."])
    example: str = Field(examples=["I'll just have a couple on Friday and then stop again."])
    question: str = Field(
        description="A question to ask the writer.", examples=["What happened the last time there was such a deal?"]
    )
    source: str = Field(examples=["003"])


class LabelsAnswer(_Answer):
    """The labels that the model knows."""

    taxonomy: str = Field(examples=["thoughtmark"])
    version: str = Field(examples=["1"])
    labels: list[LabelOut]


class Limits(_Answer):
    """Limits of one request. A request that exceeds a limit is refused with status 413."""

    max_body_bytes: int = Field(examples=[1_048_576])
    max_entries: int = Field(examples=[64])
    max_text_length: int = Field(description="In code points, even if `offset_unit` is `utf16`.", examples=[20_000])


class Corpus(_Answer):
    """The texts that the model was trained on."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"sha256": "588069b9...", "entries": 7783, "sentences": 31346, "tagged_sentences": 4595}]
        },
    )

    sha256: str = Field(description="Fingerprint of the corpus.")


class ModelAnswer(_Answer):
    """The model, its measured quality, and the uses that it is not for."""

    model: str = Field(
        description="Version of the model. Every answer of `/v1/predict` names it.", examples=["0.1.0+6e1ec97a"]
    )
    project: str = Field(description="Version of thoughtmark that trained the model.", examples=["0.1.0"])
    created: str = Field(
        description="When the model was trained, as ISO 8601 in UTC.", examples=["2026-11-23T01:20:34+00:00"]
    )
    corpus: Corpus
    labels: list[str] = Field(examples=[["bargaining", "denial"]])
    experimental: list[str] = Field(
        description="Labels that could not be shown to work. They are looked for only if a request names them.",
        examples=[["mental_filter"]],
    )
    operating_points: dict[str, dict[str, float]] = Field(
        description="Threshold of each label, by operating point.",
        examples=[{"balanced": {"bargaining": 0.18, "denial": 0.2}, "sensitive": {"bargaining": 0.07, "denial": 0.1}}],
    )
    quality: dict[str, Any] = Field(
        description="Measured metrics, as `thoughtmark evaluate` prints them. `locked_test`: on posts of the same "
        "communities that the model has never seen. `transfer_test`: on another community.",
        examples=[{"locked_test": {"tagged_at_all": {"sentence_auc": 0.9, "sentence_ap": 0.4}}}],
    )
    calibration: dict[str, Any] = Field(
        description="How far the probabilities are from observed frequencies, measured by cross-validation.",
        examples=[{"expected_calibration_error": 0.0002}],
    )
    limits: Limits
    intended_use: str = Field(examples=[INTENDED_USE])
    not_for: list[str] = Field(examples=[list(NOT_FOR)])
