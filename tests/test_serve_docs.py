"""What an app developer reads: the README's calls work unchanged, and the documentation page works offline."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from helpers.serving import Served, command, environment, serving

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## For app developers: the endpoint\n")[1].split("\n## ")[0]
CALLS, OTHERS = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def default_server(default_model: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as `make serve` starts it, with the default model."""
    with serving(tmp_path_factory.mktemp("default")) as served:
        yield served.ready()


def curl(call: str) -> dict[str, object]:
    """Run a call of curl in a shell; return the JSON that it prints."""
    done = subprocess.run(
        ["bash", "-c", call.replace("curl", "curl -sS", 1)], capture_output=True, text=True, check=True
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed")
def test_calls_of_the_readme(default_server: Served) -> None:
    """Each call in the README is answered."""
    calls = re.split(r"\n(?=curl)", CALLS.replace("http://127.0.0.1:8000", default_server.url))
    predicted, labels, model = map(curl, calls)
    assert predicted["entries"][0]["status"] == "tagged"  # type: ignore[index]
    assert "labels" in labels
    assert "not_for" in model
    fields = re.search(r"```\n(\{\"model.*)\n```", SECTION)
    assert fields is not None
    assert set(re.findall(r'"(\w+)"', fields[1])) == {*predicted, *predicted["entries"][0]}  # type: ignore[index]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed")
def test_call_printed_at_start(default_server: Served) -> None:
    """The call and the address of the documentation that the server prints at start work."""
    printed = default_server.out.read_text(encoding="utf-8")
    call = re.search(r"  (curl .*?'\n)", printed, re.DOTALL)
    assert call is not None
    assert curl(call[1])["entries"][0]["status"] == "tagged"  # type: ignore[index]
    address = re.search(r"Documentation: (\S+)", printed)
    assert address is not None
    assert httpx.get(address[1]).status_code == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed")
def test_serving_others_as_the_readme_says(small_model: Path, tmp_path: Path) -> None:
    """The README's lines for other machines work: a new key, its hash in the environment, and the key in a call."""
    make, serve, call = OTHERS.strip().splitlines()
    made = subprocess.run(
        command(*make.split()[2:]), capture_output=True, text=True, check=True, env=environment({})
    ).stdout
    key, hashed = re.findall(r"tm_\S+", made)[0], re.findall(r"sha256:\S+", made)[0]
    variable, _, _, *options = serve.replace("sha256:...", hashed.strip('"')).replace("--workers 4", "").split()
    keys = variable.removeprefix("THOUGHTMARK_KEYS=")
    with serving(tmp_path, "--model", small_model, *options, keys=keys) as served:
        url = served.url.replace("0.0.0.0", "127.0.0.1")
        call = call.replace("http://HOST:8000", url).replace("tm_...", key)
        Served(url, served.process, served.out, served.err).ready()
        assert "labels" in curl(call)


def test_fields_of_the_readme_have_their_defaults() -> None:
    """The README's table of request fields has the fields and defaults of `PredictRequest`."""
    from serve.v1.models import PredictRequest

    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", SECTION, re.MULTILINE))
    assert set(rows) == set(PredictRequest.model_fields) - {"entries"}
    for name, shown in rows.items():
        default = PredictRequest.model_fields[name].default
        assert shown == ("all but experimental ones" if default is None else f"`{json.dumps(default)}`")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_documentation_works_offline(server: Served, tmp_path: Path) -> None:
    """A browser that can only reach this server shows the documentation without errors."""
    page = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr"),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=20000", "--dump-dom"),
            f"{server.url}/docs",
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )
    shown, console = page.stdout.decode(), page.stderr.decode(errors="replace")
    assert "Tag journal entries" in shown
    assert "/v1/predict" in shown
    assert not re.search(r"CONSOLE.*(Refused|violates|Error|Failed)", console), console


def test_page_loads_nothing_from_other_servers(server: Served) -> None:
    """All files of the documentation page come from this server."""
    page = httpx.get(f"{server.url}/docs").text
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    for path in re.findall(r"(?:src|href)=\"([^\"]+)\"", page):
        assert httpx.get(f"{server.url}/{path}").status_code == 200
