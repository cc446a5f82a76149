"""The description of the contract: kept in the repository, true of the running server, and enough to make a client."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import CALM, TAGGED, Served, serving

from classifier.taxonomy import Taxonomy
from serve.docs.openapi import MEDIA_TYPE
from serve.middleware.access import new_key
from serve.problems import KINDS
from serve.v1.contract import API_VERSION

ROOT = Path(__file__).parents[1]
SNAPSHOT = ROOT / "docs" / "openapi.json"
CLIENT = Path(sys.prefix) / "client" / "bin"


@pytest.fixture(scope="module")
def schema(server: Served) -> dict[str, Any]:
    """The description that the server gives."""
    answer: dict[str, Any] = httpx.get(f"{server.url}/openapi.json").json()
    return answer


def test_snapshot(schema: dict[str, Any]) -> None:
    """The contract is that of docs/openapi.json; who changes it gives it a new version, and says so in the changelog.

    `make openapi` writes the file again.
    """
    kept = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    if kept != schema:
        assert kept["info"]["version"] != schema["info"]["version"], "the contract changed, and its version did not"
    assert kept == schema, "docs/openapi.json is out of date: make openapi"


def test_version_is_noted() -> None:
    """The changelog names the version of the contract."""
    assert f"API version {API_VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_answer_has_an_example(schema: dict[str, Any]) -> None:
    """OpenAPI 3.1, with an example for each answer and each problem of each path, and for each request."""
    assert schema["openapi"].startswith("3.1")
    told = set()
    for path in schema["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                for media_type, content in answer["content"].items():
                    assert "example" in content or content["examples"]
                    assert (media_type == MEDIA_TYPE) == (int(status) >= 400)
                    told |= set(content.get("examples", ()))
    assert told >= set(KINDS) - {"not-found", "wrong-method"}  # which belong to no path
    assert schema["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]


def test_examples_are_as_documented(server: Served, schema: dict[str, Any]) -> None:
    """Each example of a request is answered, and each example of an answer has the fields of a real one."""
    content = schema["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        answer = httpx.post(f"{server.url}/v1/predict", json=example["value"], timeout=60)
        assert answer.status_code == 200
    for path in ("/v1/predict", "/v1/labels", "/v1/model", "/livez", "/readyz"):
        (method,) = schema["paths"][path]
        example = schema["paths"][path][method]["responses"]["200"]["content"]["application/json"]["example"]
        body = {"entries": [{"text": TAGGED}]} if method == "post" else None
        real = httpx.request(method, server.url + path, json=body, timeout=60).json()
        assert set(example) == set(real)


def test_it_says_what_it_is_not(schema: dict[str, Any]) -> None:
    """Whoever reads only the description reads that this is no diagnosis."""
    assert "not a diagnosis" in schema["info"]["description"]


def test_problems_are_documented() -> None:
    """docs/serving.md has each kind of problem."""
    document = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        assert f"| `{kind.name}` | {kind.status} | {kind.title} | {kind.detail} |" in document


def test_schemathesis(schema: dict[str, Any], small_model: Path, tmp_path: Path) -> None:
    """Whatever schemathesis makes of the description, no answer is a 5xx, all are as documented, and none is open."""
    schema = copy.deepcopy(schema)
    asked = schema["components"]["schemas"]["PredictRequest"]["properties"]
    asked["operating_point"]["enum"] = ["balanced", "sensitive"]  # names are the model's, and not the contract's
    asked["labels"]["anyOf"][0]["items"]["enum"] = list(Taxonomy.load().ids)
    (tmp_path / "openapi.json").write_text(json.dumps(schema), encoding="utf-8")
    key, hashed = new_key()
    options = "--checks all --max-examples 40 --seed 1 --generation-database none --no-color --request-timeout 60"
    with serving(tmp_path, "--model", small_model, keys=f"app={hashed}", rate_limit="1000000/minute") as served:
        served.ready()
        words = [Path(sys.executable).with_name("schemathesis"), "run", "openapi.json", "--url", served.url]
        words += ["--header", f"X-API-Key: {key}", *options.split()]
        checked = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-2000:]
        assert "Tested: 6" in checked.stdout
        assert not [line for line in served.lines() if line.get("event") == "bug"]


CALLS = f"""
import sys
from thoughtmark_client import Client
from thoughtmark_client.api.default import labels, predict
from thoughtmark_client.models import EntryIn, PredictRequest, PredictRequestOffsetUnit, Problem

client = Client(base_url=sys.argv[1], timeout=60)
asked = PredictRequest(
    entries=[EntryIn(text={TAGGED!r}, id="a"), EntryIn(text={CALM!r})],
    offset_unit=PredictRequestOffsetUnit.UTF16,
)
answer = predict.sync(client=client, body=asked)
assert [entry.status.value for entry in answer.entries] == ["tagged", "no_tags"], answer
assert answer.entries[0].id == "a" and answer.entries[0].tags[0].evidence[0].weight > 0
assert len(labels.sync(client=client).labels) == 17
problem = predict.sync(client=client, body=PredictRequest(entries=[]))
assert isinstance(problem, Problem) and problem.errors[0].pointer == "#/entries", problem
print("called")
"""


@pytest.mark.skipif(not CLIENT.exists() and "CI" not in os.environ, reason="no generator; `make test` installs it")
def test_generated_client(server: Served, tmp_path: Path) -> None:
    """A client generated from docs/openapi.json, in an environment without thoughtmark, calls the server."""
    made = subprocess.run(
        [CLIENT / "openapi-python-client", "generate", "--path", SNAPSHOT, "--meta", "none", "--fail-on-warning",
         "--output-path", tmp_path / "thoughtmark_client"],
        capture_output=True, text=True, check=False,
        env=os.environ | {"PATH": f"{CLIENT}{os.pathsep}{os.environ['PATH']}"},  # where it finds its formatter
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    called = subprocess.run(
        [CLIENT / "python", "-c", CALLS, server.url], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert called.stdout.strip() == "called", called.stderr
