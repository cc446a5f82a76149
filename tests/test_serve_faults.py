"""What goes wrong around a server: signals, dead workers, broken files, slow and lying clients."""

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
from serving import CALM, TAGGED, Served, serving, wait_for
from test_serve_problems import good, half_sent, in_flight, is_problem, post


def own_copy(model: Path, folder: Path) -> Path:
    """Return a copy of a model, to be spoilt."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "own.thoughtmark"
    copy.write_bytes(model.read_bytes())
    return copy


def test_artifact_is_removed_while_it_is_served(small_model: Path, tmp_path: Path) -> None:
    """What has become of the file is nothing to a server that runs."""
    artifact = own_copy(small_model, tmp_path)
    with serving(tmp_path / "served", "--model", artifact) as served:
        artifact.unlink()
        assert post(served.ready().url, good(TAGGED)).json()["entries"][0]["status"] == "tagged"


def workers(served: Served) -> set[int]:
    """Return the processes that answer for a server."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    return set()


def test_workers_that_die_are_replaced(small_model: Path, tmp_path: Path) -> None:
    """For a worker that is killed comes another, with the model that was checked at the start, and the counts stay."""
    artifact = own_copy(small_model, tmp_path)
    with serving(tmp_path / "served", "--model", artifact, workers=2) as served:
        served.ready()
        before = post(served.url, good(TAGGED)).json()
        artifact.write_bytes(b"garbage" * 1000)
        killed = workers(served)
        assert len(killed) == 2
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(workers(served) - killed) == 2 and served.readiness() == 200, served.process)
        assert post(served.url, good(TAGGED)).json() == before
        counted = 'thoughtmark_requests_total{method="POST",route="/v1/predict",status="200"} 2.0'
        # The one worker counts what it has answered while the other may be asked for the numbers.
        wait_for(lambda: counted in httpx.get(f"{served.url}/metrics").text.splitlines(), served.process)
        assert in_flight(served) == 0


@pytest.mark.parametrize(
    ("workers", "signals"),
    [(1, [signal.SIGTERM]), (2, [signal.SIGTERM]), (1, [signal.SIGINT, signal.SIGTERM])],
    ids=["one worker", "two workers", "twice"],
)
def test_a_signal_loses_no_request(small_model: Path, tmp_path: Path, workers: int, signals: list[int]) -> None:
    """On SIGTERM every request that was accepted is answered in full, and then the server ends; asked twice too."""
    long = good(*[f"{CALM} {TAGGED} " * 100] * 8)
    with serving(tmp_path, "--model", small_model, workers=workers, drain_seconds=0.1) as served:
        served.ready()
        wait_for(lambda: all(post(served.url, good(CALM)).status_code == 200 for _ in range(6)))
        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(post, served.url, long) for _ in range(12)]
            wait_for(lambda: in_flight(served) == 12)
            for number in signals:
                served.process.send_signal(number)
            answers = [answer.result() for answer in asked]
        assert [answer.status_code for answer in answers] == [200] * 12
        assert all(len(answer.json()["entries"]) == 8 for answer in answers)
        served.process.wait(60)
        assert served.readiness() is None
        statuses = [line["status"] for line in served.lines() if line.get("entries") == 8]
        assert statuses == [200] * 12


def test_after_a_signal_it_is_not_ready_and_still_answers(small_model: Path, tmp_path: Path) -> None:
    """While it drains, `/readyz` is 503, requests are answered, and connections are not kept."""
    with serving(tmp_path, "--model", small_model, drain_seconds=600) as served:
        served.ready()
        served.process.send_signal(signal.SIGTERM)
        wait_for(lambda: served.readiness() == 503, served.process)
        is_problem(httpx.get(f"{served.url}/readyz"), "not-ready")
        answer = post(served.url, good(CALM))
        assert answer.status_code == 200
        assert answer.headers["connection"] == "close"
        served.process.send_signal(signal.SIGTERM)  # asked twice
        served.process.wait(60)


