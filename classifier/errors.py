"""Defines the errors that a user can fix. Each message says what is wrong and what to do.

    ThoughtmarkError
    ├── ArtifactError           a saved model cannot be used
    │   ├── ArtifactNotFound
    │   ├── ArtifactDamaged
    │   └── ArtifactIncompatible
    ├── BatchError              a bulk run cannot write its result
    ├── ComponentMissing        a spaCy component requires another component that has not run
    ├── EntriesError            journal files cannot be read
    ├── MissingExtra            a library of an optional feature is not installed
    ├── PipelineNotFound        a spaCy pipeline is not installed
    ├── TaxonomyError           a taxonomy file is not valid
    └── UnknownName             a label or operating point does not exist

Error messages contain ids, offsets, counts and file names. They never contain the text of a journal.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class ThoughtmarkError(Exception):
    """The base class of all errors that a user can fix."""


class BatchError(ThoughtmarkError):
    """A bulk run cannot write its result, for example because the file already exists or a worker failed."""


class MissingExtra(ThoughtmarkError):
    """A library of an optional feature is not installed.

    Parameters
    ----------
    what
        The name of the feature, such as `Parquet`.
    extra
        The extra of the package that installs the library, as in `pip install thoughtmark[parquet]`.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs libraries that are not installed; install them with: pip install 'thoughtmark[{extra}]'"
        )


@contextmanager
def requires_extra(what: str, extra: str) -> Iterator[None]:
    """Raise `MissingExtra` if an import in the `with` block fails. The parameters are those of `MissingExtra`."""
    try:
        yield
    except ModuleNotFoundError:
        raise MissingExtra(what, extra) from None


class ArtifactError(ThoughtmarkError):
    """A saved model cannot be used."""


class ArtifactNotFound(ArtifactError):
    """The path of the model does not exist."""


class ArtifactDamaged(ArtifactError):
    """The file is not a saved model, or it was changed after it was saved."""


class ArtifactIncompatible(ArtifactError):
    """The model was saved with other versions of thoughtmark or its libraries, or for other labels."""


class ComponentMissing(ThoughtmarkError):
    """A spaCy component requires another component that has not run."""

    def __init__(self, component: str, attribute: str, provider: str) -> None:
        super().__init__(
            f"spaCy component {component!r} needs {attribute}, which no component before it has set; "
            f"add {provider!r} before it"
        )


class EntriesError(ThoughtmarkError):
    """Journal files cannot be read, or do not have a column that the caller named."""


class PipelineNotFound(ThoughtmarkError):
    """A spaCy pipeline is not installed."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(
            f"spaCy pipeline {pipeline!r} is not installed; install it, or use 'blank:en', which needs no download"
        )


class TaxonomyError(ThoughtmarkError):
    """A taxonomy file is not valid."""


class UnknownName(ThoughtmarkError):
    """A label or operating point does not exist. The message suggests the closest name, or lists all names."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        names = list(known)
        close = difflib.get_close_matches(given, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
        super().__init__(f"unknown {kind} {given!r}; {hint}")
