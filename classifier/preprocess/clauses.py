"""Splits a long sentence into clauses.

People who type without full stops put many thoughts in one sentence. A clause holds one of them.
"""

from __future__ import annotations

from itertools import pairwise

from classifier.preprocess.terms import Sentence

_MIN_SENTENCE = 15
"""A sentence with at least this number of tokens is split."""

_MIN_CLAUSE = 4
"""A clause has at least this number of tokens. Shorter pieces stay part of a neighbouring clause."""

_STARTS = frozenset("and because but if or so then though although when while , ; : ... … ( ) - \u2013 \u2014".split())
"""Words and punctuation that can start a clause."""


def split_clauses(sentence: Sentence) -> list[Sentence]:
    """Return the clauses of a long sentence in order. Return an empty list if it is short or cannot be split.

    The sentence is split at conjunctions and punctuation only. Together, the clauses contain all of its words. Like the
    offsets of the sentence, the offsets of a clause count from the beginning of the entry's text.
    """
    words = sentence.words
    if len(words) < _MIN_SENTENCE:
        return []
    starts = [0]  # index of the first word of each clause
    for i, word in enumerate(words.texts):
        if word in _STARTS and i - starts[-1] >= _MIN_CLAUSE and len(words) - i >= _MIN_CLAUSE:
            starts.append(i)
    if len(starts) == 1:
        return []
    return [_clause(sentence, first, end) for first, end in pairwise([*starts, len(words)])]


def _clause(sentence: Sentence, first: int, end: int) -> Sentence:
    """Build a `Sentence` from the words `first` to `end`; the end is exclusive."""
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
