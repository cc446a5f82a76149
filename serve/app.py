"""Builds the ASGI app. START HERE: this module lists the routes with their policies, and the middleware in order."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from classifier import Classifier
from serve import probes
from serve.docs import openapi, page
from serve.lifecycle import Lifecycle
from serve.logs import exception_fields, log
from serve.metrics import Metrics
from serve.middleware.access import Authentication, LoopbackHost
from serve.middleware.access_log import AccessLog
from serve.middleware.body import BodyReader
from serve.middleware.context import RequestContext
from serve.middleware.limits import ConcurrencyLimit, Timeout
from serve.policy import GUARDED, METRICS, PROBE, PUBLIC, with_policy
from serve.problems import on_http_error, on_validation_error
from serve.service import Service
from serve.settings import Settings
from serve.v1 import routes as v1
from serve.work import ModelThread

_STARTUP_FAILED: Final = 3
"""Exit code that tells uvicorn's supervisor not to start another worker."""

_ROUTES: Final = [
    *with_policy(GUARDED, v1.router.routes),
    *with_policy(PROBE, probes.router.routes),
    *with_policy(METRICS, probes.metrics_router.routes),
    *with_policy(PUBLIC, page.router.routes),
]


def create_app(settings: Settings, *, load: Callable[[], Classifier] | None = None) -> FastAPI:
    """Return the app. The app loads its model when the server starts the app.

    Parameters
    ----------
    settings
        The result of `serve.settings.load`.
    load
        Loads the model. By default, the model is loaded from `settings.model`.
    """
    service = Service(
        settings,
        ModelThread(
            load or partial(Classifier.load, settings.model),
            on_load_error=_exit,
            max_waiting=settings.max_waiting_characters,
        ),
        Metrics(),
        Lifecycle(drain_seconds=settings.drain_seconds),
    )
    app = FastAPI(
        routes=_ROUTES,  # `policy.match` could not see routes added by `include_router`
        lifespan=_lifespan,
        middleware=_middleware(service),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: on_http_error, RequestValidationError: on_validation_error},
    )
    app.state.service = service
    app.openapi = partial(openapi.describe, app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.lifecycle.install_signal_handlers()
    service.model.start()
    # With several workers, accept requests only once the model is loaded, so that ready workers get them.
    if service.settings.workers > 1:
        await service.model.wait_until_loaded()
    yield
    service.model.close()


def _middleware(service: Service) -> list[Middleware]:
    """Return the middleware that every request passes, from the outside in."""
    settings = service.settings
    hashes = {name: hashed.get_secret_value() for name, hashed in settings.keys.items()}
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type", "X-API-Key", "Authorization"],
        expose_headers=["X-Request-ID", "Retry-After"],
    )
    # The order matters: a request needs a valid key before it counts as load, and the time limit covers the body.
    return [
        *([cors] if settings.cors_origins else []),
        Middleware(RequestContext, lifecycle=service.lifecycle),
        Middleware(AccessLog, metrics=service.metrics),
        *([] if hashes else [Middleware(LoopbackHost)]),  # with keys, a foreign web page lacks a key
        Middleware(Authentication, hashes=hashes, rate=settings.rate_limit),
        Middleware(ConcurrencyLimit, limit=settings.max_concurrent),
        Middleware(Timeout, seconds=settings.max_seconds),
        Middleware(BodyReader, max_bytes=settings.max_body_bytes),
    ]


def _exit(error: BaseException) -> None:
    """End the process, because its model cannot be loaded."""
    log.critical("the model cannot be loaded", extra={"fields": exception_fields(error)})
    os._exit(_STARTUP_FAILED)
