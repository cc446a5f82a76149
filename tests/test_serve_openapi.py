"""The OpenAPI description: equal to its copy in docs/, true of the running server, and enough to generate a client."""

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
from helpers.serving import CALM, TAGGED, Served, serving
from pydantic import TypeAdapter

from classifier.taxonomy import Taxonomy
from serve.keys import new_key
from serve.problems import MEDIA_TYPE, PROBLEM_TYPES
from serve.v1 import models

ROOT = Path(__file__).parents[1]
SNAPSHOT = ROOT / "docs" / "reference" / "openapi.json"
CLIENT = Path(sys.prefix) / "client" / "bin"


@pytest.fixture(scope="module")
def schema(server: Served) -> dict[str, Any]:
    """The description that the server returns."""
    answer: dict[str, Any] = httpx.get(f"{server.url}/openapi.json").json()
    return answer


def test_snapshot(schema: dict[str, Any]) -> None:
    """The description equals docs/reference/openapi.json. A change needs a new API version and a note in the changelog.

    `make openapi` writes the file.
    """
    kept = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    if kept != schema:
        assert kept["info"]["version"] != schema["info"]["version"], "the API changed, but its version did not"
    assert kept == schema, "docs/reference/openapi.json is out of date: make openapi"


def test_version_is_noted() -> None:
    """The changelog names the API version."""
    assert f"API version {models.API_VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def has_examples(schema: dict[str, Any], part: dict[str, Any]) -> bool:
    """Return whether a schema, or each of its properties, has an example."""
    if "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
    properties = part.get("properties", {}).values()
    return (
        "examples" in part
        or ("items" in part and has_examples(schema, part["items"]))
        or (bool(properties) and all(has_examples(schema, each) for each in properties))
    )


def test_every_answer_has_an_example(schema: dict[str, Any]) -> None:
    """Each request, answer and problem has an example, in its content or in the schema of its model."""
    assert schema["openapi"].startswith("3.1")
    problems = set()
    for path in schema["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                for media_type, content in answer["content"].items():
                    assert {"example", "examples"} & set(content) or has_examples(schema, content["schema"])
                    assert (media_type == MEDIA_TYPE) == (int(status) >= 400)
                    problems |= set(content.get("examples", ()))
    assert problems >= set(PROBLEM_TYPES) - {"not-found", "method-not-allowed"}  # those belong to no path
    assert schema["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]


def test_examples_are_as_documented(server: Served, schema: dict[str, Any]) -> None:
    """Each example of a request is answered, and each example of an answer is valid, with the fields of a real one."""
    content = schema["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        answer = httpx.post(f"{server.url}/v1/predict", json=example["value"], timeout=60)
        assert answer.status_code == 200
    (example,) = schema["components"]["schemas"]["PredictAnswer"]["examples"]
    assert models.PredictAnswer.model_validate(example).model_dump(exclude_unset=True) == example
    assert set(example) == set(httpx.post(f"{server.url}/v1/predict", json={"entries": [{"text": TAGGED}]}).json())
    for path in ("/livez", "/readyz"):
        content = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        assert content["example"] == httpx.get(server.url + path).json()
    for model in (models.LabelsAnswer, models.LabelOut, models.ModelAnswer, models.Limits):
        for field in model.model_fields.values():
            for value in field.examples or ():
                TypeAdapter(field.annotation).validate_python(value, strict=True)
    assert set(httpx.get(f"{server.url}/v1/labels").json()) == set(models.LabelsAnswer.model_fields)
    assert set(httpx.get(f"{server.url}/v1/model").json()) == set(models.ModelAnswer.model_fields)


def test_description_says_what_it_is_not_for(schema: dict[str, Any]) -> None:
    """The description says that this is not a diagnosis."""
    assert "not a diagnosis" in schema["info"]["description"]


def test_problems_are_documented() -> None:
    """docs/guides/serving.md lists each type of problem."""
    document = (ROOT / "docs" / "guides" / "serving.md").read_text(encoding="utf-8")
    for problem in PROBLEM_TYPES.values():
        assert f"| `{problem.name}` | {problem.status} | {problem.title} | {problem.detail} |" in document


def test_schemathesis(schema: dict[str, Any], small_model: Path, tmp_path: Path) -> None:
    """For all requests that schemathesis generates, the answers are as documented, never 5xx, and need the key."""
    schema = copy.deepcopy(schema)
    properties = schema["components"]["schemas"]["PredictRequest"]["properties"]
    properties["operating_point"]["enum"] = ["balanced", "sensitive"]  # the names depend on the model
    properties["labels"]["anyOf"][0]["items"]["enum"] = list(Taxonomy.load().ids)
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
        assert not [line for line in served.lines() if line.get("event") == "internal error"]


CALLS = f"""
import sys
from thoughtmark_client import Client
from thoughtmark_client.api.default import labels, predict
from thoughtmark_client.models import EntryIn, PredictRequest, PredictRequestOffsetUnit, Problem

client = Client(base_url=sys.argv[1], timeout=60)
body = PredictRequest(
    entries=[EntryIn(text={TAGGED!r}, id="a"), EntryIn(text={CALM!r})],
    offset_unit=PredictRequestOffsetUnit.UTF16,
)
answer = predict.sync(client=client, body=body)
assert [entry.status.value for entry in answer.entries] == ["tagged", "no_tags"], answer
assert answer.entries[0].id == "a" and answer.entries[0].tags[0].evidence[0].weight > 0
assert len(labels.sync(client=client).labels) == 17
problem = predict.sync(client=client, body=PredictRequest(entries=[]))
assert isinstance(problem, Problem) and problem.errors[0].pointer == "#/entries", problem
print("called")
"""


@pytest.mark.skipif(not CLIENT.exists() and "CI" not in os.environ, reason="no generator; `make test` installs it")
def test_generated_client(server: Served, tmp_path: Path) -> None:
    """A client generated from docs/reference/openapi.json, in an environment without thoughtmark, calls the server."""
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
