"""Sets the ID, the record and the policy of a request for the other middleware, and the headers of every answer."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve import policy
from serve.lifecycle import Lifecycle
from serve.logs import RequestRecord, method_label
from serve.middleware.base import HttpMiddleware

_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers that the OWASP REST Security Cheat Sheet recommends. A route may set its own values."""


class RequestContext(HttpMiddleware):
    """Sets `state["record"]` and `state["policy"]` of a request, and the headers of every answer.

    Creates a new request ID for every request. Ignores the client's `X-Request-ID`, because it may hold text.
    """

    def __init__(self, app: ASGIApp, *, lifecycle: Lifecycle) -> None:
        super().__init__(app)
        self.lifecycle = lifecycle

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add headers to the answer."""
        route, route_policy = policy.match(scope)
        record = RequestRecord(uuid4().hex, method_label(scope["method"]), route)
        scope.setdefault("state", {}).update(record=record, policy=route_policy)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = record.request_id
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if self.lifecycle.draining:  # make the client reconnect, so that it reaches another server
                    headers["Connection"] = "close"
            await send(message)

        await self.app(scope, receive, send_with_headers)
