"""Every problem that the endpoint can tell of: its status, its stable type, its place, and never what was sent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import CALM, Served, environment, serving, wait_for

from serve.problems import KINDS, MEDIA_TYPE

JSON = {"Content-Type": "application/json"}
WORD = "zanzibarine"


def good(*texts: str) -> bytes:
    """Return a body that asks for tags."""
    return json.dumps({"entries": [{"text": text} for text in texts]}).encode()


def is_problem(response: httpx.Response, name: str) -> dict[str, Any]:
    """Check that an answer is a problem of a kind, and return it."""
    kind, body = KINDS[name], response.json()
    assert response.status_code == kind.status
    assert response.headers["content-type"] == MEDIA_TYPE
    assert (body["type"], body["title"], body["status"]) == (kind.type, kind.title, kind.status)
    assert body["request_id"] == response.headers["x-request-id"]
    assert WORD not in response.text + str(response.headers)
    assert ("retry-after" in response.headers) == (kind.status in {429, 503})
    return dict(body)


def post(url: str, content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask for tags with just these bytes."""
    return httpx.post(f"{url}/v1/predict", content=content, headers=JSON | (headers or {}), timeout=60)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        WORD.encode(),
        b'{"entries": [{"text": NaN}]}',
        b'{"entries": [{"text": "\xff\xfe"}]}',
        good(CALM).decode().encode("utf-16"),
        b'{"entries": [{"text": "\\ud83d"}]}',
        b"[" * 50_000 + b"]" * 50_000,
        b'{"entries":' * 20_000 + b"1" + b"}" * 20_000,
    ],
    ids=[
        "empty",
        "broken",
        "word",
        "nan",
        "no utf-8",
        "utf-16",
        "half a pair",
        "nested",
        "nested objects",
    ],
)
def test_what_is_not_json(server: Served, content: bytes) -> None:
    """A body that is not JSON in UTF-8, or nested without end, is 400."""
    is_problem(post(server.url, content), "not-json")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], ["#"]),
        ({}, ["#/entries"]),
        ({"entries": []}, ["#/entries"]),
        ({"entries": WORD}, ["#/entries"]),
        ({"entries": [WORD]}, ["#/entries/0"]),
        ({"entries": [{"text": "a"}, {"id": WORD}]}, ["#/entries/1/text"]),
        ({"entries": [{"text": 5}]}, ["#/entries/0/text"]),
        ({"entries": [{"text": "a", "id": 5}]}, ["#/entries/0/id"]),
        ({"entries": [{"text": "a", WORD: 1}]}, ["#/entries/0"]),
        ({"entries": [{"text": "a"}], WORD: WORD}, ["#"]),
        ({"entries": [{"text": "a"}], "operating_point": WORD}, ["#/operating_point"]),
        ({"entries": [{"text": "a"}], "labels": []}, ["#/labels"]),
        ({"entries": [{"text": "a"}], "labels": ["denial", WORD]}, ["#/labels/1"]),
        ({"entries": [{"text": "a"}], "evidence": "yes"}, ["#/evidence"]),
        ({"entries": [{"text": "a"}], "offset_unit": WORD}, ["#/offset_unit"]),
        ({"entries": [{"text": 5}, {"text": None}]}, ["#/entries/0/text", "#/entries/1/text"]),
    ],
)
def test_what_is_not_as_documented(server: Served, body: object, pointers: list[str]) -> None:
    """Each field at fault is named by its place, with what was expected, and without what was sent."""
    problem = is_problem(post(server.url, json.dumps(body).encode()), "wrong-values")
    assert [fault["pointer"] for fault in problem["errors"]] == pointers
    assert all(fault["detail"] for fault in problem["errors"])


def test_a_number_without_end(server: Served) -> None:
    """A number of ten thousand digits is read no further than that."""
    is_problem(post(server.url, b"1" * 10_000), "not-json")


def test_nothing_there(server: Served) -> None:
    """A path that is not served is 404, be there a slash too many or a word."""
    for path in (
        "/",
        f"/{WORD}",
        "/v1/predict/",
        f"/v1/{WORD}",
        "/docs/assets/../../settings.py",
        f"/docs/assets/{WORD}",
    ):
        is_problem(httpx.get(server.url + path), "not-found")


