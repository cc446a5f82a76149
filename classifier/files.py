"""Writes files atomically: a file is either complete or does not exist."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_file(path: Path, *, folder: Path | None = None, mode: int = 0o600) -> Iterator[BinaryIO]:
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
    mode
        Permissions of a new file, from which the umask is taken away. By default, only the user can read the file,
        because results tell of a person's journal. An existing file is never opened to more users than before.

    Raises
    ------
    OSError
        The file cannot be written, synced or renamed.
    """
    with suppress(OSError):
        mode &= path.stat().st_mode
    temporary = (folder or path.parent) / f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
