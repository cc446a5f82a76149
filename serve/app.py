"""Settings in, an ASGI app out. START HERE: the bounds in their order, and one short function for each route."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi import Body as Asked
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from classifier import Classifier, Options
from serve.docs import openapi
from serve.lifecycle import Lifecycle
from serve.logs import log, where
from serve.metrics import Metrics
from serve.middleware.access import Access
from serve.middleware.bounds import RETRY_SOON, Body, Concurrency, Envelope, Host, Time
from serve.problems import Problem, of_status, of_validation, respond
from serve.settings import Settings
from serve.v1 import contract
from serve.v1.contract import Health, LabelsAnswer, ModelAnswer, PredictAnswer, PredictRequest
from serve.work import Overloaded, Work

_CANNOT_START: Final = 3
"""Exit code by which uvicorn's supervisor knows that a new worker would fare no better."""

_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes work with."""

    settings: Settings
    work: Work
    metrics: Metrics
    lifecycle: Lifecycle

    def classifier(self) -> Classifier:
        """Return the model; raise `Problem` while it is not loaded."""
        if self.work.classifier is None:
            raise Problem("not-ready", headers=RETRY_SOON)
        return self.work.classifier


def create_app(settings: Settings, *, load: Callable[[], Classifier] | None = None) -> FastAPI:
    """Return the app, which loads its model once it is started.

    Parameters
    ----------
    settings
        What `serve.settings.load` gives.
    load
        Loads the model; by default from `settings.model`.
    """
    service = Service(
        settings,
        Work(
            load or partial(Classifier.load, settings.model),
            failed=_cannot_start,
            most_waiting=settings.max_waiting_characters,
        ),
        Metrics(),
        Lifecycle(drain_seconds=settings.drain_seconds),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.lifecycle.watch()
        service.work.start()
        if settings.workers > 1:  # the others answer meanwhile
            await service.work.loaded()
        yield
        service.work.close()

    app = FastAPI(
        lifespan=lifespan,
        middleware=_bounds(service),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _on_http_error, RequestValidationError: _on_wrong_values},
    )
    app.include_router(_probes(service))
    app.include_router(_version_1(service))
    app.include_router(_docs_page())
    app.mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]))
    app.openapi = partial(openapi.describe, app)  # type: ignore[method-assign]
    return app


def _bounds(service: Service) -> list[Middleware]:
    """Everything that a request passes through, the first outermost."""
    settings = service.settings
    keys = {name: hashed.get_secret_value() for name, hashed in settings.keys.items()}
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type", "X-API-Key", "Authorization"],
        expose_headers=["X-Request-ID", "Retry-After"],
    )
    return [
        *([cors] if settings.cors_origins else []),
        Middleware(Envelope, metrics=service.metrics, lifecycle=service.lifecycle),
        *([] if keys else [Middleware(Host)]),
        Middleware(Access, keys=keys, rate=settings.rate_limit),
        Middleware(Concurrency, most=settings.max_concurrent),
        Middleware(Time, seconds=settings.max_seconds),
        Middleware(Body, most=settings.max_body_bytes),
    ]


_JSON: Final = re.compile(r'\s*application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)


class _JsonRequest(Request):
    async def json(self) -> Any:
        """Parse the body as RFC 8259 has it: UTF-8 alone, no NaN, no halves of surrogate pairs, at most 200 deep."""
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError:
            raise Problem("not-json") from None


class _JsonRoute(APIRoute):
    """A route that reads plain JSON and nothing else; what is compressed is not unpacked, to whatever size."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            encoding = request.headers.get("content-encoding", "identity").strip().lower()
            is_json = _JSON.fullmatch(request.headers.get("content-type", ""))
            if request.method == "POST" and (encoding != "identity" or not is_json):
                raise Problem("wrong-media-type")
            return await handle(_JsonRequest(request.scope, request.receive))

        return strictly


