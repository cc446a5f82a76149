"""Routes of the documentation: `/openapi.json`, and `/docs`, a page that loads nothing from other servers."""

from __future__ import annotations

from importlib import resources
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FILES: Final = resources.files("serve.docs") / "static"

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """Answer the OpenAPI description."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def docs() -> Response:
    """Answer the page."""
    headers = {"Content-Security-Policy": _CONTENT_SECURITY_POLICY}
    return Response((_FILES / "docs.html").read_bytes(), media_type="text/html", headers=headers)


async def _script(_: Request) -> Response:
    return Response((_FILES / "start.js").read_bytes(), media_type="text/javascript")


# A mount, so that one policy and one name in the logs cover all files of the page.
_assets = Mount("/assets", StaticFiles(packages=[("fastapi_offline", "static")]))
# Redirects are off, because they would repeat the query.
router.routes.append(Mount("/docs", Router([Route("/start.js", _script), _assets], redirect_slashes=False)))
