"""A path in, a file out that is complete or not there at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_file(path: Path, *, folder: Path | None = None) -> Iterator[BinaryIO]:
    """Open a new file for writing that gets its name only once all of it is on disk.

    The content goes to a temporary file, which is synced and then renamed. After a crash, a kill or a full disk, `path`
    is therefore the old file (or absent) or the complete new one. If the `with` block raises, the temporary file is
    deleted and `path` is left as it was.

    Parameters
    ----------
    path
        The file to create or replace.
    folder
        Folder of the temporary file; it must be on the same file system as `path`. By default the folder of `path`.

    Raises
    ------
    OSError
        The file cannot be written, synced or renamed.
    """
    # Not `tempfile`: its files are private to the user, while a new file should get the mode that the umask gives.
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
