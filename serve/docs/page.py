"""Defines the routes of the documentation: `/openapi.json` and the page `/docs`, which works offline."""

from __future__ import annotations

from importlib import resources
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

# Swagger UI needs scripts, styles and data: images, which the policy of the other routes forbids.
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FILES: Final = resources.files("serve.docs") / "static"

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> Response:
    """Return the page."""
    headers = {"Content-Security-Policy": _CONTENT_SECURITY_POLICY}
    return Response((_FILES / "docs.html").read_bytes(), media_type="text/html", headers=headers)


async def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


async def _script(_: Request) -> Response:
    return Response((_FILES / "start.js").read_bytes(), media_type="text/javascript")


router.add_route("/openapi.json", _openapi)
# A mount gives all files of the page one policy and one route name in the logs.
_assets = Mount("/assets", StaticFiles(packages=[("fastapi_offline", "static")]))
# Redirects are off, because a redirect would repeat the query, which may hold text.
router.routes.append(Mount("/docs", Router([Route("/start.js", _script), _assets], redirect_slashes=False)))
