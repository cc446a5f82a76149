"""Limits: sizes of a request, requests in progress, waiting text, and seconds per request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from helpers.serving import CALM, JSON, Served, half_sent, is_problem, post, predict_body, serving, wait_for

from serve.problems import PROBLEM_TYPES


@pytest.fixture(scope="module")
def limited(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with low limits."""
    limits = {"max_body_bytes": 2048, "max_entries": 3, "max_text_length": 100, "max_concurrent": 2, "max_seconds": 2}
    with serving(tmp_path_factory.mktemp("limited"), "--model", small_model, **limits) as served:
        yield served.ready()


@pytest.mark.parametrize("unit", ["a", "é", "🙂"])
def test_length_of_text(limited: Served, unit: str) -> None:
    """A text at the limit is accepted, and one code point more is 413, however many bytes it has."""
    assert post(limited.url, predict_body(unit * 100)).status_code == 200
    problem = is_problem(post(limited.url, predict_body("a", unit * 101)), "request-too-large")
    assert problem["errors"] == [{"pointer": "#/entries/1/text", "detail": "has 101 code points, expected at most 100"}]


def test_number_of_entries(limited: Served) -> None:
    """As many entries as the limit are accepted, and one more is 413."""
    assert post(limited.url, predict_body(*"abc")).status_code == 200
    problem = is_problem(post(limited.url, predict_body(*"abcd")), "request-too-large")
    assert problem["errors"] == [{"pointer": "#/entries", "detail": "has 4 entries, expected at most 3"}]


def test_default_number_of_entries(server: Served) -> None:
    """By default, 64 entries are accepted, and 65 are 413."""
    assert len(post(server.url, predict_body(*["a"] * 64)).json()["entries"]) == 64
    is_problem(post(server.url, predict_body(*["a"] * 65)), "request-too-large")


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_size_of_body(limited: Served, chunked: bool) -> None:
    """A body at the limit is accepted, and one byte more is 413, whether its length is declared or it is chunked."""

    def send(size: int) -> httpx.Response:
        body = predict_body(CALM).ljust(size)
        content: Any = iter([body[: size // 2], body[size // 2 :]]) if chunked else body
        return httpx.post(f"{limited.url}/v1/predict", content=content, headers=JSON, timeout=60)

    assert send(2048).status_code == 200
    for size in (2049, 300_000):
        assert is_problem(send(size), "request-too-large")["errors"][0]["pointer"] == "#"


def test_requests_in_progress(limited: Served) -> None:
    """If as many requests as the limit are in progress, the next one is 503 at once, and probes are still answered."""
    with half_sent(limited), half_sent(limited):
        wait_for(lambda: limited.in_flight() == 2)
        is_problem(post(limited.url, predict_body(CALM)), "overloaded")
        assert httpx.get(f"{limited.url}/livez").status_code == 200
        assert limited.readiness() == 200
    wait_for(lambda: limited.in_flight() == 0)
    assert post(limited.url, predict_body(CALM)).status_code == 200


def test_slow_body(limited: Served) -> None:
    """A body that does not arrive in time is 408, and the connection is closed."""
    with half_sent(limited) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["type"] == PROBLEM_TYPES["request-timeout"].uri


def test_slow_processing(small_model: Path, tmp_path: Path) -> None:
    """A request that is not processed in time is 503, and later requests are answered."""
    with serving(tmp_path, "--model", small_model, max_seconds=0.2, max_text_length=200_000) as served:
        served.ready()
        is_problem(post(served.url, predict_body(*[f"{CALM} " * 3_000] * 6)), "processing-timeout")
        wait_for(lambda: post(served.url, predict_body(CALM)).status_code == 200)


def test_waiting_text(small_model: Path, tmp_path: Path) -> None:
    """A request that exceeds the limit of waiting text is 503, unless no other request waits."""
    long = predict_body(*[f"{CALM} " * 300] * 16)
    with serving(tmp_path, "--model", small_model, max_waiting_characters=1_000) as served:
        served.ready()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: post(served.url, long), range(4)))
        assert {answer.status_code for answer in answers} == {200, 503}
        assert post(served.url, predict_body(CALM)).status_code == 200
        refused = [line for line in served.lines() if line.get("status") == 503 and line.get("route") == "/v1/predict"]
        assert {line["problem"] for line in refused} == {"overloaded"}
