"""Defines the route class of API version 1, which parses request bodies as strict JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json

from serve.problems import Problem

_JSON: Final = re.compile(r'\s*application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)


class _JsonRequest(Request):
    async def json(self) -> Any:
        """Parse the body as in RFC 8259. Refuses NaN, lone surrogates, other encodings, and more than 200 levels."""
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError:
            raise Problem("invalid-json") from None


class JsonRoute(APIRoute):
    """A route whose POST body must be JSON. Refuses compressed bodies, because they can unpack to any size."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return a handler that checks the media type, then calls FastAPI's handler with the strict parser."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            encoding = request.headers.get("content-encoding", "identity").strip().lower()
            is_json = _JSON.fullmatch(request.headers.get("content-type", ""))
            if request.method == "POST" and (encoding != "identity" or not is_json):
                raise Problem("unsupported-media-type")
            return await handle(_JsonRequest(request.scope, request.receive))

        return handle_json
