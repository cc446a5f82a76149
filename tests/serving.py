"""A real server for the tests: the command itself, on a free port of this machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

TAGGED = "I'm a complete failure and I always will be."
CALM = "Slept ok. Coffee, then the bus to work in the rain."
GERMAN = "Ich habe heute wieder nicht geschlafen und denke nur an die Arbeit."


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: its address, its process and what it has written."""

    url: str
    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def client(self, **options: Any) -> httpx.Client:
        """Return a client of it, which keeps its connections."""
        return httpx.Client(base_url=self.url, timeout=60, **options)

    def lines(self) -> list[dict[str, Any]]:
        """Return its log; every line is one JSON object."""
        return [json.loads(line) for line in self.err.read_text(encoding="utf-8").splitlines()]

    def written(self) -> str:
        """Return all that it has written, anywhere."""
        return self.out.read_text(encoding="utf-8") + self.err.read_text(encoding="utf-8")

    def ready(self) -> Served:
        """Wait until it is ready."""
        wait_for(lambda: self.readiness() == 200, self.process)
        return self

    def readiness(self) -> int | None:
        """Return the status of `/readyz`, or None where nobody answers."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code
        except httpx.TransportError:
            return None


def wait_for(happened: Any, process: subprocess.Popen[bytes] | None = None, *, seconds: float = 60) -> None:
    """Wait until something has happened; fail where the process ends before, or the time is over."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        assert process is None or process.poll() is None, "the server has ended"
        time.sleep(0.02)


def command(*arguments: str | Path) -> list[str]:
    """Return the words that call `thoughtmark serve`."""
    return [sys.executable, "-m", "classifier", "serve", *map(str, arguments)]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this environment without settings of its own, and with these."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("THOUGHTMARK_", "PROMETHEUS_"))}
    return own | {"PYTHONWARNINGS": "error", **variables}


@contextmanager
def serving(folder: Path, *arguments: str | Path, **settings: Any) -> Iterator[Served]:
    """Run a server with settings until the block ends; what it writes goes to files of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    out, err = folder / "out.txt", folder / "err.txt"
    variables = {f"THOUGHTMARK_{name.upper()}": str(value) for name, value in {"drain_seconds": 0, **settings}.items()}
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            command("--port", "0", *arguments), stdout=stdout, stderr=stderr, env=environment(variables)
        )
    try:
        wait_for(lambda: "http://" in out.read_text(encoding="utf-8"), process)
        found = re.search(r"http://[^\s/]+", out.read_text(encoding="utf-8"))
        assert found is not None
        yield Served(found[0], process, out, err)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
