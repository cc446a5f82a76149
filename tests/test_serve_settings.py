"""Settings: from command line, environment and file; shown without secrets; errors that say what to do."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from helpers.serving import CANARY, Served, command, environment

from classifier.__main__ import main
from serve.keys import new_key
from serve.settings import Settings, SettingsError, expected, is_loopback, load, show

DOCUMENT = (Path(__file__).parents[1] / "docs" / "guides" / "serving.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the settings of the developer who runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"THOUGHTMARK_{name.upper()}", raising=False)


def test_command_line_before_environment_before_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line overrides the environment, which overrides the file."""
    file = tmp_path / "own.toml"
    file.write_text("port = 1\nworkers = 2\nmax_entries = 3\n", encoding="utf-8")
    monkeypatch.setenv("THOUGHTMARK_PORT", "4")
    monkeypatch.setenv("THOUGHTMARK_WORKERS", "5")
    read = load(file, port=6)
    assert (read.port, read.workers, read.max_entries) == (6, 5, 3)


def test_shown_settings_are_a_settings_file(tmp_path: Path) -> None:
    """The output of `--show-settings` can be loaded again, and hides the hashes of the keys."""
    _, hashed = new_key()
    read = load(keys={"app": hashed}, cors_origins=["https://app.example"], max_seconds=2.5)
    shown = show(read)
    assert hashed not in shown
    assert hashed.removeprefix("sha256:") not in shown
    values = tomllib.loads(shown)
    assert values.pop("keys") == {"app": "**********"}
    file = tmp_path / "own.toml"
    file.write_text("\n".join(line for line in shown.splitlines() if not line.startswith("keys")), encoding="utf-8")
    assert load(file).model_dump(exclude={"keys"}) == read.model_dump(exclude={"keys"})
    assert set(values) | {"keys", "model"} == set(Settings.model_fields)


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name not in {"host", "model"}])
def test_wrong_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong value stops the start with its name and type, what was expected, and an example, but is not shown."""
    monkeypatch.setenv(f"THOUGHTMARK_{name.upper()}", CANARY)
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 2
    assert result.stderr.startswith((f"thoughtmark: {name}: given a string", f"thoughtmark: {name}: given a table"))
    assert expected(name) in result.stderr
    assert f"THOUGHTMARK_{name.upper()}, such as " in result.stderr
    assert CANARY not in result.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("max_body_bytes = 1_023", "from 1024 to 67108864"),
        ("max_entries = 65", "from 1 to 64"),
        ("max_entries = 0", "from 1 to 64"),
        ("max_text_length = 200_001", "from 1 to 200000"),
        ("max_concurrent = []", "given a list, expected a whole number"),
        ("max_seconds = 0", "above 0"),
        ("workers = 1.5", "given a number, expected a whole number"),
        ("port = 65536", "to 65535"),
        ('cors_origins = ["*"]', "no path and no *"),
        ('cors_origins = ["https://app.example/"]', "no path"),
        ('keys = {app = "zanzibarine"}', "the hash that --new-key printed"),
        ('keys = "zanzibarine"', "the hash that --new-key printed"),
        ('rate_limit = "zanzibarine"', "a number of requests per second"),
        ("max_entris = 5", "did you mean max_entries?"),
        ("max_entries = ", "not valid TOML"),
    ],
)
def test_wrong_line(tmp_path: Path, line: str, message: str) -> None:
    """A wrong line of the file stops the start with the same kind of message."""
    file = tmp_path / "own.toml"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert message in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("max_entries", 64), ("max_text_length", 200_000), ("max_seconds", 600)])
def test_value_at_the_bound(name: str, value: float) -> None:
    """The highest allowed value can be set."""
    assert getattr(load(**{name: value}), name) == value


def test_unknown_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with our prefix that is not a setting stops the start."""
    monkeypatch.setenv("THOUGHTMARK_MAX_TEXT_LENGHT", CANARY)
    with pytest.raises(SettingsError, match="did you mean max_text_length") as caught:
        load()
    assert CANARY not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """A settings file that cannot be read stops the start."""
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback(host: str, loopback: bool) -> None:
    """Only loopback addresses and `localhost` count as loopback."""
    assert is_loopback(host) == loopback


@pytest.mark.parametrize("content", [None, b"", b"garbage" * 1000, b"PK\x03\x04garbage"])
def test_unusable_artifact(tmp_path: Path, content: bytes | None) -> None:
    """A model that is missing or damaged stops the start with one sentence, before a port is taken."""
    artifact = tmp_path / "own.thoughtmark"
    if content is not None:
        artifact.write_bytes(content)
    refused = subprocess.run(
        command("--model", artifact, "--port", "0"), capture_output=True, text=True, check=False, env=environment({})
    )
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith(f"thoughtmark: {artifact}: ")
    assert refused.stderr.count("\n") == 1


def test_port_in_use(server: Served) -> None:
    """A port that is in use stops the start with one sentence."""
    server_port = server.url.rsplit(":", 1)[1]
    refused = subprocess.run(
        command("--port", server_port), capture_output=True, text=True, check=False, env=environment({})
    )
    assert refused.returncode == 2
    assert f"port {server_port}" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name: str) -> None:
    """docs/guides/serving.md lists each setting with its default and its description."""
    field = Settings.model_fields[name]
    (row,) = [line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` |")]
    default = field.get_default(call_default_factory=True)
    assert f"| {'`' + str(default) + '`' if default not in (None, (), {}) else 'none'} |" in row
    assert str(field.description) in row
