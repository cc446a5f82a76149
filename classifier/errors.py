"""The errors that a user can fix. Each message says what was given, what was expected and what to do.

    ThoughtmarkError
    ├── ArtifactError           a saved model cannot be used
    │   ├── ArtifactNotFound
    │   ├── ArtifactDamaged
    │   └── ArtifactIncompatible
    ├── BatchError              a result cannot be written, or something is in its way
    ├── ComponentMissing        a spaCy component needs another one that has not run
    ├── EntriesError            journal files cannot be read
    ├── MissingExtra            a library of an extra is not installed
    ├── PipelineNotFound        a spaCy pipeline is not installed
    ├── TaxonomyError           a taxonomy file is not valid
    └── UnknownName             a label or operating point does not exist

Messages contain ids, offsets, counts and file names, and never the text of a journal.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class ThoughtmarkError(Exception):
    """Base of all errors that a user can fix."""


class BatchError(ThoughtmarkError):
    """A result cannot be written, or something is in its way."""


class MissingExtra(ThoughtmarkError):
    """A library of an extra is not installed.

    Parameters
    ----------
    what
        The feature that needs the library.
    extra
        The extra that installs it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs libraries that are not installed; install them with: pip install 'thoughtmark[{extra}]'"
        )


@contextmanager
def requires_extra(what: str, extra: str) -> Iterator[None]:
    """Raise `MissingExtra` if an import in this block fails because a library is not installed; parameters as there."""
    try:
        yield
    except ModuleNotFoundError:
        raise MissingExtra(what, extra) from None


class ArtifactError(ThoughtmarkError):
    """A saved model cannot be used."""


class ArtifactNotFound(ArtifactError):
    """There is no file at the path."""


class ArtifactDamaged(ArtifactError):
    """The file is not an artifact, or was changed after it was saved."""


class ArtifactIncompatible(ArtifactError):
    """The artifact was made by another version, or for other labels."""


class ComponentMissing(ThoughtmarkError):
    """A spaCy component needs another one that has not run."""

    def __init__(self, component: str, attribute: str, provider: str) -> None:
        super().__init__(
            f"spaCy component {component!r} needs {attribute}, which no component before it has set; "
            f"add {provider!r} before it"
        )


class EntriesError(ThoughtmarkError):
    """Journal files cannot be read, or lack a column that was asked for."""


class PipelineNotFound(ThoughtmarkError):
    """A spaCy pipeline is not installed."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(
            f"spaCy pipeline {pipeline!r} is not installed; install it, or use 'blank:en', which needs no download"
        )


class TaxonomyError(ThoughtmarkError):
    """A taxonomy file is not valid."""


class UnknownName(ThoughtmarkError):
    """A label or operating point does not exist. The message suggests the closest name, or lists all."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        names = list(known)
        close = difflib.get_close_matches(given, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
        super().__init__(f"unknown {kind} {given!r}; {hint}")
