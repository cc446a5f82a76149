"""Handles shutdown signals: `/readyz` fails at once, and the server stops after the drain time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType

_Handler = Callable[[int, FrameType | None], object]


class Lifecycle:
    """Tracks whether the server is draining, that is, whether it has received a shutdown signal.

    Parameters
    ----------
    drain_seconds
        How long the server accepts connections after the signal. In this time a load balancer sees that `/readyz` fails
        and sends its requests elsewhere.
    """

    def __init__(self, *, drain_seconds: float) -> None:
        self.draining = False
        self._drain_seconds = drain_seconds
        self._timer: threading.Timer | None = None

    def install_signal_handlers(self) -> None:
        """Wrap the server's own handlers of shutdown signals, so that they run after the drain time.

        Does nothing outside the main thread, because Python allows signal handlers only there.
        """
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                server_handler = signal.getsignal(number)
                if callable(server_handler):
                    signal.signal(number, partial(self._drain, server_handler))

    def _drain(self, server_handler: _Handler, number: int, frame: FrameType | None) -> None:
        """Start to drain at the first signal. Stop the server at once at a second one."""
        is_first, self.draining = not self.draining, True
        if self._timer is not None:
            self._timer.cancel()
        if is_first and self._drain_seconds:
            self._timer = threading.Timer(self._drain_seconds, server_handler, (number, frame))
            self._timer.daemon = True  # must not keep the process alive
            self._timer.start()
        else:
            server_handler(number, frame)
