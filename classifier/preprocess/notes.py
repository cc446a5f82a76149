"""Keeps the scratch data (`Notes`) that the components share about a spaCy `Doc`.

`notes_of` creates the `Notes` on first use and stores them in `doc.user_data`. They are plain lists for speed: spaCy
builds a new object each time a token is accessed. The results are also available as lists of spaCy's `Span`, in
`doc._.thoughtmark_classes` and `doc._.thoughtmark_cues`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import add
from typing import Any, NamedTuple

import numpy as np
from spacy.attrs import IDX, IS_SPACE, LENGTH, SENT_START
from spacy.tokens import Doc, Span

from classifier.errors import ComponentMissing

# Attributes that the components assign and require, in spaCy's notation.
SENTENCES = "token.is_sent_start"
NORMS = "token.norm"
CLASSES = "doc._.thoughtmark_classes"
CUES = "doc._.thoughtmark_cues"

_ASSIGNED_BY = {
    SENTENCES: "thoughtmark_sentences",
    NORMS: "thoughtmark_normalizer",
    CLASSES: "thoughtmark_phrases",
    CUES: "thoughtmark_phrases",
}
_KEY = "thoughtmark"


class NamedRange(NamedTuple):
    """The name of a word class or cue, and the indices of its tokens. `end` is exclusive."""

    name: str
    start: int
    end: int


class Notes(NamedTuple):
    """Scratch data about a doc. The components extend the lists.

    `Notes` are a tuple of lists, because spaCy can serialize only plain values. It serializes a doc in `doc.to_bytes`
    and in `nlp.pipe` with several processes.

    text
        The text of the doc.
    texts, starts, ends, is_space
        The text of each token, its offsets in code points, and 1 if it is white space, else 0.
    norms
        The normalized form of each token.
    bounds
        The index of the first token of each sentence, and the number of tokens as the last element.
    classes
        The word classes and quantities. In `Sentence.folded`, a token such as `<substance>` replaces their words.
    cues
        The cues, and the scopes of negations, reports, quotations and distancing phrases.
    assigned
        The attributes that components have assigned so far, in spaCy's notation.
    """

    text: str
    texts: list[str]
    starts: list[int]
    ends: list[int]
    is_space: list[int]
    norms: list[str]
    bounds: list[int]
    classes: list[NamedRange]
    cues: list[NamedRange]
    assigned: list[str]

    def __repr__(self) -> str:
        """Return the number of tokens only, so that a journal's words stay out of logs and tracebacks."""
        return f"Notes({len(self.texts)} tokens)"

    def cues_named(self, name: str) -> list[NamedRange]:
        """Return the cues that have this name."""
        return [cue for cue in self.cues if cue.name == name]

    def sentence_start(self, i: int) -> int:
        """Return the index of the first token of the sentence that holds token `i`."""
        return self.bounds[bisect_right(self.bounds, i) - 1]

    def sentence_end(self, i: int) -> int:
        """Return the exclusive end of the sentence that holds token `i`. White space at its end is left out."""
        number = bisect_right(self.bounds, i)
        start, end = self.bounds[number - 1], self.bounds[number]
        while end > start and self.is_space[end - 1]:
            end -= 1
        return end


def notes_of(doc: Doc, component: str = "", *, requires: Iterable[str] = ()) -> Notes:
    """Return the `Notes` of a doc. Create them if the doc has none yet.

    Parameters
    ----------
    doc
        Any doc.
    component
        The name of the component that calls this function. The error message shows it.
    requires
        The attributes that other components must have assigned before.

    Raises
    ------
    ComponentMissing
        A required attribute is not assigned.
    """
    notes = doc.user_data.get(_KEY) or new_notes(doc, doc.text)
    if not isinstance(notes, Notes):
        notes = doc.user_data[_KEY] = _deserialized(notes)
    for attribute in requires:
        # Another component, such as spaCy's parser, may have set the sentence boundaries in the doc. Copy them to the
        # notes.
        if attribute == SENTENCES and not notes.bounds and doc.has_annotation("SENT_START"):
            is_start = doc.to_array(SENT_START) == 1
            is_start[:1] = True
            notes.bounds.extend([*np.flatnonzero(is_start).tolist(), len(doc)])
            notes.assigned.append(SENTENCES)
        if attribute not in notes.assigned:
            raise ComponentMissing(component, attribute, _ASSIGNED_BY[attribute])
    return notes


def new_notes(doc: Doc, text: str) -> Notes:
    """Create the `Notes` of a doc with its tokens but without results, and store them in the doc.

    `text` is the value of `doc.text`. A caller that already has the text passes it, because `doc.text` joins all tokens
    each time.
    """
    starts, lengths, is_space = doc.to_array([IDX, LENGTH, IS_SPACE]).astype(int).T.tolist()
    ends = list(map(add, starts, lengths))
    texts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    notes = Notes(text, texts, starts, ends, is_space, norms=[], bounds=[], classes=[], cues=[], assigned=[])
    doc.user_data[_KEY] = notes
    return notes


def _deserialized(fields: Sequence[Any]) -> Notes:
    """Rebuild `Notes` from the nested lists or tuples that spaCy returns when it loads a serialized doc."""
    text, *lists, classes, cues, assigned = fields
    ranges = ([NamedRange(*item) for item in items] for items in (classes, cues))
    return Notes._make([text, *map(list, lists), *ranges, list(assigned)])


def _spans(doc: Doc, ranges: list[NamedRange]) -> list[Span]:
    """Return spaCy's `Span` for each range."""
    return [Span(doc, start, end, label=name) for name, start, end in ranges]


Doc.set_extension("thoughtmark_classes", getter=lambda doc: _spans(doc, notes_of(doc).classes), force=True)
Doc.set_extension("thoughtmark_cues", getter=lambda doc: _spans(doc, notes_of(doc).cues), force=True)
