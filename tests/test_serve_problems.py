"""Problems: each faulty request gets its status and stable type, the place of the fault, and never what was sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx
import pytest
from helpers.serving import CALM, CANARY, Served, is_problem, post, predict_body, running, serving, wait_for


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        CANARY.encode(),
        b'{"entries": [{"text": NaN}]}',
        b'{"entries": [{"text": "\xff\xfe"}]}',
        predict_body(CALM).decode().encode("utf-16"),
        b'{"entries": [{"text": "\\ud83d"}]}',
        b"[" * 50_000 + b"]" * 50_000,
        b'{"entries":' * 20_000 + b"1" + b"}" * 20_000,
        b"1" * 10_000,
    ],
    ids=[
        "empty",
        "broken",
        "word",
        "nan",
        "not utf-8",
        "utf-16",
        "lone surrogate",
        "nested lists",
        "nested objects",
        "long number",
    ],
)
def test_invalid_json(server: Served, content: bytes) -> None:
    """A body that is not JSON in UTF-8, or nested too deep, is 400."""
    is_problem(post(server.url, content), "invalid-json")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], ["#"]),
        ({}, ["#/entries"]),
        ({"entries": []}, ["#/entries"]),
        ({"entries": CANARY}, ["#/entries"]),
        ({"entries": [CANARY]}, ["#/entries/0"]),
        ({"entries": [{"text": "a"}, {"id": CANARY}]}, ["#/entries/1/text"]),
        ({"entries": [{"text": 5}]}, ["#/entries/0/text"]),
        ({"entries": [{"text": "a", "id": 5}]}, ["#/entries/0/id"]),
        ({"entries": [{"text": "a", CANARY: 1}]}, ["#/entries/0"]),
        ({"entries": [{"text": "a"}], CANARY: CANARY}, ["#"]),
        ({"entries": [{"text": "a"}], "operating_point": CANARY}, ["#/operating_point"]),
        ({"entries": [{"text": "a"}], "labels": []}, ["#/labels"]),
        ({"entries": [{"text": "a"}], "labels": ["denial", CANARY]}, ["#/labels/1"]),
        ({"entries": [{"text": "a"}], "evidence": "yes"}, ["#/evidence"]),
        ({"entries": [{"text": "a"}], "offset_unit": CANARY}, ["#/offset_unit"]),
        ({"entries": [{"text": 5}, {"text": None}]}, ["#/entries/0/text", "#/entries/1/text"]),
    ],
)
def test_invalid_body(server: Served, body: object, pointers: list[str]) -> None:
    """Each field at fault is named by its JSON pointer, with what was expected, and without what was sent."""
    problem = is_problem(post(server.url, json.dumps(body).encode()), "invalid-body")
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert all(error["detail"] for error in problem["errors"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/{CANARY}",
        "/v1/predict/",
        f"/v1/{CANARY}",
        "/docs/assets/../../settings.py",
        f"/docs/assets/{CANARY}",
        f"/docs/{CANARY}",
    ],
)
def test_not_found(server: Served, path: str) -> None:
    """A path that no route matches is 404, also with one slash too many."""
    is_problem(httpx.get(server.url + path), "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/v1/predict", "POST"), ("DELETE", "/v1/labels", "GET")]
)
def test_method_not_allowed(server: Served, method: str, path: str, allowed: str) -> None:
    """A method that a path does not support is 405, and the Allow header lists those that it supports."""
    response = httpx.request(method, server.url + path)
    is_problem(response, "method-not-allowed")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": f"application/{CANARY}"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "br, gzip"},
        {"Content-Type": ""},
    ],
)
def test_unsupported_media_type(server: Served, headers: dict[str, str]) -> None:
    """Only uncompressed JSON is accepted, because a compressed body could unpack to any size."""
    is_problem(post(server.url, predict_body(CALM), headers), "unsupported-media-type")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_spellings_of_the_media_type(server: Served, media_type: str) -> None:
    """The media type is accepted in any case and with its charset, as in RFC 9110."""
    assert post(server.url, predict_body(CALM), {"Content-Type": media_type}).status_code == 200


def test_invalid_host(server: Served) -> None:
    """Without a key, only loopback names are accepted as Host, which stops DNS rebinding from web pages."""
    is_problem(httpx.get(f"{server.url}/v1/model", headers={"Host": f"{CANARY}.example"}), "invalid-host")
    port = server.url.rsplit(":", 1)[1]
    assert httpx.get(f"{server.url}/livez", headers={"Host": f"localhost:{port}"}).status_code == 200


FAULTY = f"""
import sys, uvicorn
from pathlib import Path
from classifier import Classifier
from serve import logs
from serve.app import create_app
from serve.settings import load

class Faulty(Classifier):
    def tag_many(self, texts, options):
        if any("{CANARY}" in text for text in texts):
            raise ValueError("the text was " + " ".join(texts))
        return super().tag_many(texts, options)

settings = load(model=Path(sys.argv[1]), log_level="debug", drain_seconds=0)
app = create_app(settings, load=lambda: Faulty.load(settings.model))
config = uvicorn.Config(app, port=0, log_config=logs.config("debug"), access_log=False)
listener = config.bind_socket()
print("http://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
uvicorn.Server(config).run(sockets=[listener])
"""


def test_internal_error(small_model: Path, tmp_path: Path) -> None:
    """An exception whose message quotes the text becomes 500; the log has its location without the text."""
    with running(tmp_path, [sys.executable, "-c", FAULTY, str(small_model)], {}) as served:
        served.ready()
        problem = is_problem(post(served.url, predict_body(CANARY)), "internal-error")
        assert set(problem) == {"type", "title", "status", "detail", "request_id"}
        assert post(served.url, predict_body(CALM)).status_code == 200
        (line,) = [line for line in served.lines() if line.get("event") == "internal error"]
        assert (line["request_id"], line["error"]) == (problem["request_id"], "ValueError")
        assert any("tag_many" in location for location in line["at"])
        assert CANARY not in served.output()


def test_not_ready_until_loaded(small_model: Path, tmp_path: Path) -> None:
    """Until the model is loaded, `/livez` is 200 and `/readyz` is 503 with Retry-After."""
    problems = []
    with serving(tmp_path, "--model", small_model) as served:
        wait_for(lambda: served.readiness() is not None, served.process)
        while (response := httpx.get(f"{served.url}/readyz")).status_code != 200:
            problems.append(is_problem(response, "not-ready"))
            assert httpx.get(f"{served.url}/livez").status_code == 200
        assert post(served.url, predict_body(CALM)).status_code == 200
        refused = [line for line in served.lines() if line.get("problem") == "not-ready"]
    assert len(refused) >= len(problems) > 0
