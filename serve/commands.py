"""The subcommand `serve`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from classifier.errors import requires_extra


@click.command()
@click.option("--host", help="Address to listen on [default: 127.0.0.1]; others need an API key.")
@click.option("--port", type=int, help="Port to listen on; 0 for any free one [default: 8000].")
@click.option("--workers", type=int, help="Processes, each with the model in memory [default: 1].")
@click.option("--model", type=click.Path(path_type=Path), help="Artifact to serve instead of the default model.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--show-settings", is_flag=True, help="Print the settings, secrets masked, and exit.")
@click.option("--new-key", metavar="NAME", help="Create an API key, print it and the setting for it, and exit.")
def serve(file: Path | None, show_settings: bool, new_key: str | None, **options: Any) -> None:
    """Serve the tags over HTTP, for the developer of an app.

    Every setting is also an environment variable, such as THOUGHTMARK_PORT, and a line of the file given with
    --settings. No text leaves this machine, and none is logged.
    """
    with requires_extra("the endpoint", "serve"):
        from serve import settings as reader

    if new_key is not None:
        _print_new_key(new_key)
        return
    settings = reader.load(file, **{name: value for name, value in options.items() if value is not None})
    if show_settings:
        click.echo(reader.show(settings))
        return
    from serve.server import run

    run(settings, on_listen=partial(_print_start, needs_key=bool(settings.keys)))


def _print_new_key(name: str) -> None:
    from serve.keys import new_key
    from serve.settings import load

    key, hashed = new_key()
    load(keys={name: hashed})  # raises an error if the name is not valid
    click.echo(
        f"""The key, which is shown only once. Give it to the app:

  {key}

Its hash, for the settings file. Without this line the key is no longer valid:

  [keys]
  {name} = "{hashed}"

or for the environment:

  THOUGHTMARK_KEYS={name}={hashed}"""
    )


def _print_start(host: str, port: int, *, needs_key: bool) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    key = " -H 'X-API-Key: YOUR-KEY'" if needs_key else ""
    click.echo(
        f"""thoughtmark serve: {address}
Try it:
  curl {address}/v1/predict -H 'Content-Type: application/json'{key} \\
    -d '{{"entries": [{{"text": "I will just have a couple on Friday and then stop again."}}]}}'
Documentation: {address}/docs
To stop: Ctrl-C""",
    )