def _version_1(service: Service) -> APIRouter:
    # The keys are looked at in `access`, before a byte of the body is read; here they are only documented.
    documented = [
        Depends(APIKeyHeader(name="X-API-Key", scheme_name="X-API-Key", auto_error=False)),
        Depends(HTTPBearer(scheme_name="Bearer", auto_error=False)),
    ]
    router = APIRouter(
        route_class=_JsonRoute,
        dependencies=documented,
        responses=openapi.problems("wrong-host", "no-key", "too-many", "not-ready", "overloaded", "bug"),
    )

    @router.post(
        "/v1/predict",
        operation_id="predict",
        summary="Tag journal entries",
        responses=openapi.answered("The tags of each entry.", openapi.PREDICTED)
        | openapi.problems("not-json", "wrong-host")
        | openapi.problems("too-slow-body", "too-large", "wrong-media-type", "wrong-values")
        | openapi.problems("not-ready", "overloaded", "too-slow"),
        response_model_exclude_unset=True,
    )
    async def predict(
        asked: Annotated[PredictRequest, Asked(openapi_examples=openapi.ASKED)], request: Request
    ) -> PredictAnswer:
        classifier = service.classifier()
        contract.check(asked, service.settings, classifier)
        labels = None if asked.labels is None else tuple(asked.labels)
        line = request.state.line
        line.entries, line.characters = len(asked.entries), sum(len(entry.text) for entry in asked.entries)
        try:
            tagged = await service.work.tag(
                [entry.text for entry in asked.entries],
                Options(operating_point=asked.operating_point, labels=labels, evidence=asked.evidence),
            )
        except Overloaded:
            raise Problem("overloaded", headers=RETRY_SOON) from None
        line.tags = sum(len(entry.tags) for entry in tagged)
        line.cannot_judge = sum(entry.status == "cannot_judge" for entry in tagged)
        service.metrics.tagged(tagged)
        return contract.answer(asked, tagged, classifier.version)

    @router.get(
        "/v1/labels",
        operation_id="labels",
        summary="The labels",
        responses=openapi.answered("The taxonomy.", openapi.LABELS),
    )
    async def labels() -> LabelsAnswer:
        return contract.labels(service.classifier().taxonomy)

    @router.get(
        "/v1/model",
        operation_id="model",
        summary="The model, how good it is, and what it is not for",
        responses=openapi.answered("The model.", openapi.MODEL),
    )
    async def model() -> ModelAnswer:
        return contract.model(service.classifier(), service.settings)

    return router


def _probes(service: Service) -> APIRouter:
    router = APIRouter(tags=["operation"])

    @router.get(
        "/livez",
        operation_id="livez",
        summary="Whether the process answers",
        responses=openapi.answered("It does.", {"status": "alive"}) | openapi.problems("wrong-host", "bug"),
    )
    async def livez() -> Health:
        return Health(status="alive")

    @router.get(
        "/readyz",
        operation_id="readyz",
        summary="Whether to send requests here",
        responses=openapi.answered("Yes.", {"status": "ready"}) | openapi.problems("wrong-host", "not-ready", "bug"),
    )
    async def readyz() -> Health:
        service.classifier()
        if service.lifecycle.draining:
            raise Problem("not-ready", headers=RETRY_SOON)
        return Health(status="ready")

    @router.get(
        "/metrics",
        operation_id="metrics",
        summary="Numbers for Prometheus",
        response_class=Response,
        responses=openapi.answered(
            "Prometheus' text format.",
            'thoughtmark_entries_total{status="tagged"} 3.0\n',
            media_type="text/plain",
        )
        | openapi.problems("wrong-host", "no-key", "too-many", "bug"),
    )
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def _docs_page() -> APIRouter:
    """The documentation for people, which loads nothing from elsewhere."""
    router = APIRouter(include_in_schema=False)
    page = resources.files("serve.docs") / "page"

    @router.get("/docs")
    async def docs() -> Response:
        content = (page / "docs.html").read_bytes()
        return Response(content, media_type="text/html", headers={"Content-Security-Policy": _DOCS_POLICY})

    @router.get("/docs/start.js")
    async def start() -> Response:
        return Response((page / "start.js").read_bytes(), media_type="text/javascript")

    return router


async def _on_http_error(request: Request, error: Any) -> Response:
    problem = error if isinstance(error, Problem) else of_status(error)
    request.state.line.problem = problem.kind.name
    return respond(problem, request.state.line.request_id)


async def _on_wrong_values(request: Request, error: Any) -> Response:
    return await _on_http_error(request, of_validation(error))


def _cannot_start(error: BaseException) -> None:
    """End the process whose model cannot be loaded; it has accepted no work."""
    log.critical("the model cannot be loaded", extra={"fields": where(error)})
    os._exit(_CANNOT_START)
