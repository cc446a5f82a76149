"""Limits the number of requests in progress and the time of each request."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from serve.middleware.base import HttpMiddleware
from serve.problems import RETRY_SOON, Problem, send_problem


class ConcurrencyLimit(HttpMiddleware):
    """Refuses a request at once if too many requests are in progress.

    Counts only requests to routes whose policy is `limited`, so probes are answered under any load.
    """

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        super().__init__(app)
        self.limit = limit
        self.in_progress = 0

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if not scope["state"]["policy"].limited:
            return await self.app(scope, receive, send)
        if self.in_progress >= self.limit:
            return await send_problem(Problem("overloaded", headers=RETRY_SOON), scope, receive, send)
        self.in_progress += 1
        try:
            return await self.app(scope, receive, send)
        finally:
            self.in_progress -= 1


class Timeout(HttpMiddleware):
    """Limits the time from the arrival of a request's headers to the end of its answer."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        super().__init__(app)
        self.seconds = seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and cancel it when the time limit has passed."""
        record = scope["state"]["record"]
        try:
            async with asyncio.timeout(self.seconds) as limit:
                await self.app(scope, receive, send)
        except TimeoutError:
            if not limit.expired():  # the app itself raised the error
                raise
            if record.status is not None:  # the client reads the answer too slowly; the server closes the connection
                record.problem = "processing-timeout"
                return
            if record.bytes_in is None:  # the body is still arriving
                problem = Problem("request-timeout", headers={"Connection": "close"})
            else:
                problem = Problem("processing-timeout", headers={"Retry-After": "5"})
            await send_problem(problem, scope, receive, send)
