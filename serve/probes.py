"""Defines the operator's routes: liveness, readiness and metrics. Their docstrings appear in the API documentation."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from serve.problems import RETRY_SOON, Problem, problem_responses
from serve.service import ServiceDep

_TAGS: Final[list[str | Enum]] = ["operation"]


class Health(BaseModel):
    """State of the server."""

    status: Literal["alive", "ready"]


def _example(value: Any, media_type: str = "application/json") -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {"example": value}}}}


router = APIRouter(tags=_TAGS)
metrics_router = APIRouter(tags=_TAGS)


@router.get(
    "/livez",
    operation_id="livez",
    summary="Liveness: whether the process answers",
    response_description="The process answers.",
    responses=_example({"status": "alive"}),
)
async def livez() -> Health:
    """Returns status 200 while the process runs, even before the model is loaded."""
    return Health(status="alive")


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Readiness: whether to send requests here",
    response_description="The model is loaded, and the server is not stopping.",
    responses=_example({"status": "ready"}) | problem_responses("not-ready"),
)
async def readyz(service: ServiceDep) -> Health:
    """Returns status 200 once the model is loaded. Returns 503 before that, and again after a shutdown signal."""
    service.classifier()
    if service.lifecycle.draining:
        raise Problem("not-ready", headers=RETRY_SOON)
    return Health(status="ready")


@metrics_router.get(
    "/metrics",
    operation_id="metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    response_description="Prometheus' text format.",
    responses=_example('thoughtmark_entries_total{status="tagged"} 3.0\n', "text/plain"),
)
async def metrics(service: ServiceDep) -> Response:
    """Returns counts and times, added up over all workers. The metrics hold no text, no IDs and no keys."""
    return Response(service.metrics.render(), media_type=CONTENT_TYPE_LATEST)
