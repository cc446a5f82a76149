"""A long sentence in, its clauses out, because people who type without full stops put many thoughts in one sentence."""

from __future__ import annotations

from itertools import pairwise

from classifier.preprocess.terms import Sentence

_MIN_SENTENCE = 15
"""Tokens from which a sentence is split into clauses."""

_MIN_CLAUSE = 4
"""Tokens of the shortest clause; a shorter one stays with the clause before it."""

_STARTS = frozenset("and because but if or so then though although when while , ; : ... … ( ) - \u2013 \u2014".split())
"""Words and punctuation that can start a clause."""


def split_clauses(sentence: Sentence) -> list[Sentence]:
    """Return the clauses of a long sentence in order; an empty list if it is short or cannot be split.

    The split is by conjunctions and punctuation alone. Together the clauses are the whole sentence. Their offsets are
    offsets in the entry's text, like those of the sentence.
    """
    words = sentence.words
    if len(words) < _MIN_SENTENCE:
        return []
    starts = [0]
    for i, word in enumerate(words.texts):
        if word in _STARTS and i - starts[-1] >= _MIN_CLAUSE and len(words) - i >= _MIN_CLAUSE:
            starts.append(i)
    if len(starts) == 1:
        return []
    return [_clause(sentence, first, end) for first, end in pairwise([*starts, len(words)])]


def _clause(sentence: Sentence, first: int, end: int) -> Sentence:
    """Return the words from `first` to before `end` as a sentence of its own."""
    words = sentence.words[first:end]
    start_offset, end_offset = words.starts[0], words.ends[-1]
    return Sentence(
        text=sentence.text[start_offset - sentence.start : end_offset - sentence.start],
        start=start_offset,
        end=end_offset,
        words=words,
        folded=sentence.folded.within(start_offset, end_offset),
        cues=sentence.cues.within(start_offset, end_offset),
    )
