"""Reads the server's settings from the command line, the environment and a TOML file, and checks them."""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from limits import parse_many
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from classifier import ThoughtmarkError

PREFIX: Final = "THOUGHTMARK_"

_KEY_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
_EXPECTED: Final = {
    "host": "an address",
    "model": "the path of a file",
    "keys": "key names (letters, digits, - and _), each with the hash that --new-key printed",
    "rate_limit": "a number of requests per second, minute, hour or day",
    "cors_origins": "origins that consist of a scheme and a host, with no path and no *",
    "log_level": "debug, info, warning or error",
}
"""Description of the valid values of each setting that is not a number. Error messages quote it."""

_TYPE_NAMES: Final = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
    tuple: "a list",
    type(None): "nothing",
}
"""Names of the types of given values, for error messages."""


class SettingsError(ThoughtmarkError):
    """The settings are wrong, so the server cannot start."""


class Settings(BaseModel):
    """The settings of the server. Use `load` to read them."""

    # Hide the given values in error messages, because a value may be a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())

    host: str = Field(
        "127.0.0.1", description="address to listen on; any address except a loopback address requires an API key"
    )
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 means any free port")
    workers: int = Field(1, ge=1, le=64, description="number of worker processes; each one loads the model into memory")
    model: Path | None = Field(
        None,
        description="model to serve: default, fast (several times as fast, but misses more), or an artifact's path",
        examples=["own.thoughtmark"],
    )
    keys: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="name and hash of each API key, as printed by `thoughtmark serve --new-key NAME`; "
        "in the environment, write NAME=HASH,NAME=HASH",
        examples=["app=sha256:" + 64 * "0"],
    )
    rate_limit: str = Field(
        "600/minute",
        description="number of requests that one key may send in a period; each worker counts separately",
        examples=["600/minute"],
    )
    cors_origins: tuple[str, ...] = Field(
        (),
        description="origins of the web pages that may call the server from a browser, such as https://app.example; "
        "in the environment, separate them with commas",
        examples=["https://app.example"],
    )
    max_body_bytes: int = Field(
        1_048_576, ge=1_024, le=67_108_864, description="maximum size of a request's body, in bytes"
    )
    max_entries: int = Field(64, ge=1, le=64, description="maximum number of entries in a request")
    max_text_length: int = Field(
        20_000, ge=1, le=200_000, description="maximum length of an entry's text, in code points"
    )
    max_concurrent: int = Field(
        64,
        ge=1,
        le=10_000,
        description="maximum number of requests in progress in one worker; further requests are answered with 503",
    )
    max_waiting_characters: int = Field(
        1_000_000,
        ge=1,
        le=100_000_000,
        description="maximum number of code points that wait for the model in one worker; further requests are "
        "answered with 503",
    )
    max_seconds: float = Field(
        30.0,
        gt=0,
        le=600,
        description="maximum number of seconds from the first byte of a request to the end of its answer",
    )
    drain_seconds: float = Field(
        1.0,
        ge=0,
        le=600,
        description="number of seconds after a shutdown signal in which the server still accepts new connections and "
        "/readyz answers 503",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="lowest level of the messages that are logged"
    )

    @field_validator("keys", mode="before")
    @classmethod
    def _split_keys(cls, value: Any) -> Any:
        """Parse the form of the environment, NAME=HASH,NAME=HASH."""
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
    def _split_origins(cls, value: Any) -> Any:
        """Parse the form of the environment, origins separated by commas."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        # The only slashes are those of "https://", so there is no path.
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
    def _require_key(self) -> Settings:
        if not self.keys and not is_loopback(self.host):
            raise ValueError("no key")  # `_message` replaces this text
        return self


def is_loopback(host: str) -> bool:
    """Return whether an address is a loopback address, which only programs on this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(file: Path | None = None, **options: Any) -> Settings:
    """Read the settings. Options override the environment, which overrides the file.

    Parameters
    ----------
    file
        A TOML file. Its keys are the field names of `Settings`.
    options
        Values from the command line, by setting.

    Raises
    ------
    SettingsError
        A name or a value is wrong. The message names the type of the value, but never shows the value.
    """
    values = {} if file is None else _read_file(file)
    _check_names({name: f"{file}: {name}" for name in values})
    # Check every variable that has our prefix, so that a misspelt name is an error.
    variables = {name.removeprefix(PREFIX).lower(): name for name in os.environ if name.startswith(PREFIX)}
    _check_names(variables)
    values |= {name: os.environ[variable] for name, variable in variables.items()} | options
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("; and ".join(_message(each) for each in error.errors(include_url=False))) from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{file}: cannot be read as settings; give the path of a UTF-8 TOML file") from None
    except tomllib.TOMLDecodeError:  # leave out the parser's message, because it may quote an API key
        raise SettingsError(
            f'{file}: not valid TOML; write one setting per line, such as max_seconds = 30 or host = "127.0.0.1"'
        ) from None


def _check_names(names: Mapping[str, str]) -> None:
    """Raise `SettingsError` for the first name that is not a setting.

    Parameters
    ----------
    names
        Maps each name to the form in which an error message shows it, such as the environment variable.
    """
    for name, shown in names.items():
        if name not in Settings.model_fields:
            close = difflib.get_close_matches(name, Settings.model_fields, n=1)
            hint = f"did you mean {close[0]}?" if close else f"settings: {', '.join(Settings.model_fields)}"
            raise SettingsError(f"{shown}: there is no such setting; {hint}")


def _message(error: Any) -> str:
    """Return the message for an error of pydantic: the setting, the given type, the expected values and an example."""
    if not error["loc"]:  # only `_require_key` raises an error without a field
        return (
            "host: other machines can reach this address, but there is no API key; create one with "
            "`thoughtmark serve --new-key NAME`, or listen on 127.0.0.1"
        )
    name = str(error["loc"][0])
    field = Settings.model_fields[name]
    given = _TYPE_NAMES.get(type(error["input"]), "something else")
    example = field.examples[0] if field.examples else field.default
    return (
        f"{name}: given {given}, expected {expected(name)}; set {name} in the file or {PREFIX}{name.upper()}, "
        f"such as {example}"
    )


def expected(name: str) -> str:
    """Return a description of the valid values of a setting.

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
    number = "a whole number" if field.annotation is int else "a number"
    lowest = f"from {bounds['ge']} to" if "ge" in bounds else f"above {bounds['gt']} up to"
    return f"{number} {lowest} {bounds['le']}"


def show(settings: Settings) -> str:
    """Return the settings as a TOML file, with masked secrets. A setting without a value becomes a comment."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        lines.append(f"# {field.description}")
        lines.append(f"# {name} =" if value is None else f"{name} = {_toml(value)}")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    """Return a value in TOML's notation. `str` masks a `SecretStr`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(item)}" for name, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(str(value) if isinstance(value, Path | SecretStr) else value)
