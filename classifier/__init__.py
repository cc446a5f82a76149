"""mindmark's classifier: journal text in, tags out. It knows no training and no web.

>>> from classifier import Classifier
>>> Classifier.load().tag("Slept badly. Group tonight at seven.").status
'no_tags'
"""

from classifier.entries import Entry, Unreadable, read_entries
from classifier.errors import MindmarkError
from classifier.pipeline import Classifier
from classifier.tagging import Evidence, Tag, TaggedEntry
from classifier.taxonomy import Label, Taxonomy

__all__ = [
    "Classifier",
    "Entry",
    "Evidence",
    "Label",
    "MindmarkError",
    "Tag",
    "TaggedEntry",
    "Taxonomy",
    "Unreadable",
    "read_entries",
]
