"""A long sentence in, its clauses out: people who type without full stops say one thing among many others."""

from __future__ import annotations

from itertools import pairwise

from classifier.preprocess.terms import Sentence

_LONG = 15
"""Words, marks included, from which a sentence is read by its clauses too."""

_LEAST = 4
"""Words of a clause; a shorter one is read with the one before it."""

_STARTS = frozenset("and because but if or so then though although when while , ; : ... … ( ) - \u2013 \u2014".split())
"""Words and marks that a clause may start with."""


def clauses(sentence: Sentence) -> list[Sentence]:
    """Return the clauses of a long sentence, in order, which together are the sentence; none for a short one.

    Found by conjunctions and marks alone. Their places, as the sentence's, are those of the entry's text.
    """
    words = sentence.words
    if len(words) < _LONG:
        return []
    starts = [0]
    for i, word in enumerate(words.texts):
        if word in _STARTS and i - starts[-1] >= _LEAST and len(words) - i >= _LEAST:
            starts.append(i)
    if len(starts) == 1:
        return []
    return [_part(sentence, first, last) for first, last in pairwise([*starts, len(words)])]


def _part(sentence: Sentence, first: int, last: int) -> Sentence:
    words = sentence.words.run(slice(first, last))
    start, end = words.starts[0], words.ends[-1]
    return Sentence(
        text=sentence.text[start - sentence.start : end - sentence.start],
        start=start,
        end=end,
        words=words,
        folded=sentence.folded.within(start, end),
        cues=sentence.cues.within(start, end),
    )
