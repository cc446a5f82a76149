"""What every request passes through before anything reads it: id, host, concurrency, time, body. Pure ASGI.

Each class is one bound, and knows nothing of the others; `app.py` has their order.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve import logs
from serve.lifecycle import Lifecycle
from serve.metrics import Metrics
from serve.problems import Problem, refuse

SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer, as the OWASP REST Security Cheat Sheet has them; a route may set its own instead."""

RETRY_SOON: Final = {"Retry-After": "1"}


class Bound:
    """Something that requests pass through; what is no request goes by. A bound implements `serve`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or pass on the start and end of the server."""
        await (self.serve if scope["type"] == "http" else self.app)(scope, receive, send)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        raise NotImplementedError


class Envelope(Bound):
    """Gives each request an id, its answer the security headers, and writes one line of log for it.

    An exception that nobody expected ends here, in an answer that has nothing but the id; a request id that a client
    sends is not taken over, since a text can stand in it.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, lifecycle: Lifecycle) -> None:
        super().__init__(app)
        self.metrics = metrics
        self.lifecycle = lifecycle

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; all of them are."""
        line = logs.Line(uuid4().hex, logs.method(scope["method"]), logs.route(scope["path"]))
        scope.setdefault("state", {})["line"] = line

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                line.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = line.request_id
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                if self.lifecycle.draining:
                    headers["Connection"] = "close"
            elif message["type"] == "http.response.body":
                line.bytes_out += len(message.get("body", b""))
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, sealed)
        except Exception as error:
            logs.log.error("bug", extra={"fields": {"request_id": line.request_id} | logs.where(error)})
            if line.status is None:
                await refuse(Problem("bug"), scope, receive, sealed)
        finally:
            self.metrics.in_flight.dec()
            line.ms = round((time.perf_counter() - line.started) * 1000, 2)
            line.write()
            self.metrics.answered(line)


class Host(Bound):
    """Refuses what was not sent to a loopback name.

    For an endpoint without a key: a web page could else have its own name point here and read the answers
    ("DNS rebinding").
    """

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        host = Headers(scope=scope).get("host", "").lower()
        if re.fullmatch(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", host):
            return await self.app(scope, receive, send)
        return await refuse(Problem("wrong-host"), scope, receive, send)


class Concurrency(Bound):
    """Answers 503 at once where more requests are under way than are served at a time.

    Only paths with work behind them count, so that probes are answered under any load.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        super().__init__(app)
        self.most = most
        self.under_way = 0

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if not scope["path"].startswith("/v1/"):
            return await self.app(scope, receive, send)
        if self.under_way >= self.most:
            return await refuse(Problem("overloaded", headers=RETRY_SOON), scope, receive, send)
        self.under_way += 1
        try:
            return await self.app(scope, receive, send)
        finally:
            self.under_way -= 1


class Time(Bound):
    """Gives a request so many seconds, the reading of its body included."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        super().__init__(app)
        self.seconds = seconds

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        line = scope["state"]["line"]
        try:
            async with asyncio.timeout(self.seconds) as limit:
                await self.app(scope, receive, send)
        except TimeoutError:
            if not limit.expired():
                raise
            if line.status is not None:  # the client reads its answer too slowly; the server hangs up
                line.problem = "too-slow"
                return
            if line.bytes_in is None:
                problem = Problem("too-slow-body", headers={"Connection": "close"})
            else:
                problem = Problem("too-slow", headers={"Retry-After": "5"})
            await refuse(problem, scope, receive, send)


class Body(Bound):
    """Reads the body, up to its bound, before anything else does, and ends work that its client no longer waits for.

    The length that is declared can refuse a body early, but what counts is what comes.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        super().__init__(app)
        self.most = most

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        line = scope["state"]["line"]
        declared = Headers(scope=scope).get("content-length", "0")
        body = bytearray()
        more = len(declared) < 20 and int(declared) <= self.most
        too_large = not more
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            too_large = len(body) > self.most
            more = message.get("more_body", False) and not too_large
        if too_large:
            errors = [("#", f"has more than {self.most} bytes")]
            return await refuse(Problem("too-large", errors=errors), scope, receive, send)
        line.bytes_in = len(body)
        return await self._serve_whole(bytes(body), scope, receive, send)

    async def _serve_whole(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return given.pop() if given else await asyncio.Future()

        task, line = asyncio.current_task(), scope["state"]["line"]
        assert task is not None
        gone = False

        async def watch() -> None:
            nonlocal gone
            while (await receive())["type"] != "http.disconnect":
                pass
            if line.status is None:
                gone = True
                task.cancel()

        watcher = asyncio.create_task(watch())
        try:
            await self.app(scope, replay, send)
        except asyncio.CancelledError:
            if not gone or task.uncancel():
                raise
        finally:
            watcher.cancel()
