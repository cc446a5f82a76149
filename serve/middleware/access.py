"""Decides who may send requests: without API keys only programs on this machine, else clients with a key."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from serve.keys import identify
from serve.middleware.base import HttpMiddleware
from serve.problems import Problem, send_problem


class LoopbackHost(HttpMiddleware):
    """Accepts only requests whose Host header is a loopback name.

    Protects a server without API keys. Otherwise a foreign web page in the user's browser could make its own domain
    resolve to 127.0.0.1 and read the answers ("DNS rebinding").
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        host = Headers(scope=scope).get("host", "").lower()
        if re.fullmatch(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", host):
            return await self.app(scope, receive, send)
        return await send_problem(Problem("invalid-host"), scope, receive, send)


class Authentication(HttpMiddleware):
    """Checks the API key and the key's rate limit. Runs before the body is read.

    Parameters
    ----------
    hashes
        The hash of each key, by the key's name. If there are no keys, every request is accepted.
    rate
        The rate limit of each key, such as `600/minute`.
    """

    def __init__(self, app: ASGIApp, *, hashes: Mapping[str, str], rate: str) -> None:
        super().__init__(app)
        self.hashes = hashes
        self.rates = parse_many(rate)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        record = scope["state"]["record"]
        # Safe without keys, because `Settings` then allows only a loopback address.
        if not self.hashes:
            record.key = "local"
        elif scope["state"]["policy"].needs_key:
            record.key = identify(_sent_key(Headers(scope=scope)), self.hashes)
            if record.key is None:
                problem = Problem("unauthorized", headers={"WWW-Authenticate": "Bearer"})
                return await send_problem(problem, scope, receive, send)
            if seconds := self._seconds_to_wait(record.key):
                problem = Problem("too-many-requests", headers={"Retry-After": str(seconds)})
                return await send_problem(problem, scope, receive, send)
        return await self.app(scope, receive, send)

    def _seconds_to_wait(self, name: str) -> int:
        """Count a request of a key. Return 0 if it is within all rates, else the seconds until a request is allowed."""
        # `hit` also counts the request, so call it for every rate, even after one is exceeded.
        exceeded = [rate for rate in self.rates if not self.limiter.hit(rate, name)]
        resets = [self.limiter.get_window_stats(rate, name).reset_time for rate in exceeded]
        return max((max(1, math.ceil(reset - time.time())) for reset in resets), default=0)


def _sent_key(headers: Headers) -> bytes:
    """Return the key that the client sent, or an empty key."""
    key = headers.get("x-api-key")
    if key is None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        key = key.strip() if scheme.lower() == "bearer" else ""
    return key.encode("latin-1")  # Starlette decodes headers with this encoding