def test_wrong_method(server: Served) -> None:
    """A method that a path does not take is 405, and the header Allow says which it takes."""
    for method, path, allowed in (("GET", "/v1/predict", "POST"), ("DELETE", "/v1/labels", "GET")):
        response = httpx.request(method, server.url + path)
        is_problem(response, "wrong-method")
        assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": f"application/{WORD}"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "br, gzip"},
        {"Content-Type": ""},
    ],
)
def test_wrong_media_type(server: Served, headers: dict[str, str]) -> None:
    """Nothing but plain JSON is read; compressed bodies are not, so none can unpack to more than it seems."""
    is_problem(post(server.url, good(CALM), headers), "wrong-media-type")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_json_by_other_names(server: Served, media_type: str) -> None:
    """The media type is read as RFC 9110 has it, whatever its case and with the charset named."""
    assert post(server.url, good(CALM), {"Content-Type": media_type}).status_code == 200


def test_another_host(server: Served) -> None:
    """Without a key, a name that only points at this machine is refused, so that no web page can read along."""
    is_problem(httpx.get(f"{server.url}/v1/model", headers={"Host": f"{WORD}.example"}), "wrong-host")
    port = server.url.rsplit(":", 1)[1]
    assert httpx.get(f"{server.url}/livez", headers={"Host": f"localhost:{port}"}).status_code == 200


@pytest.fixture(scope="module")
def narrow(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with low bounds."""
    limits = {"max_body_bytes": 2048, "max_entries": 3, "max_text_length": 100, "max_concurrent": 2, "max_seconds": 2}
    with serving(tmp_path_factory.mktemp("narrow"), "--model", small_model, **limits) as served:
        yield served.ready()


@pytest.mark.parametrize("unit", ["a", "é", "🙂"])
def test_length_of_text(narrow: Served, unit: str) -> None:
    """A text of just the length is read, and one code point more is 413, whatever it weighs in bytes."""
    assert post(narrow.url, good(unit * 100)).status_code == 200
    problem = is_problem(post(narrow.url, good("a", unit * 101)), "too-large")
    assert problem["errors"] == [{"pointer": "#/entries/1/text", "detail": "has 101 code points, expected at most 100"}]


def test_number_of_entries(narrow: Served) -> None:
    """Just as many entries are read, and one more is 413."""
    assert post(narrow.url, good(*"abc")).status_code == 200
    problem = is_problem(post(narrow.url, good(*"abcd")), "too-large")
    assert problem["errors"] == [{"pointer": "#/entries", "detail": "has 4 entries, expected at most 3"}]


def test_number_of_entries_by_default(server: Served) -> None:
    """Of 64 entries each is answered, and 65 are 413."""
    assert len(post(server.url, good(*["a"] * 64)).json()["entries"]) == 64
    is_problem(post(server.url, good(*["a"] * 65)), "too-large")


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_size_of_body(narrow: Served, chunked: bool) -> None:
    """A body of just the size is read, and one byte more is 413, declared or in chunks, however large."""

    def send(size: int) -> httpx.Response:
        body = good(CALM).ljust(size)
        content: Any = iter([body[: size // 2], body[size // 2 :]]) if chunked else body
        return httpx.post(f"{narrow.url}/v1/predict", content=content, headers=JSON, timeout=60)

    assert send(2048).status_code == 200
    for size in (2049, 300_000):
        assert is_problem(send(size), "too-large")["errors"][0]["pointer"] == "#"


def half_sent(server: Served) -> socket.socket:
    """Open a request, and leave it in the middle of its body."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n"
    connection.sendall(head.encode() + b'{"entries"')
    return connection


def in_flight(server: Served) -> float:
    """Return how many requests are under way, this one left out."""
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("thoughtmark_in_flight ")) - 1


def test_overload_is_answered_at_once(narrow: Served) -> None:
    """Where as many requests are under way as are served, the next is 503, and the probes are answered all the same."""
    with half_sent(narrow), half_sent(narrow):
        wait_for(lambda: in_flight(narrow) == 2)
        is_problem(post(narrow.url, good(CALM)), "overloaded")
        assert httpx.get(f"{narrow.url}/livez").status_code == 200
        assert narrow.readiness() == 200
    wait_for(lambda: in_flight(narrow) == 0)
    assert post(narrow.url, good(CALM)).status_code == 200


