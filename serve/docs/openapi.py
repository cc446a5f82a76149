"""Describes the API in OpenAPI 3.1: adds the answers and headers of the middleware to FastAPI's own description."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from serve.policy import Policy, policy_of
from serve.problems import MEDIA_TYPE, PROBLEM_TYPES, ProblemDetails, problem_responses
from serve.v1.models import ANSWER_EXAMPLE, API_VERSION, INTENDED_USE, NOT_FOR

_DESCRIPTION: Final = "\n\n".join([
    INTENDED_USE,
    "What it is not for:\n\n" + "\n".join(f"- {sentence}" for sentence in NOT_FOR),
    "Errors are `application/problem+json` (RFC 9457) and never repeat what the client sent. Their `type` says which "
    "error occurred. `request_id` identifies the request in the server's log. The log holds no journal text.",
    "Clients should ignore unknown fields, because a later version 1.x may add fields.",
])  # fmt: skip

_REQUEST_ID: Final = {
    "X-Request-ID": {"description": "Identifies the request in the logs.", "schema": {"type": "string"}}
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_SECURITY_SCHEMES: Final = {
    "X-API-Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an app. The description is built once and then cached."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="thoughtmark",
            version=API_VERSION,
            summary="Tags journal entries with the thinking patterns that a CBT therapist would underline.",
            description=_DESCRIPTION,
            license_info={"name": "MIT", "identifier": "MIT"},
            routes=app.routes,
        )
        for route in app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _complete(schema["paths"][route.path_format][method.lower()], policy_of(route))
        schemas = schema["components"]["schemas"]
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs") | {"Problem": problem}
        # Add this example here, because FastAPI would drop the null values of an example in the model.
        schemas["PredictAnswer"]["examples"] = [ANSWER_EXAMPLE]
        schema["components"]["securitySchemes"] = _SECURITY_SCHEMES
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(operation: dict[str, Any], policy: Policy) -> None:
    """Add, in place, the problems, security and headers that follow from a route's policy."""
    names = ["invalid-host", "internal-error"]
    if policy.needs_key:
        names += ["unauthorized", "too-many-requests"]
        operation["security"] = [{name: []} for name in _SECURITY_SCHEMES]
    if policy.limited:
        names += ["overloaded"]
    responses = operation["responses"]
    # A status may already have problems from the route. Add those of the middleware to its examples.
    for status, response in problem_responses(*names).items():
        examples = responses.setdefault(str(status), response)["content"][MEDIA_TYPE]["examples"]
        examples |= response["content"][MEDIA_TYPE]["examples"]
        responses[str(status)]["description"] = "; ".join(PROBLEM_TYPES[name].title for name in examples)
    for status, response in responses.items():
        response["headers"] = _REQUEST_ID | (_RETRY_AFTER if status in {"429", "503"} else {})
