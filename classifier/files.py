"""Writes files atomically: a file is either complete or does not exist."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_file(path: Path, *, folder: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file for writing that appears at `path` only after all of it is on disk.

    The content goes to a temporary file, which is synced and then renamed. So after a crash or with a full disk, `path`
    is either unchanged or the complete new file. If the `with` block raises, the temporary file is deleted, and `path`
    stays unchanged.

    Parameters
    ----------
    path
        The path of the file to create or replace.
    folder
        The folder of the temporary file, on the same file system as `path`. By default, the folder of `path`.

    Raises
    ------
    OSError
        The file cannot be written, synced or renamed.
    """
    # `tempfile` is not used, because only the user could read its files. This file gets the usual permissions (umask).
    temporary = (folder or path.parent) / f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