def test_many_at_once(server: Served) -> None:
    """Of 200 clients at once each is answered, or told at once to come back, while the probes answer."""
    start = threading.Barrier(201)

    def ask(_: int) -> httpx.Response:
        with server.client() as client:
            start.wait()
            return client.post("/v1/predict", json={"entries": [{"text": TAGGED}]})

    with ThreadPoolExecutor(200) as pool:
        asked = [pool.submit(ask, number) for number in range(200)]
        start.wait()
        assert server.readiness() == 200
        answers = [answer.result() for answer in asked]
    assert {answer.status_code for answer in answers} <= {200, 503}
    served = [answer.json()["entries"] for answer in answers if answer.status_code == 200]
    assert len(served) >= 64
    assert all(entries == served[0] for entries in served)
    for answer in answers:
        if answer.status_code == 503:
            is_problem(answer, "overloaded")
    wait_for(lambda: in_flight(server) == 0)


def test_slow_clients_keep_nobody_waiting(server: Served) -> None:
    """While clients sit in the middle of their requests, others are answered."""
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(half_sent(server))
        wait_for(lambda: in_flight(server) == 20)
        assert post(server.url, good(TAGGED)).status_code == 200
    wait_for(lambda: in_flight(server) == 0)


def test_connection_dropped_in_the_middle_of_the_body(server: Served) -> None:
    """A request whose client goes away before its end is given up, told of in the log, and nobody else notices."""
    gone = sum(line.get("route") == "/v1/predict" and "status" not in line for line in server.lines())
    half_sent(server).close()
    wait_for(
        lambda: sum(line.get("route") == "/v1/predict" and "status" not in line for line in server.lines()) == gone + 1
    )
    assert post(server.url, good(TAGGED)).status_code == 200


def test_client_gone_while_it_is_worked_for(server: Served) -> None:
    """The work of a client that has gone is given up, so that it keeps nobody waiting."""
    long = good(*[f"{CALM} " * 380] * 52)
    address = urlsplit(server.url)
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=60) as connection:
        connection.sendall(f"{head}Content-Length: {len(long)}\r\n\r\n".encode() + long)
        wait_for(lambda: in_flight(server) == 1)
    wait_for(lambda: in_flight(server) == 0)
    line = [line for line in server.lines() if line.get("bytes_in") == len(long)][-1]
    assert "status" not in line
    assert post(server.url, good(TAGGED)).status_code == 200


def exchange(server: Served, *parts: bytes, hang_up: bool = True) -> bytes:
    """Send bytes as they are, and return all that comes back until the connection is closed."""
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def request(server: Served, length: str, body: bytes) -> bytes:
    """Return a request with a header of our own making."""
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\nContent-Type: application/json\r\n"
    return f"{head}{length}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("Content-Length: 9999", b""),  # more than comes: nothing is answered for half a request
        ("Content-Length: 5", b"HTTP/1.1 400"),  # less than comes: what was announced is no JSON
        ("Content-Length: -1", b"HTTP/1.1 400"),
        ("Content-Length: 5\r\nContent-Length: 6", b"HTTP/1.1 400"),
        ("Content-Length: 99999999999999999999999999", b"HTTP/1.1 4"),
        ("Content-Length: 9999999999", b"HTTP/1.1 413"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", b"HTTP/1.1 400"),
        ("Transfer-Encoding: chunked", b"HTTP/1.1 400"),  # and then no chunks
        ("Transfer-Encoding: gzip", b"HTTP/1.1 400"),
    ],
)
def test_a_body_that_lies_about_its_length(server: Served, length: str, status: bytes) -> None:
    """A length that is not that of the body gets the request refused or dropped, and no answer but that."""
    answer = exchange(server, request(server, length, good(TAGGED)))
    assert answer.startswith(status)
    assert b"HTTP/1.1 200" not in answer
    assert bool(answer) == bool(status)
    assert post(server.url, good(TAGGED)).status_code == 200


def test_more_than_was_announced_in_chunks(server: Served) -> None:
    """A body without a length is read to the bound and no further."""

    def endless() -> Iterator[bytes]:
        for _ in range(3_000):
            yield b" " * 1_000

    head = {"Content-Type": "application/json"}
    answer = httpx.post(f"{server.url}/v1/predict", content=endless(), headers=head, timeout=60)
    is_problem(answer, "too-large")


def test_a_request_in_drips(server: Served) -> None:
    """A request that comes byte by byte is read like any other."""
    body = good(CALM)
    whole = request(server, f"Content-Length: {len(body)}\r\nConnection: close", body)
    answer = exchange(server, *(whole[i : i + 1] for i in range(len(whole))), hang_up=False)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["entries"][0]["status"] == "no_tags"
