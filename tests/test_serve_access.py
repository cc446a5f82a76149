"""Access: API keys by name, a rate limit for each, and the web origins that may call."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from helpers.serving import CALM, Served, command, environment, is_problem, serving

from serve.keys import hash_of, identify, new_key

KEYS = {name: new_key() for name in ("phone", "web", "busy")}
BODY = {"entries": [{"text": CALM}]}


@pytest.fixture(scope="module")
def guarded(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with three keys, a low rate limit, and one allowed origin."""
    folder = tmp_path_factory.mktemp("guarded")
    hashes = "\n".join(f'{name} = "{hashed}"' for name, (_, hashed) in KEYS.items())
    (folder / "own.toml").write_text(
        f'rate_limit = "30/minute; 40/hour"\ncors_origins = ["https://app.example"]\n[keys]\n{hashes}\n',
        encoding="utf-8",
    )
    with serving(folder, "--model", small_model, "--settings", folder / "own.toml", log_level="debug") as served:
        yield served.ready()


def header(name: str) -> dict[str, str]:
    """Return the header with a key."""
    return {"X-API-Key": KEYS[name][0]}


@pytest.mark.parametrize(
    "path", ["/v1/predict", "/v1/labels", "/v1/model", "/metrics", "/nothing", "/livezz/../metrics"]
)
def test_without_a_key(guarded: Served, path: str) -> None:
    """Routes about the model or its use need a key. So do unknown paths, so that nobody can probe for routes."""
    for headers in (
        {},
        {"X-API-Key": "tm_wrong"},
        {"Authorization": "Bearer tm_wrong"},
        {"X-API-Key": ""},
        {"X-API-Key": "é"},
    ):
        encoded = [(name, value.encode()) for name, value in headers.items()]
        response = httpx.request("POST" if "predict" in path else "GET", guarded.url + path, headers=encoded)
        is_problem(response, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/openapi.json", "/docs", "/docs/start.js"])
def test_probes_and_documentation_are_open(guarded: Served, path: str) -> None:
    """Probes and documentation need no key."""
    assert httpx.get(guarded.url + path).status_code == 200


def test_with_a_key(guarded: Served) -> None:
    """Each key is accepted in either header. Logs hold the key's name, but never keys or hashes."""
    for name in ("phone", "web"):
        for headers in (
            header(name),
            {"Authorization": f"Bearer {KEYS[name][0]}"},
            {"authorization": f"bearer {KEYS[name][0]}"},
        ):
            assert httpx.post(f"{guarded.url}/v1/predict", json=BODY, headers=headers).status_code == 200
    logged = {line.get("key") for line in guarded.lines() if line.get("route") == "/v1/predict"}
    assert {"phone", "web"} <= logged
    metrics = httpx.get(f"{guarded.url}/metrics", headers=header("phone")).text
    for key, hashed in KEYS.values():
        assert key not in guarded.output() + metrics
        assert hashed not in guarded.output() + metrics
    assert "phone" not in metrics


def test_rate_limit_of_a_key(guarded: Served) -> None:
    """A key that exceeds its rate is answered with 429 until Retry-After; other keys and probes are not affected."""
    with guarded.client(headers=header("busy")) as client:
        statuses = [client.get("/v1/labels").status_code for _ in range(30)]
        assert statuses == [200] * 30
        refused = client.get("/v1/labels")
    is_problem(refused, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert httpx.get(f"{guarded.url}/v1/labels", headers=header("web")).status_code == 200
    assert httpx.get(f"{guarded.url}/livez").status_code == 200


def test_cors(guarded: Served, server: Served) -> None:
    """Only pages of an allowed origin may read answers and problems; by default no page may."""
    for origin, allowed in (("https://app.example", "https://app.example"), ("https://other.example", None)):
        preflight_headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key",
        }
        preflight = httpx.options(f"{guarded.url}/v1/predict", headers=preflight_headers)
        assert preflight.headers.get("access-control-allow-origin") == allowed
        for headers in (header("web"), {}):
            response = httpx.post(f"{guarded.url}/v1/predict", json=BODY, headers={"Origin": origin, **headers})
            assert response.headers.get("access-control-allow-origin") == allowed
    for method in ("OPTIONS", "GET"):
        response = httpx.request(method, f"{server.url}/v1/labels", headers={"Origin": "https://app.example"})
        assert "access-control-allow-origin" not in response.headers


def test_removed_key_is_not_accepted() -> None:
    """A key whose hash is removed is unknown; the other keys stay valid."""
    hashes = {name: hashed for name, (_, hashed) in KEYS.items()}
    assert identify(KEYS["web"][0].encode(), hashes) == "web"
    del hashes["web"]
    assert identify(KEYS["web"][0].encode(), hashes) is None
    assert identify(KEYS["phone"][0].encode(), hashes) == "phone"


def test_keys_are_long_and_unique() -> None:
    """A key has 256 random bits, and is not part of its hash."""
    keys = {new_key()[0] for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 43 and key not in hash_of(key.encode()) for key in keys)


def test_new_key_works(small_model: Path, tmp_path: Path) -> None:
    """A server with the variable that `--new-key` prints accepts the key that it prints."""
    printed = subprocess.run(
        command("--new-key", "app"), capture_output=True, text=True, check=True, env=environment({})
    )
    key = next(line.strip() for line in printed.stdout.splitlines() if line.startswith("  tm_"))
    variable = next(line.strip() for line in printed.stdout.splitlines() if "THOUGHTMARK_KEYS=" in line)
    with serving(tmp_path, "--model", small_model, keys=variable.removeprefix("THOUGHTMARK_KEYS=")) as served:
        served.ready()
        assert httpx.get(f"{served.url}/v1/model", headers={"X-API-Key": key}).status_code == 200
        is_problem(httpx.get(f"{served.url}/v1/model"), "unauthorized")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_other_machines_need_a_key(host: str) -> None:
    """Without a key, an address that other machines reach stops the start with one sentence that says what to do."""
    refused = subprocess.run(command("--host", host), capture_output=True, text=True, check=False, env=environment({}))
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "no API key" in refused.stderr
    assert "--new-key" in refused.stderr
