"""Privacy: a word sent to every route and into every error appears in no log, metric, header or problem."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from helpers.serving import CANARY, GERMAN, Served, serving, wait_for

from serve.keys import new_key

THOUGHT = f"Day 12 with {CANARY}. I'm a complete {CANARY} failure and I always will be. {CANARY}"
GERMAN_CANARY = f"{GERMAN} {CANARY}"
KEY, HASHED = new_key()

BODIES: list[Any] = [
    {
        "entries": [
            {"id": CANARY, "text": THOUGHT},
            {"text": GERMAN_CANARY},
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
    """A server that logs at level debug, with and without a key."""
    settings = {"keys": f"app={HASHED}", "cors_origins": "https://app.example"} if request.param == "guarded" else {}
    folder = tmp_path_factory.mktemp(request.param)
    with serving(folder, "--model", small_model, log_level="debug", rate_limit="100000/minute", **settings) as served:
        yield served.ready()


def test_nothing_that_is_sent_comes_back(watched: Served) -> None:
    """The word is sent in every field, header, path and query, well-formed or not, and appears in no output."""
    answers = []
    with watched.client(headers={"X-API-Key": KEY}) as client:
        for body in BODIES:
            answers.append(client.post("/v1/predict", json=body))
        for raw in RAW:
            answers.append(client.post("/v1/predict", content=raw, headers={"Content-Type": "application/json"}))
        for headers in HEADERS:
            answers.append(client.post("/v1/predict", json=BODIES[1], headers=headers))
            answers.append(client.get("/v1/model", headers=headers))
        for path in "livez readyz metrics docs openapi.json v1/predict v1/labels v1/model docs/assets".split():
            for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
                for url in (f"/{path}?text={CANARY}", f"/{path}/{CANARY}", f"/{CANARY}/{path}#{CANARY}"):
                    answers.append(
                        client.request(method, url, content=None if method in {"GET", "HEAD"} else THOUGHT.encode())
                    )
        raw_requests(watched)
        metrics = client.get("/metrics").text
    statuses = {answer.status_code for answer in answers}
    unauthorized = {401} if "guarded" in str(watched.out) else set()
    assert {200, 400, 404, 405, 413, 415, 422} | unauthorized <= statuses
    assert 500 not in statuses
    for answer in answers:
        text = answer.text if answer.status_code != 200 else answer.text.replace(f'"id":"{CANARY}"', "")
        assert CANARY not in text + str(answer.headers)
    assert CANARY not in metrics
    assert CANARY not in watched.output()
    assert len(watched.lines()) > len(answers)


def raw_requests(served: Served) -> None:
    """Send what no client library sends: a made-up method, something other than HTTP, and incomplete bodies."""
    head = f"Host: {urlsplit(served.url).netloc}\r\nX-API-Key: {KEY}\r\nContent-Type: application/json\r\n"
    for request in (
        f"{CANARY.upper()} / HTTP/1.1\r\n{head}\r\n",
        f"GET /{CANARY} HTTP/9.9\r\n{head}\r\n",
        CANARY,
        f"POST /v1/predict HTTP/1.1\r\n{head}Content-Length: {CANARY}\r\n\r\n{THOUGHT}",
        f"POST /v1/predict HTTP/1.1\r\n{head}Content-Length: 5000\r\n\r\n{THOUGHT}",
        f"POST /v1/predict HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
        f"GET /v1/labels HTTP/1.1\r\n{head}Upgrade: {CANARY}\r\nConnection: upgrade\r\n\r\n",
    ):
        with served.connect() as connection:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert CANARY.encode() not in answer


def test_access_log(server: Served) -> None:
    """The log has one line per request, with the request ID of the answer, and sizes and counts."""
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


def test_metrics(small_model: Path, tmp_path: Path) -> None:
    """Requests, entries, tags by label and entries not judged are counted; docs/guides/serving.md lists them."""
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
    document = (Path(__file__).parents[1] / "docs" / "guides" / "serving.md").read_text(encoding="utf-8")
    for name in names:
        plain = name.removesuffix("_created").removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        assert f"`{plain}`" in document or f"`{plain}_total`" in document
