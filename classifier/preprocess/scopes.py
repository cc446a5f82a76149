"""Where a cue reaches: the span of words that a negation, a report, a quotation or a step back governs.

Three components, each adding the spans of one kind to `doc.spans["cues"]`:

`mindmark_negation`
    `negated`: from the word after a negation to the end of its clause, six words at most. The same
    bounds as NegEx's forward scope (Chapman et al. 2001, doi:10.1006/jbin.2001.1029).
`mindmark_reported_speech`
    `quoted`: what stands in quotation marks; `reported`: what somebody other than the writer said
    ("he says I'm a loser"), to the end of the sentence.
`mindmark_distancing`
    `distanced`: what follows a phrase that steps back from a thought ("I used to think ..."), to the
    end of the sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

_CLAUSE_END = frozenset(
    ", . ; : ! ? ... ( ) - -- \u2013 \u2014 but because although though except so then until".split()
)
_NEGATION_REACH = 6
_WRITER = frozenset({"i", "we"})
_OPENING = {"\u201c": "\u201d", "\u00ab": "\u00bb", '"': '"'}
_LONGEST_QUOTATION = 60


def _cues(doc: Doc, name: str) -> Iterator[Span]:
    return (span for span in doc.spans["cues"] if span.label_ == name)


def _bounds(doc: Doc) -> list[tuple[int, int]]:
    """For each token the bounds of its sentence, without the white space at its end.

    Found in one pass, because an entry may be one sentence of 40,000 words.
    """
    bounds = []
    for span in doc.sents:
        end = span.end
        while end > span.start and doc[end - 1].is_space:
            end -= 1
        bounds.extend([(span.start, end)] * len(span))
    return bounds


@Language.component(
    "mindmark_negation", requires=["token.norm", "token.is_sent_start", "doc.spans"], assigns=["doc.spans"]
)
def negation(doc: Doc) -> Doc:
    """Add the scope of each negation."""
    bounds = _bounds(doc)
    found = []
    for cue in _cues(doc, "negation"):
        end = limit = min(cue.end + _NEGATION_REACH, bounds[cue.end - 1][1])
        for i in range(cue.end, limit):
            if doc[i].norm_ in _CLAUSE_END:
                end = i
                break
        if end > cue.end:
            found.append(Span(doc, cue.end, end, label="negated"))
    doc.spans["cues"].extend(found)
    return doc


def _quotations(doc: Doc) -> Iterator[tuple[int, int]]:
    """Yield the bounds of what stands between two quotation marks."""
    i = 0
    while i < len(doc):
        closing = _OPENING.get(doc[i].text)
        if closing is not None:
            for j in range(i + 1, min(i + _LONGEST_QUOTATION, len(doc))):
                if doc[j].text == closing:
                    yield i + 1, j
                    i = j
                    break
        i += 1


def _quoted(doc: Doc, bounds: list[tuple[int, int]]) -> Iterator[Span]:
    """Yield each quotation, one span for each sentence that it runs through."""
    for start, end in _quotations(doc):
        i = start
        while i < end:
            if doc[i].is_space:
                i += 1
                continue
            part_end = min(bounds[i][1], end)
            yield Span(doc, i, part_end, label="quoted")
            i = part_end


@Language.component(
    "mindmark_reported_speech", requires=["token.norm", "token.is_sent_start", "doc.spans"], assigns=["doc.spans"]
)
def reported_speech(doc: Doc) -> Doc:
    """Add quotations, and what others are reported to have said."""
    bounds = _bounds(doc)
    found = list(_quoted(doc, bounds))
    others = {i for span in doc.spans["folds"] if span.label_ == "other" for i in range(span.start, span.end)}
    for cue in _cues(doc, "reporting"):
        subject = [doc[i] for i in range(max(bounds[cue.start][0], cue.start - 3), cue.start)]
        if any(token.norm_ in _WRITER for token in subject[-2:]):
            continue
        end = bounds[cue.end - 1][1]
        if end > cue.end and any(token.i in others or token.is_title for token in subject):
            found.append(Span(doc, cue.end, end, label="reported"))
    doc.spans["cues"].extend(found)
    return doc


@Language.component("mindmark_distancing", requires=["token.is_sent_start", "doc.spans"], assigns=["doc.spans"])
def distancing(doc: Doc) -> Doc:
    """Add what a phrase of distance reaches."""
    bounds = _bounds(doc)
    found = []
    for cue in _cues(doc, "distancing"):
        end = bounds[cue.end - 1][1]
        if end > cue.end:
            found.append(Span(doc, cue.end, end, label="distanced"))
    doc.spans["cues"].extend(found)
    return doc
