"""Policies: a new route is guarded and logged by its path template without any further change."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from serve.app import create_app
from serve.keys import new_key
from serve.policy import GUARDED, NO_ROUTE, PROBE, PUBLIC, Policy, match
from serve.settings import Settings

KEY, HASHED = new_key()


@pytest.fixture
def app() -> FastAPI:
    """An app with a key, and with a route of its own that declares no policy."""
    app = create_app(Settings(keys={"app": HASHED}, max_concurrent=1))

    @app.get("/extra/{name}")
    async def extra(name: str) -> int:
        return len(name)

    return app


def get(app: FastAPI, path: str, key: str = "") -> httpx.Response:
    """Return the app's answer to a request, without a server."""

    async def answer() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.get(path, headers={"X-API-Key": key})

    return asyncio.run(answer())


def test_new_route_is_guarded_and_logged(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """A route without a declared policy needs a key; logs and metrics hold its path template and not its path."""
    caplog.set_level(logging.INFO, logger="serve")
    assert get(app, "/extra/zanzibarine").status_code == 401
    answer = get(app, "/extra/zanzibarine", key=KEY)
    assert (answer.status_code, answer.json()) == (200, 11)
    fields = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert [(line["route"], line["status"], line.get("key")) for line in fields] == [
        ("/extra/{name}", 401, None),
        ("/extra/{name}", 200, "app"),
    ]
    metrics = get(app, "/metrics", key=KEY).text
    assert 'thoughtmark_requests_total{method="GET",route="/extra/{name}",status="200"} 1.0' in metrics
    assert "zanzibarine" not in metrics


def test_new_route_is_documented_as_guarded(app: FastAPI) -> None:
    """The OpenAPI description of a route without a declared policy has the key and the problems of the middleware."""
    operation = app.openapi()["paths"]["/extra/{name}"]["get"]
    assert operation["security"] == [{"X-API-Key": []}, {"Bearer": []}]
    assert {"400", "401", "429", "500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize(
    ("method", "path", "route", "policy"),
    [
        ("POST", "/v1/predict", "/v1/predict", GUARDED),
        ("GET", "/v1/predict", "/v1/predict", GUARDED),
        ("GET", "/v1/predict/zanzibarine", NO_ROUTE, GUARDED),
        ("GET", "/zanzibarine", NO_ROUTE, GUARDED),
        ("GET", "/livez", "/livez", PROBE),
        ("POST", "/readyz", "/readyz", PROBE),
        ("GET", "/openapi.json", "/openapi.json", PUBLIC),
        ("GET", "/docs", "/docs", PUBLIC),
        ("GET", "/docs/zanzibarine", "/docs", PUBLIC),
        ("GET", "/metrics", "/metrics", Policy(limited=False, quiet=True)),
    ],
)
def test_route_and_policy_of_a_request(app: FastAPI, method: str, path: str, route: str, policy: Policy) -> None:
    """A request gets the template and the policy of its route, whatever its method; unknown paths are guarded."""
    scope = {"type": "http", "app": app, "method": method, "path": path, "root_path": ""}
    assert match(scope) == (route, policy)


def test_included_router_is_guarded(app: FastAPI) -> None:
    """A router added by `include_router` is guarded too."""
    router = APIRouter()

    @router.get("/included")
    async def included() -> int:
        return 1

    app.include_router(router)
    assert get(app, "/included").status_code == 401
    assert get(app, "/included", key=KEY).status_code == 200
