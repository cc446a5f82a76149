"""No text leaves: a word sent through every route and into every error is in no log, metric, header or problem."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from serving import Served, serving, wait_for

from serve.middleware.access import new_key

CANARY = "zanzibarine"
THOUGHT = f"Day 12 with {CANARY}. I'm a complete {CANARY} failure and I always will be. {CANARY}"
GERMAN = f"Ich habe heute wieder nicht geschlafen und denke nur an {CANARY} und an die Arbeit."
KEY, HASHED = new_key()

BODIES: list[Any] = [
    {
        "entries": [
            {"id": CANARY, "text": THOUGHT},
            {"text": GERMAN},
            {"text": CANARY},
            {"text": f"\x00\x01{CANARY}" * 40},
        ]
    },
    {"entries": [{"text": THOUGHT}], "evidence": False, "probabilities": True, "offset_unit": "utf16"},
    {"entries": [{"text": THOUGHT * 900}]},
    {"entries": [{"text": THOUGHT}] * 65},
    {"entries": [{"text": THOUGHT}], "operating_point": CANARY},
    {"entries": [{"text": THOUGHT}], "labels": [CANARY]},
    {"entries": [{"text": THOUGHT}], "offset_unit": CANARY},
    {"entries": [{"text": THOUGHT}], "evidence": CANARY},
    {"entries": [{"text": [CANARY]}]},
    {"entries": [{"text": {CANARY: CANARY}}]},
    {"entries": [{"text": THOUGHT, CANARY: CANARY}]},
    {"entries": {CANARY: THOUGHT}},
    {CANARY: THOUGHT},
    [CANARY],
    CANARY,
]
RAW: list[bytes] = [
    f'{{"entries": [{{"text": "{CANARY}'.encode(),
    f'{{"entries": [{{"text": "{CANARY}\\ud83d"}}]}}'.encode(),
    f'{{"entries": [{{"text": "{CANARY}'.encode() + b'\xff"}]}',
    THOUGHT.encode(),
    THOUGHT.encode("utf-16"),
    (CANARY * 200_000).encode(),
]
HEADERS: list[dict[str, str]] = [
    {},
    {"Content-Type": f"text/{CANARY}"},
    {"Content-Encoding": CANARY},
    {"X-API-Key": CANARY},
    {"X-API-Key": "", "Authorization": f"Bearer {CANARY}"},
    {"X-API-Key": "", "Authorization": CANARY},
    {
        "X-Request-ID": CANARY,
        "User-Agent": CANARY,
        "Referer": f"https://{CANARY}.example",
        "Origin": f"https://{CANARY}",
    },
    {"Host": f"{CANARY}.example"},
    {"Cookie": f"a={CANARY}", "X-Forwarded-For": CANARY},
]


@pytest.fixture(params=["open", "guarded"], scope="module")
def watched(
    request: pytest.FixtureRequest, small_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server that logs all it ever would, with and without a key."""
    settings = {"keys": f"app={HASHED}", "cors_origins": "https://app.example"} if request.param == "guarded" else {}
    folder = tmp_path_factory.mktemp(request.param)
    with serving(folder, "--model", small_model, log_level="debug", rate_limit="100000/minute", **settings) as served:
        yield served.ready()


def test_nothing_of_what_is_sent_is_told(watched: Served) -> None:
    """The word goes into every field, header, path and query, well formed and not; what is told of it never has it."""
    answers = []
    with watched.client(headers={"X-API-Key": KEY}) as client:
        for body in BODIES:
            answers.append(client.post("/v1/predict", json=body))
        for raw in RAW:
            answers.append(client.post("/v1/predict", content=raw, headers={"Content-Type": "application/json"}))
        for headers in HEADERS:
            answers.append(client.post("/v1/predict", json=BODIES[1], headers=headers))
            answers.append(client.get("/v1/model", headers=headers))
        for path in (
            "livez",
            "readyz",
            "metrics",
            "docs",
            "openapi.json",
            "v1/predict",
            "v1/labels",
            "v1/model",
            "docs/assets",
        ):
            for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
                for url in (f"/{path}?text={CANARY}", f"/{path}/{CANARY}", f"/{CANARY}/{path}#{CANARY}"):
                    answers.append(
                        client.request(method, url, content=None if method in {"GET", "HEAD"} else THOUGHT.encode())
                    )
        raw_requests(watched)
        metrics = client.get("/metrics").text
    statuses = {answer.status_code for answer in answers}
    assert {200, 400, 401, 404, 405, 413, 415, 422} - (
        {401} if "guarded" not in str(watched.out) else set()
    ) <= statuses
    assert 500 not in statuses
    for answer in answers:
        told = answer.text if answer.status_code != 200 else answer.text.replace(f'"id":"{CANARY}"', "")
        assert CANARY not in told + str(answer.headers)
    assert CANARY not in metrics
    assert CANARY not in watched.written()
    assert len(watched.lines()) > len(answers)


