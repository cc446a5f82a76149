"""Defines three spaCy components that find scopes: the tokens that a negation, a report or a distancing phrase affects.

`thoughtmark_negation`
    `negated` covers the words after a negation up to the end of its clause, at most six tokens. This is the rule for
    the forward scope of NegEx (Chapman et al. 2001, doi:10.1006/jbin.2001.1029).
`thoughtmark_reported_speech`
    `quoted` covers the text between quotation marks. `reported` covers the words of another person than the writer
    ("he says I'm a loser"), up to the end of the sentence.
`thoughtmark_distancing`
    `distanced` covers the words after a phrase by which the writer steps back from a thought ("I used to think ..."),
    up to the end of the sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from classifier.preprocess.notes import CLASSES, CUES, NORMS, SENTENCES, NamedRange, Notes, notes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

_CLAUSE_END = frozenset(
    ", . ; : ! ? ... ( ) - -- \u2013 \u2014 but because although though except so then until".split()
)
_MAX_NEGATED = 6
_WRITER = frozenset({"i", "we"})
_CLOSING = {"\u201c": "\u201d", "\u00ab": "\u00bb", '"': '"'}
"""Maps each opening quotation mark to its closing mark."""

_MAX_QUOTATION = 60
"""The closing mark is within this number of tokens. Marks that are farther apart, such as inch signs, are no pair."""

_REQUIRES = [SENTENCES, NORMS, CLASSES, CUES]


@Language.component("thoughtmark_negation", requires=_REQUIRES, assigns=[CUES])
def find_negated(doc: Doc) -> Doc:
    """Add the scope of each negation to the doc's `Notes`."""
    notes = notes_of(doc, "thoughtmark_negation", requires=_REQUIRES)
    for _, _, start in notes.cues_named("negation"):  # the scope starts where the negation ends
        limit = min(start + _MAX_NEGATED, notes.sentence_end(start - 1))
        end = next((i for i in range(start, limit) if notes.norms[i] in _CLAUSE_END), limit)
        if end > start:
            notes.cues.append(NamedRange("negated", start, end))
    return doc


@Language.component("thoughtmark_reported_speech", requires=_REQUIRES, assigns=[CUES])
def find_reported_speech(doc: Doc) -> Doc:
    """Add quotations and the reported words of other people to the doc's `Notes`."""
    notes = notes_of(doc, "thoughtmark_reported_speech", requires=_REQUIRES)
    reporting = notes.cues_named("reporting")
    notes.cues.extend(_quoted(notes))
    # Tokens that name another person, such as "my mother".
    others = {i for name, start, end in notes.classes if name == "other" for i in range(start, end)}
    for _, start, end in reporting:
        before = range(max(notes.sentence_start(start), start - 3), start)
        if any(notes.norms[i] in _WRITER for i in before[-2:]):  # "I said ..." reports the writer's own words
            continue
        sentence_end = notes.sentence_end(end - 1)
        # A capital shows a name: "Dan says ...".
        if sentence_end > end and any(i in others or notes.texts[i].istitle() for i in before):
            notes.cues.append(NamedRange("reported", end, sentence_end))
    return doc


def _quoted(notes: Notes) -> Iterator[NamedRange]:
    """Yield each quotation, split at sentence boundaries."""
    for start, end in _quotations(notes):
        i = start
        while i < end:
            if notes.is_space[i]:
                i += 1
                continue
            part_end = min(notes.sentence_end(i), end)
            yield NamedRange("quoted", i, part_end)
            i = part_end


def _quotations(notes: Notes) -> Iterator[tuple[int, int]]:
    """Yield the start and the exclusive end of the tokens between each pair of quotation marks."""
    texts = notes.texts
    after_last = 0  # the index after the last closing mark
    for i in [i for i, text in enumerate(texts) if text in _CLOSING]:
        if i < after_last:
            continue
        for j in range(i + 1, min(i + _MAX_QUOTATION, len(texts))):
            if texts[j] == _CLOSING[texts[i]]:
                yield i + 1, j
                after_last = j + 1
                break


@Language.component("thoughtmark_distancing", requires=_REQUIRES, assigns=[CUES])
def find_distanced(doc: Doc) -> Doc:
    """Add the words after each distancing phrase to the doc's `Notes`."""
    notes = notes_of(doc, "thoughtmark_distancing", requires=_REQUIRES)
    for _, _, start in notes.cues_named("distancing"):
        end = notes.sentence_end(start - 1)
        if end > start:
            notes.cues.append(NamedRange("distanced", start, end))
    return doc
