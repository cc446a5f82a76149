"""Three spaCy components that find scopes: the tokens that a negation, a report or a distancing phrase applies to.

`thoughtmark_negation`
    `negated`: from the word after a negation to the end of its clause, at most six words. The same rule as the forward
    scope of NegEx (Chapman et al. 2001, doi:10.1006/jbin.2001.1029).
`thoughtmark_reported_speech`
    `quoted`: the text between quotation marks. `reported`: what somebody other than the writer said ("he says I'm a
    loser"), to the end of the sentence.
`thoughtmark_distancing`
    `distanced`: what follows a phrase by which the writer steps back from a thought ("I used to think ..."), to the end
    of the sentence.
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
"""Opening quotation marks, and the mark that closes each."""

_MAX_QUOTATION = 60
"""Tokens up to the closing mark. Two marks farther apart, such as inch signs, do not belong together."""

_REQUIRES = [SENTENCES, NORMS, CLASSES, CUES]


@Language.component("thoughtmark_negation", requires=_REQUIRES, assigns=[CUES])
def find_negated(doc: Doc) -> Doc:
    """Add the scope of each negation to the notes."""
    notes = notes_of(doc, "thoughtmark_negation", requires=_REQUIRES)
    for _, _, start in notes.cues_named("negation"):
        limit = min(start + _MAX_NEGATED, notes.sentence_end(start - 1))
        end = next((i for i in range(start, limit) if notes.norms[i] in _CLAUSE_END), limit)
        if end > start:
            notes.cues.append(NamedRange("negated", start, end))
    return doc


@Language.component("thoughtmark_reported_speech", requires=_REQUIRES, assigns=[CUES])
def find_reported_speech(doc: Doc) -> Doc:
    """Add quotations, and what others are reported to have said, to the notes."""
    notes = notes_of(doc, "thoughtmark_reported_speech", requires=_REQUIRES)
    reporting = notes.cues_named("reporting")
    notes.cues.extend(_quoted(notes))
    others = {i for name, start, end in notes.classes if name == "other" for i in range(start, end)}
    for _, start, end in reporting:
        before = range(max(notes.sentence_start(start), start - 3), start)
        if any(notes.norms[i] in _WRITER for i in before[-2:]):  # "I said ..."
            continue
        sentence_end = notes.sentence_end(end - 1)
        if sentence_end > end and any(i in others or notes.texts[i].istitle() for i in before):
            notes.cues.append(NamedRange("reported", end, sentence_end))
    return doc


def _quoted(notes: Notes) -> Iterator[NamedRange]:
    """Yield each quotation, cut at the ends of sentences."""
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
    """Yield the first token between two quotation marks, and the closing mark."""
    texts = notes.texts
    after_last = 0
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
    """Add what follows each distancing phrase to the notes."""
    notes = notes_of(doc, "thoughtmark_distancing", requires=_REQUIRES)
    for _, _, start in notes.cues_named("distancing"):
        end = notes.sentence_end(start - 1)
        if end > start:
            notes.cues.append(NamedRange("distanced", start, end))
    return doc
