"""From the first signal to the last answer: a server that is asked to stop says so first, and stops a little later."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Lifecycle:
    """Whether a shutdown signal has come.

    Parameters
    ----------
    drain_seconds
        How long the server still takes new connections after the signal, so that whoever sends requests here can
        read in `/readyz` that it should send them elsewhere.
    """

    def __init__(self, *, drain_seconds: float) -> None:
        self.draining = False
        self._seconds = drain_seconds

    def watch(self) -> None:
        """Take the signals from the server, and hand them on after the time is over; in the main thread only."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            server = signal.getsignal(number)

            def drain(got: int, frame: FrameType | None, server: Any = server) -> None:
                first, self.draining = not self.draining, True
                if first and self._seconds and callable(server):
                    timer = threading.Timer(self._seconds, server, (got, frame))
                    timer.daemon = True
                    timer.start()
                elif callable(server):  # asked twice, nobody wants to wait
                    server(got, frame)

            signal.signal(number, drain)
