"""Faults around the server: signals, dead workers, missing files, slow clients and malformed requests."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from helpers.serving import CALM, JSON, TAGGED, Served, half_sent, is_problem, post, predict_body, serving, wait_for


def copy_of(model: Path, folder: Path) -> Path:
    """Return a copy of a model that the test may damage."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "own.thoughtmark"
    copy.write_bytes(model.read_bytes())
    return copy


def test_artifact_is_removed_while_it_is_served(small_model: Path, tmp_path: Path) -> None:
    """A running server does not need the artifact's file any more."""
    artifact = copy_of(small_model, tmp_path)
    with serving(tmp_path / "served", "--model", artifact) as served:
        artifact.unlink()
        assert post(served.ready().url, predict_body(TAGGED)).json()["entries"][0]["status"] == "tagged"


def workers(served: Served) -> set[int]:
    """Return the process IDs of a server's workers."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    return set()


def counted_predictions(served: Served) -> float:
    """Return how many answered predictions the metrics count."""
    counter = 'thoughtmark_requests_total{method="POST",route="/v1/predict",status="200"} '
    lines = httpx.get(f"{served.url}/metrics").text.splitlines()
    return sum(float(line.removeprefix(counter)) for line in lines if line.startswith(counter))


def test_dead_workers_are_replaced(small_model: Path, tmp_path: Path) -> None:
    """A killed worker is replaced by one with the model checked at the start; the metrics keep their counts."""
    artifact = copy_of(small_model, tmp_path)
    with serving(tmp_path / "served", "--model", artifact, workers=2) as served:
        served.ready()
        before = post(served.url, predict_body(TAGGED)).json()
        wait_for(lambda: counted_predictions(served) == 1, served.process)  # a worker counts after it has answered
        artifact.write_bytes(b"garbage" * 1000)
        killed = workers(served)
        assert len(killed) == 2
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        # uvicorn notices each dead worker after at most 30 seconds (`timeout_worker_healthcheck`).
        wait_for(lambda: len(workers(served) - killed) == 2 and served.readiness() == 200, served.process, seconds=150)
        assert post(served.url, predict_body(TAGGED)).json() == before
        wait_for(lambda: counted_predictions(served) == 2, served.process)
        assert served.in_flight() == 0


@pytest.mark.parametrize(
    ("workers", "signals"),
    [(1, [signal.SIGTERM]), (2, [signal.SIGTERM]), (1, [signal.SIGINT, signal.SIGTERM])],
    ids=["one worker", "two workers", "twice"],
)
def test_a_signal_loses_no_request(small_model: Path, tmp_path: Path, workers: int, signals: list[int]) -> None:
    """After one or two signals, all accepted requests are answered completely, and then the server ends."""
    long = predict_body(*[f"{CALM} {TAGGED} " * 50] * 8)
    settings = {"workers": workers, "drain_seconds": 0.1, "max_seconds": 120}
    with serving(tmp_path, "--model", small_model, **settings) as served:
        served.ready()
        wait_for(lambda: all(post(served.url, predict_body(CALM)).status_code == 200 for _ in range(6)))
        with ThreadPoolExecutor(12) as pool:
            futures = [pool.submit(post, served.url, long) for _ in range(12)]
            wait_for(lambda: served.in_flight() == 12)
            for number in signals:
                served.process.send_signal(number)
            answers = [future.result() for future in futures]
        assert [answer.status_code for answer in answers] == [200] * 12
        assert all(len(answer.json()["entries"]) == 8 for answer in answers)
        served.process.wait(60)
        assert served.readiness() is None
        statuses = [line["status"] for line in served.lines() if line.get("entries") == 8]
        assert statuses == [200] * 12


def test_draining(small_model: Path, tmp_path: Path) -> None:
    """While the server drains, `/readyz` is 503, requests are answered, and connections are closed."""
    with serving(tmp_path, "--model", small_model, drain_seconds=600) as served:
        served.ready()
        served.process.send_signal(signal.SIGTERM)
        wait_for(lambda: served.readiness() == 503, served.process)
        is_problem(httpx.get(f"{served.url}/readyz"), "not-ready")
        answer = post(served.url, predict_body(CALM))
        assert answer.status_code == 200
        assert answer.headers["connection"] == "close"
        served.process.send_signal(signal.SIGTERM)  # a second signal ends the drain
        served.process.wait(60)


def test_many_clients_at_once(server: Served) -> None:
    """Of 200 clients at once, each is answered or refused at once with 503; probes are answered meanwhile."""
    start = threading.Barrier(201)

    def predict(_: int) -> httpx.Response:
        with server.client() as client:
            start.wait()
            return client.post("/v1/predict", json={"entries": [{"text": TAGGED}]})

    with ThreadPoolExecutor(200) as pool:
        futures = [pool.submit(predict, number) for number in range(200)]
        start.wait()
        assert server.readiness() == 200
        answers = [future.result() for future in futures]
    assert {answer.status_code for answer in answers} <= {200, 503}
    accepted = [answer.json()["entries"] for answer in answers if answer.status_code == 200]
    assert len(accepted) >= 64
    assert all(entries == accepted[0] for entries in accepted)
    for answer in answers:
        if answer.status_code == 503:
            is_problem(answer, "overloaded")
    wait_for(lambda: server.in_flight() == 0)


def test_slow_clients_do_not_block_others(server: Served) -> None:
    """While twenty clients have sent half of a request, another one is answered."""
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(half_sent(server))
        wait_for(lambda: server.in_flight() == 20)
        assert post(server.url, predict_body(TAGGED)).status_code == 200
    wait_for(lambda: server.in_flight() == 0)


def test_client_disconnects_while_sending(server: Served) -> None:
    """A request whose client disconnects before the end of the body is logged without a status."""

    def without_status() -> int:
        return sum(line.get("route") == "/v1/predict" and "status" not in line for line in server.lines())

    before = without_status()
    half_sent(server).close()
    wait_for(lambda: without_status() == before + 1)
    assert post(server.url, predict_body(TAGGED)).status_code == 200


def test_client_disconnects_while_waiting(server: Served) -> None:
    """A request whose client disconnects before the answer is cancelled, so that it does not delay others."""
    long = predict_body(*[f"{CALM} " * 380] * 52)
    with server.connect() as connection:
        connection.sendall(request(server, f"Content-Length: {len(long)}", long))
        wait_for(lambda: server.in_flight() == 1)
    wait_for(lambda: server.in_flight() == 0)
    line = [line for line in server.lines() if line.get("bytes_in") == len(long)][-1]
    assert "status" not in line
    assert post(server.url, predict_body(TAGGED)).status_code == 200


def exchange(server: Served, *parts: bytes, half_close: bool = True) -> bytes:
    """Send bytes as they are, and return everything that is answered until the connection is closed."""
    with server.connect() as connection:
        for part in parts:
            connection.sendall(part)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def request(server: Served, headers: str, body: bytes) -> bytes:
    """Return the bytes of a request with some headers as they are."""
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\nContent-Type: {JSON['Content-Type']}"
    return f"{head}\r\n{headers}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: 9999", b""),  # longer than the body: an incomplete request has no answer
        ("Content-Length: 5", b"HTTP/1.1 400"),  # shorter than the body: the first five bytes are not JSON
        ("Content-Length: -1", b"HTTP/1.1 400"),
        ("Content-Length: 5\r\nContent-Length: 6", b"HTTP/1.1 400"),
        ("Content-Length: 99999999999999999999999999", b"HTTP/1.1 4"),
        ("Content-Length: 9999999999", b"HTTP/1.1 413"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", b"HTTP/1.1 400"),
        ("Transfer-Encoding: chunked", b"HTTP/1.1 400"),  # without chunks
        ("Transfer-Encoding: gzip", b"HTTP/1.1 400"),
    ],
)
def test_wrong_content_length(server: Served, headers: str, status: bytes) -> None:
    """A request whose declared length is not that of its body is refused or dropped."""
    answer = exchange(server, request(server, headers, predict_body(TAGGED)))
    assert answer.startswith(status)
    assert b"HTTP/1.1 200" not in answer
    assert bool(answer) == bool(status)
    assert post(server.url, predict_body(TAGGED)).status_code == 200


def test_endless_chunks(server: Served) -> None:
    """A chunked body is read up to the limit and no further."""

    def endless() -> Iterator[bytes]:
        for _ in range(3_000):
            yield b" " * 1_000

    answer = httpx.post(f"{server.url}/v1/predict", content=endless(), headers=JSON, timeout=60)
    is_problem(answer, "request-too-large")


def test_request_byte_by_byte(server: Served) -> None:
    """A request that arrives byte by byte is answered like any other."""
    body = predict_body(CALM)
    whole = request(server, f"Content-Length: {len(body)}\r\nConnection: close", body)
    answer = exchange(server, *(whole[i : i + 1] for i in range(len(whole))), half_close=False)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["entries"][0]["status"] == "no_tags"
