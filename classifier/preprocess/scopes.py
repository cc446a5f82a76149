"""Where a cue reaches: the span of words that a negation, a report, a quotation or a step back governs.

Three components, each of which notes cues of one kind:

`thoughtmark_negation`
    `negated`: from the word after a negation to the end of its clause, six words at most. The same
    bounds as NegEx's forward scope (Chapman et al. 2001, doi:10.1006/jbin.2001.1029).
`thoughtmark_reported_speech`
    `quoted`: what stands in quotation marks; `reported`: what somebody other than the writer said
    ("he says I'm a loser"), to the end of the sentence.
`thoughtmark_distancing`
    `distanced`: what follows a phrase that steps back from a thought ("I used to think ..."), to the
    end of the sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from classifier.preprocess.notes import Mark, Notes, bounded

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


@Language.component(
    "thoughtmark_negation", requires=["token.is_sent_start", "doc.user_data"], assigns=["doc.user_data"]
)
def negation(doc: Doc) -> Doc:
    """Note the scope of each negation."""
    found = bounded(doc)
    for _, _, start in found.reaching("negation"):
        end = limit = min(start + _NEGATION_REACH, found.sentence_end(start - 1))
        for i in range(start, limit):
            if found.norms[i] in _CLAUSE_END:
                end = i
                break
        if end > start:
            found.cues.append(Mark("negated", start, end))
    return doc


def _quotations(found: Notes) -> Iterator[tuple[int, int]]:
    """Yield the bounds of what stands between two quotation marks."""
    if not any(map(found.text.__contains__, _OPENING)):
        return
    texts = found.texts
    done = 0
    for i in [i for i, text in enumerate(texts) if text in _OPENING]:
        if i < done:
            continue
        for j in range(i + 1, min(i + _LONGEST_QUOTATION, len(texts))):
            if texts[j] == _OPENING[texts[i]]:
                yield i + 1, j
                done = j + 1
                break


def _quoted(found: Notes) -> Iterator[Mark]:
    """Yield each quotation, one mark for each sentence that it runs through."""
    for start, end in _quotations(found):
        i = start
        while i < end:
            if found.blank[i]:
                i += 1
                continue
            part_end = min(found.sentence_end(i), end)
            yield Mark("quoted", i, part_end)
            i = part_end


@Language.component(
    "thoughtmark_reported_speech", requires=["token.is_sent_start", "doc.user_data"], assigns=["doc.user_data"]
)
def reported_speech(doc: Doc) -> Doc:
    """Note quotations, and what others are reported to have said."""
    found = bounded(doc)
    reporting = found.reaching("reporting")
    found.cues.extend(_quoted(found))
    others = {i for name, start, end in found.folds if name == "other" for i in range(start, end)}
    for _, start, after in reporting:
        subject = range(max(found.sentence_start(start), start - 3), start)
        if any(found.norms[i] in _WRITER for i in subject[-2:]):
            continue
        end = found.sentence_end(after - 1)
        if end > after and any(i in others or found.texts[i].istitle() for i in subject):
            found.cues.append(Mark("reported", after, end))
    return doc


@Language.component(
    "thoughtmark_distancing", requires=["token.is_sent_start", "doc.user_data"], assigns=["doc.user_data"]
)
def distancing(doc: Doc) -> Doc:
    """Note what a phrase of distance reaches."""
    found = bounded(doc)
    for _, _, start in found.reaching("distancing"):
        end = found.sentence_end(start - 1)
        if end > start:
            found.cues.append(Mark("distanced", start, end))
    return doc
