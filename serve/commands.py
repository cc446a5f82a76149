"""The subcommand `serve`."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier import ThoughtmarkError

if TYPE_CHECKING:
    from serve.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on [default: 127.0.0.1]; others need an API key.")
@click.option("--port", type=int, help="Port to listen on; 0 for any free one [default: 8000].")
@click.option("--workers", type=int, help="Processes, each with the model in memory [default: 1].")
@click.option("--model", type=click.Path(path_type=Path), help="Artifact to serve instead of the default model.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--show-settings", is_flag=True, help="Print the settings, secrets masked, and end.")
@click.option("--new-key", metavar="NAME", help="Make an API key, print it and the setting that lets it in, and end.")
def serve(file: Path | None, show_settings: bool, new_key: str | None, **given: Any) -> None:
    """Serve the tags over HTTP, for the developer of an app.

    Every setting is also a variable, such as THOUGHTMARK_PORT, and a line of the file given with --settings.
    No text leaves this machine, and none is logged.
    """
    from serve import settings as reader

    if new_key is not None:
        _print_key(new_key)
        return
    settings = reader.load(file, **{name: value for name, value in given.items() if value is not None})
    if show_settings:
        click.echo(reader.show(settings))
        return
    _run(settings)


def _print_key(name: str) -> None:
    from serve.middleware.access import new_key
    from serve.settings import load

    key, hashed = new_key()
    load(keys={name: hashed})  # refuses a name that cannot be used
    click.echo(
        f"""The key, shown this once; give it to the app:

  {key}

Its hash, for the file of --settings; without its line the key is withdrawn:

  [keys]
  {name} = "{hashed}"

or for the environment:

  THOUGHTMARK_KEYS={name}={hashed}"""
    )


def _run(settings: Settings) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from classifier import Classifier
    from serve import logs
    from serve.app import create_app
    from serve.metrics import FOLDER

    model = Classifier.check(settings.model)
    with (
        _listen(settings.host, settings.port) as listening,
        tempfile.TemporaryDirectory(prefix="thoughtmark-") as folder,
    ):
        # Workers read the model as it was checked here, whatever becomes of the file.
        copy = Path(shutil.copyfile(model, Path(folder) / "checked.thoughtmark"))
        config = uvicorn.Config(
            partial(create_app, settings.model_copy(update={"model": copy})),
            factory=True,
            workers=settings.workers,
            log_config=logs.config(settings.log_level),
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=int(settings.max_seconds) + 1,
        )
        _greet(*listening.getsockname()[:2], keyed=bool(settings.keys))
        if settings.workers == 1:
            uvicorn.Server(config).run(sockets=[listening])
        else:
            os.environ[FOLDER] = folder
            Multiprocess(config, sockets=[listening]).run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ThoughtmarkError(
            f"cannot listen on {host} port {port} ({error.strerror}); name another with --host and --port"
        ) from error
    listening.set_inheritable(True)
    return listening


def _greet(host: str, port: int, *, keyed: bool) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    key = " -H 'X-API-Key: YOUR-KEY'" if keyed else ""
    click.echo(
        f"""thoughtmark serve: {address}
Try it:
  curl {address}/v1/predict -H 'Content-Type: application/json'{key} \\
    -d '{{"entries": [{{"text": "I will just have a couple on Friday and then stop again."}}]}}'
Documentation: {address}/docs
To stop: Ctrl-C""",
    )
