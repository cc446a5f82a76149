"""What can go wrong, each error a sentence: what was given, what was expected, what to do.

    ThoughtmarkError
    ├── ArtifactError           a saved model that cannot be used
    │   ├── ArtifactNotFound
    │   ├── ArtifactDamaged
    │   └── ArtifactIncompatible
    ├── BatchError              a result that cannot be written, or is in the way
    ├── ComponentMissing        a spaCy component needs another one that has not run
    ├── EntriesError            a journal file that cannot be read
    ├── MissingExtra            a library that comes with an extra is not installed
    ├── PipelineNotFound        a spaCy pipeline that is not installed
    ├── TaxonomyError           a file of labels that does not hold together
    └── UnknownName             a label or operating point that does not exist

No message carries a journal's text: ids, offsets, counts and file names only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ThoughtmarkError(Exception):
    """Base of all errors that a user can mend."""


class BatchError(ThoughtmarkError):
    """A result cannot be written, or something is in its way."""


class MissingExtra(ThoughtmarkError):
    """A library that comes with an extra is not installed.

    Parameters
    ----------
    what
        What needs it.
    extra
        Name of the extra.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs libraries that are not installed; get them with: pip install 'thoughtmark[{extra}]'"
        )


class ArtifactError(ThoughtmarkError):
    """A saved model cannot be used."""


class ArtifactNotFound(ArtifactError):
    """There is no file at the path."""


class ArtifactDamaged(ArtifactError):
    """The file is not an artifact, or not as it was saved."""


class ArtifactIncompatible(ArtifactError):
    """The file is an artifact, made by or for something else."""


class ComponentMissing(ThoughtmarkError):
    """A spaCy component needs another one that has not run."""

    def __init__(self, component: str, attribute: str, provider: str) -> None:
        super().__init__(
            f"spaCy component {component!r} needs {attribute}, which no component before it has set; "
            f"add {provider!r} before it"
        )


class EntriesError(ThoughtmarkError):
    """A file or folder of journal entries cannot be read."""


class PipelineNotFound(ThoughtmarkError):
    """A spaCy pipeline is not installed."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(
            f"spaCy pipeline {pipeline!r} is not installed; install it, or use 'blank:en', which needs no download"
        )


class TaxonomyError(ThoughtmarkError):
    """A taxonomy file does not hold together."""


class UnknownName(ThoughtmarkError):
    """A name is not among those that exist."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        names = list(known)
        close = difflib.get_close_matches(given, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
        super().__init__(f"unknown {kind} {given!r}; {hint}")
