"""Cuts the text of an entry into runs at its tags. A run is marked if it is inside a tagged sentence.

The joined runs equal the text, character for character. This also holds if a sentence has several labels, if evidence
is in another sentence, or if spans overlap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.tagging import Tag


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """Some characters of the text, and the numbers of the tags for which these characters are evidence."""

    text: str
    evidence_of: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """Adjacent pieces of text, either all inside tagged sentences or all outside.

    Parameters
    ----------
    marked
        Whether the pieces are inside tagged sentences.
    ending
        Numbers of the tags whose sentence ends with this run. The most probable tag comes first.
    """

    pieces: tuple[Piece, ...]
    marked: bool
    ending: tuple[int, ...]


def check_spans(text: str, tags: Sequence[Tag]) -> None:
    """Raise `ValueError` if a tag or its evidence points outside the text."""
    for tag in tags:
        for start, end in ((tag.start, tag.end), *((span.start, span.end) for span in tag.evidence)):
            if not 0 <= start <= end <= len(text):
                raise ValueError(
                    f"a {tag.label!r} tag points to characters {start} to {end} of a text of {len(text)}; "
                    "pass the tags of this very text, unchanged"
                )


def cut_at_tags(text: str, tags: Sequence[Tag]) -> list[Run]:
    """Return the text as runs. The number of a tag is its index in `tags`. The errors are those of `check_spans`."""
    check_spans(text, tags)
    ending: defaultdict[int, list[int]] = defaultdict(list)  # tag numbers by the offset at which the sentence ends
    for number in sorted(range(len(tags)), key=lambda i: -tags[i].probability):
        ending[tags[number].end].append(number)
    runs = []
    if 0 in ending:  # an empty sentence at the very start
        runs.append(Run((), marked=False, ending=tuple(ending[0])))
    # A new run begins where the end of the run or the mark changes.
    for (end, marked), group in groupby(_pieces(text, tags, bounds=ending), key=lambda piece: piece[:2]):
        runs.append(Run(tuple(piece for _, _, piece in group), marked=marked, ending=tuple(ending.get(end, ()))))
    return runs


def _pieces(text: str, tags: Sequence[Tag], *, bounds: Iterable[int]) -> Iterator[tuple[int, bool, Piece]]:
    """Yield for each piece the offset at which its run ends, whether the piece is marked, and the piece."""
    sentences = _changes((i, tag.start, tag.end) for i, tag in enumerate(tags))
    evidence = _changes((i, span.start, span.end) for i, tag in enumerate(tags) for span in tag.evidence)
    run_ends = sorted({*sentences, *bounds, len(text)} - {0}, reverse=True)
    # Go through the text from left to right, from one change to the next.
    depth = 0  # number of tags whose sentence covers the current offset
    covering: Counter[int] = Counter()  # for each tag, how many of its evidence spans cover the current offset
    for start, end in pairwise(sorted({0, *sentences, *evidence, *run_ends})):
        depth += sum(change for _, change in sentences.get(start, ()))
        for number, change in evidence.get(start, ()):
            covering[number] += change
        covering = +covering  # drops the tags whose count is zero
        while run_ends[-1] <= start:
            run_ends.pop()
        yield run_ends[-1], depth > 0, Piece(text[start:end], tuple(sorted(covering)))


def _changes(spans: Iterable[tuple[int, int, int]]) -> dict[int, list[tuple[int, int]]]:
    """Return for each offset the numbers of the spans that begin (+1) or end (-1) there. Empty spans are left out.

    The input has a number, a start and an end for each span.
    """
    changes: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, start, end in spans:
        if start < end:
            changes[start].append((number, +1))
            changes[end].append((number, -1))
    return dict(changes)
