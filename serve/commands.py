"""The command `thoughtmark serve`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from classifier.errors import requires_extra


@click.command()
@click.option(
    "--host",
    help="Address to listen on [default: 127.0.0.1]. Any address except a loopback address requires an API key.",
)
@click.option("--port", type=int, help="Port to listen on [default: 8000]. 0 means any free port.")
@click.option(
    "--workers", type=int, help="Number of worker processes [default: 1]. Each one loads the model into memory."
)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Model to serve [default: default]: default, fast or a file."
)
@click.option("--settings", "settings_file", type=click.Path(path_type=Path), help="Read settings from this TOML file.")
@click.option("--show-settings", is_flag=True, help="Print the settings with masked secrets, and exit.")
@click.option(
    "--new-key", "key_name", metavar="NAME", help="Create an API key, print the key and its setting, and exit."
)
def serve(settings_file: Path | None, show_settings: bool, key_name: str | None, **options: Any) -> None:
    """Start an HTTP server that tags journal entries for your app.

    You can write every setting in the file that --settings names, or set it by an environment variable such as
    THOUGHTMARK_PORT. The server sends no text to other services and logs none.
    """
    with requires_extra("the endpoint", "serve"):
        from serve.settings import load, show

    if key_name is not None:
        _print_new_key(key_name)
        return
    settings = load(settings_file, **{name: value for name, value in options.items() if value is not None})
    if show_settings:
        click.echo(show(settings))
        return
    from serve.server import run  # imported late, because the server's imports are slow

    run(settings, on_listen=partial(_print_start, needs_key=bool(settings.keys)))


def _print_new_key(name: str) -> None:
    from serve.keys import new_key
    from serve.settings import load

    key, hashed = new_key()
    load(keys={name: hashed})  # raises `SettingsError` if the name is not valid
    click.echo(
        f"""This key is shown only once. Give it to the app:

  {key}

Put its hash into the settings file. The server accepts the key only while this line is there:

  [keys]
  {name} = "{hashed}"

Or put the hash into the environment:

  THOUGHTMARK_KEYS={name}={hashed}"""
    )


def _print_start(host: str, port: int, *, needs_key: bool) -> None:
    # An IPv6 address needs brackets in a URL.
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    key_header = " -H 'X-API-Key: YOUR-KEY'" if needs_key else ""
    click.echo(
        f"""thoughtmark serve: {address}
Try it:
  curl {address}/v1/predict -H 'Content-Type: application/json'{key_header} \\
    -d '{{"entries": [{{"text": "I will just have a couple on Friday and then stop again."}}]}}'
Documentation: {address}/docs
To stop: Ctrl-C""",
    )
