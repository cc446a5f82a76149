"""Turns errors into `application/problem+json` answers (RFC 9457), called problems.

A problem names its type, and points to each wrong field by JSON pointer (RFC 6901, as a URI fragment). A problem never
repeats what the client sent: neither values nor the names of unknown fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SOON: Final = {"Retry-After": "1"}


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem. `title` names the type for people, and `detail` says what the client can do."""

    name: str
    status: int
    title: str
    detail: str

    @property
    def uri(self) -> str:
        """The `type` of RFC 9457. It is a URN, not a URL, so it is the same wherever the service runs."""
        return f"urn:thoughtmark:problem:{self.name}"


PROBLEM_TYPES: Final = {
    row[0]: ProblemType(*row)
    for row in (
        ("invalid-json", 400, "Invalid JSON", "Send one JSON object in UTF-8."),
        ("invalid-host", 400, "Invalid Host header", "Use the address that the server printed at start."),
        ("unauthorized", 401, "Unauthorized", "Send a valid API key as X-API-Key, or as Authorization: Bearer."),
        ("not-found", 404, "Not found", "The paths are listed in /openapi.json."),
        ("method-not-allowed", 405, "Method not allowed", "The Allow header lists the methods of this path."),
        ("request-timeout", 408, "Request timeout", "The body took too long to arrive. Send it faster, or send less."),
        ("request-too-large", 413, "Request too large", "Send less in one request. Nothing was truncated or tagged."),
        (
            "unsupported-media-type",
            415,
            "Unsupported media type",
            "Send Content-Type: application/json in UTF-8, without Content-Encoding.",
        ),
        ("invalid-body", 422, "Invalid request body", "Correct the fields listed in errors."),
        ("too-many-requests", 429, "Too many requests", "This key is at its rate limit. Try again after Retry-After."),
        ("internal-error", 500, "Internal server error", "Report the request_id to the operator of this server."),
        (
            "not-ready",
            503,
            "Not ready",
            "The model is loading, or the server is stopping. Wait for Retry-After.",
        ),
        ("overloaded", 503, "Overloaded", "Too many requests are in progress. Try again after Retry-After."),
        (
            "processing-timeout",
            503,
            "Processing timeout",
            "The request took too long to process. Send less in one request, or try again after Retry-After.",
        ),
    )
}


class Problem(HTTPException):
    """An error answer, which a route raises.

    Parameters
    ----------
    name
        A name in `PROBLEM_TYPES`.
    detail
        Says what was given (never the value itself), what was expected and what to do. By default, the type's detail.
    errors
        A JSON pointer and a sentence for each wrong field.
    headers
        Headers of the answer, such as `Retry-After` in seconds.
    """

    def __init__(
        self,
        name: str,
        detail: str | None = None,
        *,
        errors: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.type = PROBLEM_TYPES[name]
        self.errors = tuple(errors)
        super().__init__(self.type.status, detail or self.type.detail, dict(headers or {}))

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        body: dict[str, Any] = {
            "type": self.type.uri,
            "title": self.type.title,
            "status": self.type.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in self.errors]
        return body


class FieldProblem(BaseModel):
    """A wrong field."""

    pointer: str = Field(
        description="JSON pointer into the request's body (RFC 6901, as a URI fragment). # is the whole body.",
        examples=["#/entries/0/text"],
    )
    detail: str = Field(description="What is wrong with the field.")


class ProblemDetails(BaseModel):
    """An error answer as in RFC 9457. It never repeats what the client sent."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        description="URI of the type of problem, which does not change. Programs should check this field."
    )
    title: str
    status: int
    detail: str = Field(description="What to do about the problem, for people to read.")
    request_id: str = Field(description="Identifies this request in the logs. The header X-Request-ID has the same ID.")
    errors: list[FieldProblem] | None = Field(None, description="The wrong fields, if the problem is about fields.")


async def send_problem(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a problem as the answer. For middleware, which runs outside of any route."""
    await _response(problem, scope)(scope, receive, send)


async def on_http_error(request: Request, error: Any) -> JSONResponse:
    """Answer an `HTTPException` with a problem, without the framework's own message."""
    if isinstance(error, Problem):
        return _response(error, request.scope)
    names = {400: "invalid-json", 404: "not-found", 405: "method-not-allowed"}
    return _response(Problem(names.get(error.status_code, "internal-error"), headers=error.headers), request.scope)


async def on_validation_error(request: Request, error: Any) -> JSONResponse:
    """Answer a request whose body does not match its model."""
    return _response(_from_validation(error), request.scope)


def _response(problem: Problem, scope: Scope) -> JSONResponse:
    record = scope["state"]["record"]
    record.problem = problem.type.name  # the access log shows the name
    return JSONResponse(problem.body(record.request_id), problem.status_code, problem.headers, MEDIA_TYPE)


_SENTENCES: Final = {
    "missing": "is required",
    "extra_forbidden": "has an unknown field",
    "string_type": "is not a string",
    "bool_type": "is not true or false",
    "list_type": "is not a list",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "dict_type": "is not an object",
    "literal_error": "is none of: {expected}",
    "too_short": "has {actual_length} items, expected at least {min_length}",
    "too_long": "has too many items, expected at most {max_length}",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
}
"""Our own sentence for each of pydantic's error types, because pydantic's messages may quote what the client sent."""

_MAX_ERRORS: Final = 20
"""Maximum number of errors in one answer, so that answers stay small."""


def _from_validation(error: RequestValidationError) -> Problem:
    errors = error.errors()
    if any(each["loc"] == ("body",) and each["type"] == "missing" for each in errors):
        return Problem("invalid-json", "The body is empty. Send one JSON object in UTF-8.")
    return Problem("invalid-body", errors=[_field_error(each) for each in errors[:_MAX_ERRORS]])


def _field_error(error: Any) -> tuple[str, str]:
    """Return the JSON pointer and the sentence for an error of pydantic."""
    path = error["loc"][1:]  # the first part is "body"
    if error["type"] == "extra_forbidden":  # leave out the name of the unknown field, because the client chose it
        path = path[:-1]
    sentence = _SENTENCES.get(error["type"], "does not match the API's schema").format_map(error.get("ctx") or {})
    return pointer(*path), sentence


def pointer(*path: str | int) -> str:
    """Return the JSON pointer of a field, as a URI fragment.

    Examples
    --------
    >>> pointer("entries", 0, "text"), pointer()
    ('#/entries/0/text', '#')
    """
    return "#" + "".join(f"/{part}" for part in path)


def problem_responses(*names: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses for the named types of problems, by status, with an example of each type."""
    responses: dict[int | str, dict[str, Any]] = {}
    for name in names:
        problem = Problem(name, errors=_EXAMPLE_ERRORS.get(name, ()))
        response = responses.setdefault(problem.status_code, {"description": "", "content": {MEDIA_TYPE: {}}})
        content = response["content"][MEDIA_TYPE]
        content["schema"] = {"$ref": "#/components/schemas/Problem"}
        content.setdefault("examples", {})[name] = {"value": problem.body("3f2b8c1e9d4a4c7f8e6b5a4d3c2b1a09")}
        response["description"] = "; ".join(PROBLEM_TYPES[name].title for name in content["examples"])
    return responses


_EXAMPLE_ERRORS: Final = {
    "request-too-large": [(pointer("entries", 0, "text"), "has 20001 code points, expected at most 20000")],
    "invalid-body": [(pointer("entries", 0, "text"), "is required")],
}
