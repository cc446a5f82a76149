"""Stores a result in parts, so that an interrupted run can be resumed.

    _plan.json                  the input files, the settings and the model of the run
    part-00000.jsonl, ...       the tagged entries of one chunk
    part-00000.rejected.jsonl   the rejected rows of this chunk, which could not be read, if any
    _SUCCESS                    exists when all parts are complete

A file gets its name only when it is complete, so neither a kill nor a full disk leaves half a file under these names.
The rejected rows of a chunk are written before its part. So if a part exists, its rejected rows are stored too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from classifier.bulk.folders import Folder
from classifier.errors import BatchError

_PLAN: Final = "_plan.json"
_SUCCESS: Final = "_SUCCESS"
_REJECTED: Final = "rejected.jsonl"
_PART: Final = re.compile(rf"part-(\d+)\.(?:\w+|{re.escape(_REJECTED)})")
_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")  # as `atomic_file` and `RemoteFolder` name them


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one result, in a folder.

    Parameters
    ----------
    folder
        The folder that holds the parts.
    ending
        Ending of the parts' file names, without a dot.
    """

    folder: Folder
    ending: str

    def holds(self, plan: Mapping[str, Any]) -> bool:
        """Return whether the folder holds a run with this plan, complete or not."""
        return bool(self._plan() == _as_json(plan))

    def finished(self) -> bool:
        """Return whether the run is complete."""
        return _SUCCESS in self.folder.names()

    def start(self, plan: Mapping[str, Any], *, overwrite: bool) -> None:
        """Begin a new run.

        Parameters
        ----------
        plan
            Everything that the result depends on, as values for JSON. Only a run with the same plan can be resumed.
        overwrite
            Whether to delete another run in the folder, complete or not.

        Raises
        ------
        BatchError
            The folder holds another run or other files, or cannot be written to.
        """
        wanted, present = _as_json(plan), self._plan()
        with reported(self.folder):
            names = self.folder.names()
            parts = {name for name in names if _PART.fullmatch(name)}
            others = [name for name in names - parts - {_PLAN, _SUCCESS} if not _TEMPORARY.fullmatch(name)]
            if others or (parts and present is None):
                raise BatchError(
                    f"{self.folder} already exists and holds more than results of thoughtmark; move the other "
                    f"files, or name another place"
                )
            if present is not None and not overwrite:
                raise BatchError(self._in_the_way(present, wanted))
            self.delete()
            self.folder.create()
            self.folder.write(_PLAN, json.dumps(wanted).encode())

    def done(self) -> set[int]:
        """Return the numbers of the finished parts."""
        matches = (re.fullmatch(rf"part-(\d+)\.{self.ending}", name) for name in self.folder.names())
        return {int(match[1]) for match in matches if match}

    def put(self, number: int, content: bytes, rejected: bytes) -> None:
        """Store a part and its rejected rows. Raise `BatchError` if they cannot be written."""
        with reported(self.folder):
            if rejected:
                self.folder.write(f"part-{number:05}.{_REJECTED}", rejected)
            self.folder.write(self.name(number), content)

    def name(self, number: int) -> str:
        """Return the file name of a part."""
        return f"part-{number:05}.{self.ending}"

    def rejected(self) -> list[str]:
        """Return the names of the files of rejected rows, in the order of their parts."""
        names = (name for name in self.folder.names() if _PART.fullmatch(name) and name.endswith(_REJECTED))
        return sorted(names, key=lambda name: (len(name), name))

    def finish(self) -> None:
        """Delete the temporary files of killed processes, and mark the result as complete."""
        with reported(self.folder):
            self.folder.delete(name for name in self.folder.names() if _TEMPORARY.fullmatch(name))
            self.folder.write(_SUCCESS, f"{len(self.done())} partitions\n".encode())

    def delete(self) -> None:
        """Delete all files of the run.

        The plan and `_SUCCESS` are deleted last. After a crash they still show which run this was, and if it was
        complete.
        """
        names = self.folder.names()
        self.folder.delete(sorted(names - {_PLAN, _SUCCESS}))
        self.folder.delete([_PLAN, _SUCCESS])

    def _plan(self) -> dict[str, Any] | None:
        """Return the stored plan: None if the folder has no plan, and an empty plan if it cannot be read."""
        try:
            plan = json.loads(self.folder.read(_PLAN))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError):
            return {}
        return plan if isinstance(plan, dict) else {}

    def _in_the_way(self, present: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
        """Return the error message for a folder that holds another run."""
        if self.finished():
            return f"{self.folder} already holds a complete result; name another place, or add --overwrite"
        differing = ", ".join(name for name in wanted if present.get(name) != wanted[name]) or "the whole plan"
        return (
            f"{self.folder} holds an interrupted run with other settings ({differing}); repeat its command to resume "
            f"it, or add --overwrite to start again"
        )


def _as_json(plan: Mapping[str, Any]) -> Any:
    """Return the plan as JSON would give it back. Tuples become lists."""
    return json.loads(json.dumps(plan))


@contextmanager
def reported(place: object) -> Iterator[None]:
    """Turn an `OSError` in the `with` block into a `BatchError` that names the place and says what to do."""
    try:
        yield
    except FileNotFoundError:
        raise BatchError(
            f"{place}: files of this run are no longer there, or this machine does not see them. Perhaps another run "
            f"for the same result has finished or replaced it. Check the result, or run the same command again."
        ) from None
    except OSError as error:
        raise BatchError(
            f"{place}: cannot be written ({error.strerror or type(error).__name__}). Free disk space or check "
            f"permissions. Run the same command again to resume."
        ) from None
