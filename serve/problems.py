"""What can go wrong with a request, as `application/problem+json` (RFC 9457).

A problem names the kind of fault, and the place by JSON pointer (RFC 6901, as a fragment). It never carries
what was sent: neither values nor the names of unknown fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

MEDIA_TYPE: Final = "application/problem+json"
_URN: Final = "urn:thoughtmark:problem:"
"""Names and not addresses, so that they are the same wherever the endpoint runs; docs/serving.md explains each."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem; `title` is the same for all of a kind, `detail` is what one may do about it."""

    name: str
    status: int
    title: str
    detail: str

    @property
    def type(self) -> str:
        """The stable `type` of RFC 9457."""
        return _URN + self.name


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("not-json", 400, "The body is not JSON", "Send one JSON object in UTF-8."),
        Kind(
            "wrong-host", 400, "The request was meant for another host", "Call the address that was printed at start."
        ),
        Kind("no-key", 401, "An API key is needed", "Send a key as X-API-Key, or as Authorization: Bearer."),
        Kind("not-found", 404, "There is nothing at this path", "The paths are listed in /openapi.json."),
        Kind("wrong-method", 405, "This path takes another method", "The header Allow names the methods."),
        Kind("too-slow-body", 408, "The body did not arrive in time", "Send the request again, faster or smaller."),
        Kind("too-large", 413, "More than is read at once", "Send less in one request; nothing was cut off or judged."),
        Kind(
            "wrong-media-type",
            415,
            "The body is of a kind that is not read",
            "Send Content-Type: application/json in UTF-8, without Content-Encoding.",
        ),
        Kind("wrong-values", 422, "The body is not as documented", "Mend the fields named in errors."),
        Kind("too-many", 429, "Too many requests with this key", "Wait as long as Retry-After says."),
        Kind("bug", 500, "Something is wrong on this side", "Tell whoever runs the endpoint the request_id."),
        Kind("not-ready", 503, "The model is not loaded, or is being shut down", "Try again after Retry-After."),
        Kind("overloaded", 503, "Too much work is waiting", "Try again after Retry-After."),
        Kind("too-slow", 503, "The work was not done in time", "Send less in one request, or try again later."),
    )
}


class Problem(HTTPException):
    """A request that is not answered as asked.

    Parameters
    ----------
    name
        A name of `KINDS`.
    detail
        What was given (its kind), what was expected and what to do; by default that of the kind.
    errors
        JSON pointer and sentence for each field at fault.
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
        self.kind = KINDS[name]
        self.errors = tuple(errors)
        super().__init__(self.kind.status, detail or self.kind.detail, dict(headers or {}))


class FieldProblem(BaseModel):
    """A field at fault."""

    pointer: str = Field(
        description="JSON pointer into the request's body (RFC 6901, as a URI fragment); # is all of it.",
        examples=["#/entries/0/text"],
    )
    detail: str = Field(description="What is wrong with it.")


class ProblemDetails(BaseModel):
    """A problem as RFC 9457 has it. It never holds what was sent."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="Stable name of the kind of problem; programs tell problems by it.")
    title: str
    status: int
    detail: str = Field(description="What to do about it, for people.")
    request_id: str = Field(description="Names this request in the logs; also in the header X-Request-ID.")
    errors: list[FieldProblem] | None = Field(None, description="The fields at fault, where there are any.")


def respond(problem: Problem, request_id: str) -> JSONResponse:
    """Return a problem as an answer."""
    kind = problem.kind
    body: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "request_id": request_id,
    }
    if problem.errors:
        body["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in problem.errors]
    return JSONResponse(body, kind.status, problem.headers, MEDIA_TYPE)


def of_status(error: Any) -> Problem:
    """Return the problem for an HTTP error of the framework, whose own words are left out."""
    names = {
        HTTPStatus.NOT_FOUND: "not-found",
        HTTPStatus.METHOD_NOT_ALLOWED: "wrong-method",
        HTTPStatus.BAD_REQUEST: "not-json",
    }
    if error.status_code not in names:
        return Problem("bug")
    return Problem(names[error.status_code], headers=error.headers)


_SENTENCES: Final = {
    "missing": "is needed, and is not there",
    "extra_forbidden": "has a field that is not known",
    "string_type": "is not a text",
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
"""Written here, and not taken from the validator, whose messages may quote what was sent."""


def of_validation(error: RequestValidationError) -> Problem:
    """Return the problem for a body that is JSON, but not as documented."""
    faults = error.errors()
    if any(fault["loc"] == ("body",) and fault["type"] == "missing" for fault in faults):
        return Problem("not-json", "The body is empty. Send one JSON object in UTF-8.")
    return Problem("wrong-values", errors=[_fault(fault) for fault in faults[:_MOST_FAULTS]])


_MOST_FAULTS: Final = 20
"""Faults told of one request: enough to mend it by, few enough that the answer stays small."""


def _fault(fault: Any) -> tuple[str, str]:
    path = fault["loc"][1:]
    if fault["type"] == "extra_forbidden":  # the name of the field is what somebody sent
        path = path[:-1]
    sentence = _SENTENCES.get(fault["type"], "is not as documented").format_map(fault.get("ctx") or {})
    return pointer(*path), sentence


def pointer(*path: str | int) -> str:
    """Return the JSON pointer of a field, as a URI fragment.

    Examples
    --------
    >>> pointer("entries", 0, "text"), pointer()
    ('#/entries/0/text', '#')
    """
    return "#" + "".join(f"/{part}" for part in path)


async def refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with a problem."""
    line = scope["state"]["line"]
    line.problem = problem.kind.name
    await respond(problem, line.request_id)(scope, receive, send)
