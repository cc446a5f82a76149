"""Environment and a TOML file in, checked settings out; every limit of the endpoint has its name here."""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Literal

from limits import parse_many
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from classifier import ThoughtmarkError

PREFIX = "THOUGHTMARK_"
_file: ContextVar[Path | None] = ContextVar("settings_file", default=None)

_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_EXPECTED = {
    "host": "an address",
    "model": "the path of a file",
    "keys": "names of letters, digits, - and _, each with the hash that --new-key printed",
    "rate_limit": "a number a second, minute, hour or day",
    "cors_origins": "origins of scheme and host, with no path and no *",
    "log_level": "debug, info, warning or error",
}
_KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
    tuple: "a list",
    type(None): "nothing",
}


class SettingsError(ThoughtmarkError):
    """Settings that the endpoint cannot start with."""


class Settings(BaseSettings):
    """How the endpoint is served. Each name is also an environment variable, in capitals after `THOUGHTMARK_`.

    The command line overrides the environment, which overrides the settings file.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=()
    )

    host: str = Field("127.0.0.1", description="address to listen on; any but a loopback address needs a key")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 for any free one")
    workers: int = Field(1, ge=1, le=64, description="processes, each with the model in memory")
    model: Path | None = Field(
        None, description="artifact to serve; by default the model of this environment", examples=["own.thoughtmark"]
    )
    keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict,
        description="hash of each API key by its name, as `thoughtmark serve --new-key NAME` prints it; "
        "in the environment NAME=HASH,NAME=HASH",
        examples=["app=sha256:" + 64 * "0"],
    )
    rate_limit: str = Field(
        "600/minute", description="requests of one key, counted by each worker", examples=["600/minute"]
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="web pages that may call from a browser, such as https://app.example; in the environment cut by ,",
        examples=["https://app.example"],
    )
    max_body_bytes: int = Field(1_048_576, ge=1_024, le=67_108_864, description="bytes of a request's body")
    max_entries: int = Field(64, ge=1, le=64, description="entries of a request")
    max_text_length: int = Field(20_000, ge=1, le=200_000, description="code points of an entry's text")
    max_concurrent: int = Field(
        64, ge=1, le=10_000, description="requests under way in one worker; one more is answered 503"
    )
    max_waiting_characters: int = Field(
        1_000_000,
        ge=1,
        le=100_000_000,
        description="code points that wait for the model in one worker; one more request is answered 503",
    )
    max_seconds: float = Field(
        30.0, gt=0, le=600, description="seconds for a request, from its first byte to the answer"
    )
    drain_seconds: float = Field(
        1.0,
        ge=0,
        le=600,
        description="seconds between a shutdown signal, from which on /readyz answers 503, and the last new connection",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    @classmethod
    def settings_customise_sources(  # noqa: D102
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = _file.get()
        return (
            init_settings,
            env_settings,
            *([] if file is None else [TomlConfigSettingsSource(settings_cls, toml_file=file)]),
        )

    @field_validator("keys", mode="before")
    @classmethod
    def _cut_keys(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = (part.partition("=") for part in value.split(",") if part.strip())
        return {name.strip(): hashed.strip() for name, _, hashed in pairs}

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, hashed in keys.items():
            if not _KEY_NAME.fullmatch(name) or not _KEY_HASH.fullmatch(hashed.get_secret_value()):
                raise ValueError(_EXPECTED["keys"])
        return keys

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _cut_origins(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(origin.startswith(("https://", "http://")) and origin.count("/") == 2 for origin in origins):
            raise ValueError(_EXPECTED["cors_origins"])
        return origins

    @field_validator("rate_limit")
    @classmethod
    def _check_rate(cls, rate: str) -> str:
        try:
            parse_many(rate)
        except ValueError:
            raise ValueError(_EXPECTED["rate_limit"]) from None
        return rate

    @model_validator(mode="after")
    def _closed_to_others(self) -> Settings:
        if not self.keys and not is_loopback(self.host):
            raise ValueError("open")
        return self


def is_loopback(host: str) -> bool:
    """Return whether only programs of this machine reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(file: Path | None = None, **given: Any) -> Settings:
    """Read the settings.

    Parameters
    ----------
    file
        A TOML file with names as in `Settings`.
    given
        Values that go before those of environment and file.

    Raises
    ------
    SettingsError
        A name or value is wrong. The message has the kind of what was given, never the value.
    """
    if file is not None:
        _check_file(file)
    _check_names({name.removeprefix(PREFIX).lower(): name for name in os.environ if name.startswith(PREFIX)})
    token = _file.set(file)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError("; and ".join(_sentence(problem) for problem in error.errors(include_url=False))) from None
    finally:
        _file.reset(token)


def _check_file(file: Path) -> None:
    try:
        names = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{file}: cannot be read as settings; give the path of a UTF-8 TOML file") from None
    except tomllib.TOMLDecodeError:  # whose message may quote a key
        raise SettingsError(
            f'{file}: not valid TOML; write one setting a line, such as max_seconds = 30 or host = "127.0.0.1"'
        ) from None
    _check_names({name: f"{file}: {name}" for name in names})


def _check_names(names: Mapping[str, str]) -> None:
    for name, shown in names.items():
        if name not in Settings.model_fields:
            close = difflib.get_close_matches(name, Settings.model_fields, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(Settings.model_fields)}"
            raise SettingsError(f"{shown}: there is no such setting; {hint}")


def _sentence(problem: Any) -> str:
    """One fault of the settings in words: its name, the kind given and expected, and the fix."""
    if not problem["loc"]:
        return (
            "host: given an address that other machines reach, with no API key, expected a key; make one with "
            "`thoughtmark serve --new-key NAME`, or listen on 127.0.0.1"
        )
    name = str(problem["loc"][0])
    field = Settings.model_fields[name]
    given = _KINDS.get(type(problem["input"]), "something else")
    example = field.examples[0] if field.examples else field.default
    return (
        f"{name}: given {given}, expected {expected(name)}; set {name} in the file or {PREFIX}{name.upper()}, "
        f"such as {example}"
    )


def expected(name: str) -> str:
    """Return in words which values a setting takes.

    Examples
    --------
    >>> expected("port"), expected("max_seconds")
    ('a whole number from 0 to 65535', 'a number above 0 up to 600')
    """
    if name in _EXPECTED:
        return _EXPECTED[name]
    field = Settings.model_fields[name]
    bounds = {
        kind: getattr(bound, kind) for bound in field.metadata for kind in ("ge", "gt", "le") if hasattr(bound, kind)
    }
    kind = "a whole number" if field.annotation is int else "a number"
    least = f"from {bounds['ge']} to" if "ge" in bounds else f"above {bounds['gt']} up to"
    return f"{kind} {least} {bounds['le']}"


def show(settings: Settings) -> str:
    """Return the settings as a TOML file with the secrets masked; what is not set is a comment."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        lines.append(f"# {field.description}")
        lines.append(f"# {name} =" if value is None else f"{name} = {_toml(value)}")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(item)}" for name, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(str(value) if isinstance(value, Path | SecretStr) else value)
