"""Reads the whole body of a request into memory, and refuses a body that is too large."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.middleware.base import HttpMiddleware
from serve.problems import Problem, send_problem


class BodyReader(HttpMiddleware):
    """Reads the whole body, up to the limit, and cancels the request when its client disconnects.

    Refuses a request with a `Content-Length` above the limit at once. Otherwise counts the bytes that arrive, because a
    client may send more than it declared.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        super().__init__(app)
        self.max_bytes = max_bytes

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body and pass the request on, or refuse it."""
        declared = Headers(scope=scope).get("content-length", "0")
        # Check the number of digits first: int() is slow for thousands of digits, and raises an error above a limit.
        too_large = len(declared) >= 20 or int(declared) > self.max_bytes
        body, more = bytearray(), True
        while more and not too_large:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            too_large = len(body) > self.max_bytes
            more = message.get("more_body", False)
        if too_large:
            errors = [("#", f"has more than {self.max_bytes} bytes")]
            return await send_problem(Problem("request-too-large", errors=errors), scope, receive, send)
        scope["state"]["record"].bytes_in = len(body)
        return await self._run_app(bytes(body), scope, receive, send)

    async def _run_app(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app with the given body until the app ends or the client disconnects."""
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        record, task = scope["state"]["record"], asyncio.current_task()
        assert task is not None
        client_gone = False

        async def receive_body() -> Message:
            # The app gets the body once. A second call waits until the task is cancelled.
            return messages.pop() if messages else await asyncio.Future()

        async def watch_disconnect() -> None:
            nonlocal client_gone
            while (await receive())["type"] != "http.disconnect":
                pass
            if record.status is None:  # uvicorn also reports a disconnect after a complete answer
                client_gone = True
                task.cancel()

        watcher = asyncio.create_task(watch_disconnect())
        try:
            await self.app(scope, receive_body, send)
        except asyncio.CancelledError:
            # Suppress only the cancellation by `watch_disconnect`. Pass on one by the server or by the timeout.
            if not client_gone or task.uncancel():
                raise
        finally:
            watcher.cancel()
