"""A real server for the tests: the command `thoughtmark serve` on a free port of this machine, and requests to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from serve.problems import MEDIA_TYPE, PROBLEM_TYPES

TAGGED = "I'm a complete failure and I always will be."
CALM = "Slept ok. Coffee, then the bus to work in the rain."
GERMAN = "Ich habe heute wieder nicht geschlafen und denke nur an die Arbeit."
CANARY = "zanzibarine"
"""A word that tests send, and that must not come back in an error, a log or a metric."""

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its address, its process, and the files that hold its output."""

    url: str
    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def client(self, **options: Any) -> httpx.Client:
        """Return a client that keeps its connections."""
        return httpx.Client(base_url=self.url, timeout=60, **options)

    def connect(self) -> socket.socket:
        """Open a raw connection."""
        address = urlsplit(self.url)
        return socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=60)

    def lines(self) -> list[dict[str, Any]]:
        """Return its log: one JSON object per line."""
        return [json.loads(line) for line in self.err.read_text(encoding="utf-8").splitlines()]

    def output(self) -> str:
        """Return all its output."""
        return self.out.read_text(encoding="utf-8") + self.err.read_text(encoding="utf-8")

    def ready(self) -> Served:
        """Wait until it is ready."""
        wait_for(lambda: self.readiness() == 200, self.process)
        return self

    def readiness(self) -> int | None:
        """Return the status of `/readyz`, or None if there is no answer."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code
        except httpx.TransportError:
            return None

    def in_flight(self) -> float:
        """Return the number of requests in progress, without the one that asks."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("thoughtmark_in_flight ")) - 1


def wait_for(condition: Any, process: subprocess.Popen[bytes] | None = None, *, seconds: float = 60) -> None:
    """Wait until a condition holds; fail if the process ends first, or after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "timed out"
        assert process is None or process.poll() is None, "the server has ended"
        time.sleep(0.02)


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of `thoughtmark serve`."""
    return [sys.executable, "-m", "classifier", "serve", *map(str, arguments)]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without its own settings, and with these variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("THOUGHTMARK_", "PROMETHEUS_"))}
    return own | {"PYTHONWARNINGS": "error", **variables}


@contextmanager
def serving(folder: Path, *arguments: str | Path, **settings: Any) -> Iterator[Served]:
    """Run a server with some settings until the block ends; its output goes to files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = {f"THOUGHTMARK_{name.upper()}": str(value) for name, value in {"drain_seconds": 0, **settings}.items()}
    with running(folder, command("--port", "0", *arguments), variables) as served:
        yield served


@contextmanager
def running(folder: Path, words: list[str], variables: Mapping[str, str]) -> Iterator[Served]:
    """Run a command that serves and prints its address, until the block ends."""
    out, err = folder / "out.txt", folder / "err.txt"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(words, stdout=stdout, stderr=stderr, env=environment(variables))
    try:
        wait_for(lambda: "http://" in out.read_text(encoding="utf-8"), process)
        address = re.search(r"http://[^\s/]+", out.read_text(encoding="utf-8"))
        assert address is not None
        yield Served(address[0], process, out, err)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()


def predict_body(*texts: str) -> bytes:
    """Return the body of a request for tags."""
    return json.dumps({"entries": [{"text": text} for text in texts]}).encode()


def post(url: str, content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """Send a body to `/v1/predict`, exactly as it is."""
    return httpx.post(f"{url}/v1/predict", content=content, headers=JSON | (headers or {}), timeout=60)


def half_sent(server: Served) -> socket.socket:
    """Send half of a request, and return the open connection."""
    connection = server.connect()
    head = f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {JSON['Content-Type']}\r\nContent-Length: 60"
    connection.sendall(f"{head}\r\n\r\n".encode() + b'{"entries"')
    return connection


def is_problem(response: httpx.Response, name: str) -> dict[str, Any]:
    """Check that an answer is a problem of a type and does not repeat the canary, and return its body."""
    expected, body = PROBLEM_TYPES[name], response.json()
    assert response.status_code == expected.status
    assert response.headers["content-type"] == MEDIA_TYPE
    assert (body["type"], body["title"], body["status"]) == (expected.uri, expected.title, expected.status)
    assert body["request_id"] == response.headers["x-request-id"]
    assert CANARY not in response.text + str(response.headers)
    assert ("retry-after" in response.headers) == (expected.status in {429, 503})
    return dict(body)