def test_slow_body(narrow: Served) -> None:
    """A body that does not come in time is 408, and the connection is closed."""
    with half_sent(narrow) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["type"] == KINDS["too-slow-body"].type


def test_slow_work(small_model: Path, tmp_path: Path) -> None:
    """Work that is not done in time is 503, and the next request is answered."""
    with serving(tmp_path, "--model", small_model, max_seconds=0.2, max_text_length=200_000) as served:
        served.ready()
        is_problem(post(served.url, good(*[f"{CALM} " * 3_000] * 6)), "too-slow")
        wait_for(lambda: post(served.url, good(CALM)).status_code == 200)


def test_too_much_waiting(small_model: Path, tmp_path: Path) -> None:
    """A request that would wait behind more than may wait is 503; one that has nothing before it is taken."""
    long = good(*[f"{CALM} " * 300] * 16)
    with serving(tmp_path, "--model", small_model, max_waiting_characters=1_000) as served:
        served.ready()
        with served.client() as client:
            statuses = [*_together(served, 4, long)]
            assert set(statuses) == {200, 503}
            assert client.post("/v1/predict", content=good(CALM), headers=JSON).status_code == 200
        refused = [line for line in served.lines() if line.get("status") == 503 and line.get("route") == "/v1/predict"]
        assert {line["problem"] for line in refused} == {"overloaded"}


def _together(served: Served, number: int, content: bytes) -> Iterator[int]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(number) as pool:
        for answer in pool.map(lambda _: post(served.url, content), range(number)):
            yield answer.status_code


FAULTY = f"""
import sys, uvicorn
from pathlib import Path
from classifier import Classifier
from serve import logs
from serve.app import create_app
from serve.settings import load

class Faulty(Classifier):
    def tag_many(self, texts, **options):
        if any("{WORD}" in text for text in texts):
            raise ValueError("the text was " + " ".join(texts))
        return super().tag_many(texts, **options)

settings = load(model=Path(sys.argv[1]), log_level="debug", drain_seconds=0)
app = create_app(settings, load=lambda: Faulty.load(settings.model))
config = uvicorn.Config(app, port=0, log_config=logs.config("debug"), access_log=False)
listening = config.bind_socket()
print("http://127.0.0.1:%d" % listening.getsockname()[1], flush=True)
uvicorn.Server(config).run(sockets=[listening])
"""


def test_a_bug(small_model: Path, tmp_path: Path) -> None:
    """A bug, though its exception quotes the text, gives 500 with an id, and in the log the place without the words."""
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", FAULTY, str(small_model)], stdout=stdout, stderr=stderr, env=environment({})
        )
    try:
        wait_for(lambda: "http" in out.read_text(), process)
        served = Served(out.read_text().strip(), process, out, err).ready()
        problem = is_problem(post(served.url, good(WORD)), "bug")
        assert set(problem) == {"type", "title", "status", "detail", "request_id"}
        assert post(served.url, good(CALM)).status_code == 200
        (bug,) = [line for line in served.lines() if line.get("event") == "bug"]
        assert (bug["request_id"], bug["error"]) == (problem["request_id"], "ValueError")
        assert any("tag_many" in place for place in bug["at"])
        assert WORD not in served.written()
    finally:
        process.terminate()
        process.wait(60)


def test_not_ready_until_loaded(small_model: Path, tmp_path: Path) -> None:
    """Until the model is loaded the process is alive and not ready, and asks to be tried again."""
    seen = []
    with serving(tmp_path, "--model", small_model) as served:
        wait_for(lambda: served.readiness() is not None, served.process)
        while (response := httpx.get(f"{served.url}/readyz")).status_code != 200:
            seen.append(is_problem(response, "not-ready"))
            assert httpx.get(f"{served.url}/livez").status_code == 200
        assert post(served.url, good(CALM)).status_code == 200
        refused = [line for line in served.lines() if line.get("problem") == "not-ready"]
    assert len(refused) >= len(seen) > 0
