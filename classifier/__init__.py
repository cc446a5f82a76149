"""Tags journal entries. This package imports neither `training` nor `serve`.

>>> from classifier import Classifier
>>> Classifier.load().tag("Slept badly. Group tonight at seven.").status
'no_tags'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.errors import ThoughtmarkError
    from classifier.journal.entry import Entry, Unreadable
    from classifier.journal.reader import read_entries
    from classifier.options import Options
    from classifier.pipeline import Classifier
    from classifier.tagging import Evidence, Tag, TaggedEntry
    from classifier.taxonomy import Label, Taxonomy

__all__ = [
    "Classifier",
    "Entry",
    "Evidence",
    "Label",
    "Options",
    "Tag",
    "TaggedEntry",
    "Taxonomy",
    "ThoughtmarkError",
    "Unreadable",
    "read_entries",
]

# Maps each module of this package to the public names that it defines.
_HOMES = {
    "journal.entry": ("Entry", "Unreadable"),
    "journal.reader": ("read_entries",),
    "errors": ("ThoughtmarkError",),
    "options": ("Options",),
    "pipeline": ("Classifier",),
    "tagging": ("Evidence", "Tag", "TaggedEntry"),
    "taxonomy": ("Label", "Taxonomy"),
}


def __getattr__(name: str) -> object:
    """Import a public name on its first use (PEP 562), so that `thoughtmark --help` does not load spaCy."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"classifier.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
