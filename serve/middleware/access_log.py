"""Logs and counts every finished request, and answers unexpected exceptions with status 500."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve import logs
from serve.metrics import Metrics
from serve.middleware.base import HttpMiddleware
from serve.problems import Problem, send_problem


class AccessLog(HttpMiddleware):
    """Logs and counts every request, even if it fails or its client disconnects."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        super().__init__(app)
        self.metrics = metrics

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and record the answer."""
        record, policy = scope["state"]["record"], scope["state"]["policy"]

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            elif message["type"] == "http.response.body":
                record.bytes_out += len(message.get("body", b""))
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, send_recorded)
        except Exception as error:
            fields = {"request_id": record.request_id} | logs.exception_fields(error)
            logs.log.error("internal error", extra={"fields": fields})
            if record.status is None:  # the answer has not started yet
                await send_problem(Problem("internal-error"), scope, receive, send_recorded)
        finally:
            self.metrics.in_flight.dec()
            record.ms = round((time.perf_counter() - record.started) * 1000, 2)
            record.write(logging.DEBUG if policy.quiet and record.problem is None else logging.INFO)
            self.metrics.count_request(record)
