"""Runs the server: one uvicorn process, or several worker processes under uvicorn's supervisor."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from classifier import Classifier, ThoughtmarkError
from serve import logs
from serve.app import create_app
from serve.metrics import MULTIPROC_DIR
from serve.settings import Settings


def run(settings: Settings, *, on_listen: Callable[[str, int], None]) -> None:
    """Serve requests until a shutdown signal arrives.

    Parameters
    ----------
    settings
        The result of `serve.settings.load`.
    on_listen
        Called with the host and the port as soon as the server listens.

    Raises
    ------
    ThoughtmarkError
        The model cannot be used, or the server cannot listen on the port.
    """
    model = Classifier.check(settings.model)
    with (
        _listen(settings.host, settings.port) as listener,
        tempfile.TemporaryDirectory(prefix="thoughtmark-") as folder,
    ):
        # Workers load this checked copy, so a later change of the original file does not affect them.
        copy = Path(shutil.copyfile(model, Path(folder) / "checked.thoughtmark"))
        config = uvicorn.Config(
            partial(create_app, settings.model_copy(update={"model": copy})),
            factory=True,
            workers=settings.workers,
            log_config=logs.config(settings.log_level),
            access_log=False,
            server_header=False,
            proxy_headers=False,  # ignore X-Forwarded-For, because the server does not use client addresses
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=int(settings.max_seconds) + 1,
            # Workers do not answer during their imports, which may be slow. If a worker dies while the supervisor asks
            # it, the supervisor waits this long before it starts another one.
            timeout_worker_healthcheck=30,
        )
        # An IPv6 socket name has four parts. The first two are the host and the port.
        on_listen(*listener.getsockname()[:2])
        if settings.workers == 1:
            uvicorn.Server(config).run(sockets=[listener])
        else:
            os.environ[MULTIPROC_DIR] = folder
            Multiprocess(config, sockets=[listener]).run()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an IPv4 or IPv6 address."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ThoughtmarkError(
            f"cannot listen on {host} port {port} ({error.strerror}); choose another with --host and --port"
        ) from error
    listener.set_inheritable(True)  # workers accept connections on the same socket
    return listener
