"""The OpenAPI 3.1 description: what FastAPI derives from the contract, with every problem and an example of each."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.models import Example
from fastapi.openapi.utils import get_openapi

from serve.problems import KINDS, MEDIA_TYPE, Kind, ProblemDetails
from serve.v1.contract import API_VERSION, INTENDED_USE, NOT_FOR

Docs = dict[int | str, dict[str, Any]]

ID: Final = "3f2b8c1e9d4a4c7f8e6b5a4d3c2b1a09"
_REQUEST_ID: Final = {
    "X-Request-ID": {"description": "Names the request in the logs.", "schema": {"type": "string"}},
}
_RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
}
_ERRORS: Final = {
    "too-large": [{"pointer": "#/entries/0/text", "detail": "has 20001 code points, expected at most 20000"}],
    "wrong-values": [{"pointer": "#/entries/0/text", "detail": "is needed, and is not there"}],
}

_TEXT: Final = "Day 40, slept well. I'll just have a couple on Friday and then stop again."

ASKED: Final[dict[str, Example]] = {
    "one": {"summary": "One entry", "value": {"entries": [{"text": _TEXT}]}},
    "all": {
        "summary": "Everything that can be asked for",
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

PREDICTED: Final = {
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
                    "start": 21,
                    "end": 74,
                    "evidence": [{"start": 21, "end": 30, "weight": 1.4}],
                }
            ],
            "any_label": 0.78,
        },
        {"id": "b", "status": "no_tags", "reason": None, "tags": [], "any_label": 0.01},
        {"id": None, "status": "cannot_judge", "reason": "not_english", "tags": [], "any_label": None},
    ],
}

LABELS: Final = {
    "taxonomy": "thoughtmark",
    "version": "1",
    "labels": [
        {
            "id": "bargaining",
            "kind": "distortion",
            "name": "Bargaining",
            "definition": "A deal with oneself lets use in under a limit.",
            "is_not": "A plan that keeps use out.",
            "example": "I'll just have a couple on Friday and then stop again.",
            "question": "What happened the last time there was such a deal?",
            "source": "003",
        }
    ],
}

MODEL: Final = {
    "model": "0.1.0+6e1ec97a",
    "project": "0.1.0",
    "created": "2026-11-23T01:20:34+00:00",
    "corpus": {"sha256": "588069b9...", "entries": 7783, "sentences": 31346, "tagged_sentences": 4595},
    "labels": ["bargaining", "denial"],
    "operating_points": {
        "balanced": {"bargaining": 0.18, "denial": 0.21},
        "sensitive": {"bargaining": 0.07, "denial": 0.08},
    },
    "quality": {"on_real_posts": {"tagged_at_all": {"sentence_auc": 0.835, "sentence_ap": 0.238}}},
    "calibration": {"expected_calibration_error": 0.0002},
    "limits": {"max_body_bytes": 1_048_576, "max_entries": 64, "max_text_length": 20_000},
    "intended_use": INTENDED_USE,
    "not_for": list(NOT_FOR),
}

DESCRIPTION: Final = "\n\n".join([
    INTENDED_USE,
    "What it is not for:\n\n" + "\n".join(f"- {sentence}" for sentence in NOT_FOR),
    "Problems come as `application/problem+json` (RFC 9457) and never hold what was sent. Tell them by `type`; "
    "`request_id` leads to the line in the server's log, which holds no text either.",
    "Clients should pass over fields that they do not know: a later 1.x may add some.",
])  # fmt: skip


def problems(*names: str) -> Docs:
    """Return the documentation of the problems that a route can answer, by status."""
    docs: Docs = {}
    for kind in (KINDS[name] for name in names):
        entry = docs.setdefault(
            kind.status,
            {
                "description": kind.title,
                "headers": _REQUEST_ID | (_RETRY_AFTER if kind.status in {429, 503} else {}),
                "content": {
                    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}},
                },
            },
        )
        if kind.title not in entry["description"]:
            entry["description"] += f"; or: {kind.title}"
        entry["content"][MEDIA_TYPE]["examples"][kind.name] = {"value": _example(kind)}
    return docs


def _example(kind: Kind) -> dict[str, Any]:
    example = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail,
        "request_id": ID,
    }
    return example | ({"errors": _ERRORS[kind.name]} if kind.name in _ERRORS else {})


def answered(description: str, example: Any = None, *, media_type: str = "application/json") -> Docs:
    """Return the documentation of an answer with status 200."""
    docs: dict[str, Any] = {"description": description, "headers": _REQUEST_ID}
    if example is not None:
        docs["content"] = {media_type: {"example": example}}
    return {200: docs}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of an app, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="thoughtmark",
            version=API_VERSION,
            summary="Tags journal entries with the thinking patterns that a CBT therapist would underline.",
            description=DESCRIPTION,
            license_info={"name": "MIT", "identifier": "MIT"},
            routes=app.routes,
        )
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = schema["components"]["schemas"]
        schemas |= problem.pop("$defs")
        schemas["Problem"] = problem
        app.openapi_schema = schema
    return app.openapi_schema