def raw_requests(served: Served) -> None:
    """Send what no client library would: a made-up method, no HTTP at all, and bodies that break off."""
    address = urlsplit(served.url)
    head = f"Host: {address.netloc}\r\nX-API-Key: {KEY}\r\nContent-Type: application/json\r\n"
    for request in (
        f"{CANARY.upper()} / HTTP/1.1\r\n{head}\r\n",
        f"GET /{CANARY} HTTP/9.9\r\n{head}\r\n",
        CANARY,
        f"POST /v1/predict HTTP/1.1\r\n{head}Content-Length: {CANARY}\r\n\r\n{THOUGHT}",
        f"POST /v1/predict HTTP/1.1\r\n{head}Content-Length: 5000\r\n\r\n{THOUGHT}",
        f"POST /v1/predict HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
        f"GET /v1/labels HTTP/1.1\r\n{head}Upgrade: {CANARY}\r\nConnection: upgrade\r\n\r\n",
    ):
        with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=60) as connection:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert CANARY.encode() not in answer


def test_a_request_is_told_of_by_sizes_and_counts(server: Served) -> None:
    """The log has one line for a request, with the id of the answer, and its numbers."""
    body = {"entries": [{"text": THOUGHT}, {"text": GERMAN}]}
    with server.client() as client:
        answer = client.post("/v1/predict", json=body)
    request_id = answer.headers["x-request-id"]
    wait_for(lambda: any(line.get("request_id") == request_id for line in server.lines()))
    (line,) = [line for line in server.lines() if line.get("request_id") == request_id]
    assert line["bytes_in"] == len(answer.request.content)
    assert line["bytes_out"] == len(answer.content)
    assert (line["entries"], line["characters"], line["cannot_judge"]) == (2, len(THOUGHT) + len(GERMAN), 1)
    assert line["tags"] == sum(len(entry["tags"]) for entry in answer.json()["entries"])
    assert (line["method"], line["route"], line["status"], line["key"]) == ("POST", "/v1/predict", 200, "local")
    assert line["ms"] > 0


def test_metrics_count(small_model: Path, tmp_path: Path) -> None:
    """Requests, entries, tags by label and what could not be judged are counted, and nothing else."""
    with serving(tmp_path, "--model", small_model) as served:
        served.ready()
        body = {"entries": [{"text": THOUGHT}, {"text": GERMAN}, {"text": "Slept ok, then work."}]}
        answer = httpx.post(f"{served.url}/v1/predict", json=body).json()
        httpx.get(f"{served.url}/{CANARY}")
        lines = httpx.get(f"{served.url}/metrics").text.splitlines()
    numbers = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert numbers['thoughtmark_requests_total{method="POST",route="/v1/predict",status="200"}'] == "1.0"
    assert numbers['thoughtmark_requests_total{method="GET",route="none",status="404"}'] == "1.0"
    assert numbers['thoughtmark_cannot_judge_total{reason="not_english"}'] == "1.0"
    for status in ("tagged", "no_tags", "cannot_judge"):
        assert numbers[f'thoughtmark_entries_total{{status="{status}"}}'] == "1.0"
    for tag in answer["entries"][0]["tags"]:
        assert f'thoughtmark_tags_total{{label="{tag["label"]}"}}' in numbers
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    document = (Path(__file__).parents[1] / "docs" / "serving.md").read_text(encoding="utf-8")
    for name in names:
        plain = name.removesuffix("_created").removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        assert f"`{plain}`" in document or f"`{plain}_total`" in document


def test_every_route_has_its_name_in_logs_and_metrics(server: Served) -> None:
    """Each path of the schema is told apart; all others are one."""
    from serve.logs import route

    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    assert [path for path in paths if route(path) != path] == []
    assert route(f"/{CANARY}") == route(f"/v1/predict/{CANARY}") == "none"
    assert json.dumps(route(f"/docs/{CANARY}")) == '"/docs"'
