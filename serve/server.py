"""Settings in, a running server out: one uvicorn process, or several workers under its supervisor."""

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
    """Serve until a shutdown signal.

    Parameters
    ----------
    settings
        From `serve.settings.load`.
    on_listen
        Called with host and port once the port is taken.

    Raises
    ------
    ThoughtmarkError
        The model cannot be used, or the port cannot be taken.
    """
    model = Classifier.check(settings.model)
    with (
        _listen(settings.host, settings.port) as listener,
        tempfile.TemporaryDirectory(prefix="thoughtmark-") as folder,
    ):
        # Workers that start later load the model that was checked here, even if the file changes meanwhile.
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
            timeout_worker_healthcheck=60,  # workers do not answer while they import, which is slow on a busy machine
        )
        on_listen(*listener.getsockname()[:2])
        if settings.workers == 1:
            uvicorn.Server(config).run(sockets=[listener])
        else:
            os.environ[MULTIPROC_DIR] = folder
            Multiprocess(config, sockets=[listener]).run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ThoughtmarkError(
            f"cannot listen on {host} port {port} ({error.strerror}); choose another with --host and --port"
        ) from error
    listener.set_inheritable(True)
    return listener
