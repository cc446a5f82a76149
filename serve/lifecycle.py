"""From the first signal to the last answer: a server that is asked to stop says so first, and stops a little later."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType


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
        self._later: threading.Timer | None = None

    def watch(self) -> None:
        """Take the signals from the server, and hand them on after the time is over; in the main thread only."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                server = signal.getsignal(number)
                if callable(server):
                    signal.signal(number, partial(self._drain, server))

    def _drain(self, server: Callable[[int, FrameType | None], object], number: int, frame: FrameType | None) -> None:
        first, self.draining = not self.draining, True
        if self._later is not None:
            self._later.cancel()
        if first and self._seconds:
            self._later = threading.Timer(self._seconds, server, (number, frame))
            self._later.daemon = True
            self._later.start()
        else:  # asked twice, nobody wants to wait
            server(number, frame)
