"""Text of an entry and its tags in; the text cut into runs, each marked or not, with the tags that end there out.

The runs joined give the text back, character for character, for any tags: several labels on a sentence, evidence in
another sentence, even spans that overlap.
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
    """Some characters of the text, and the numbers of the tags that they are evidence for."""

    text: str
    evidence_of: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """Adjacent pieces that are all inside tagged sentences, or all outside.

    Parameters
    ----------
    marked
        Whether they are inside a tagged sentence.
    ending
        Numbers of the tags whose sentence ends with this run, the most probable first.
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
    """Return the text as runs. The number of a tag is its index in `tags`; errors as in `check_spans`."""
    check_spans(text, tags)
    ending: defaultdict[int, list[int]] = defaultdict(list)
    for number in sorted(range(len(tags)), key=lambda i: -tags[i].probability):
        ending[tags[number].end].append(number)
    runs = []
    if 0 in ending:  # an empty sentence at the very start
        runs.append(Run((), marked=False, ending=tuple(ending[0])))
    for (end, marked), group in groupby(_pieces(text, tags, bounds=ending), key=lambda piece: piece[:2]):
        runs.append(Run(tuple(piece for _, _, piece in group), marked=marked, ending=tuple(ending.get(end, ()))))
    return runs


def _pieces(text: str, tags: Sequence[Tag], *, bounds: Iterable[int]) -> Iterator[tuple[int, bool, Piece]]:
    """Yield each piece with the offset at which its run ends, and whether it is marked."""
    sentences = _changes((i, tag.start, tag.end) for i, tag in enumerate(tags))
    evidence = _changes((i, span.start, span.end) for i, tag in enumerate(tags) for span in tag.evidence)
    run_ends = sorted({*sentences, *bounds, len(text)} - {0}, reverse=True)
    # A sweep from left to right: how many sentences, and which tags' evidence, cover the current offset.
    depth = 0
    covering: Counter[int] = Counter()
    for start, end in pairwise(sorted({0, *sentences, *evidence, *run_ends})):
        depth += sum(change for _, change in sentences.get(start, ()))
        for number, change in evidence.get(start, ()):
            covering[number] += change
        covering = +covering  # drops the tags whose count is zero
        while run_ends[-1] <= start:
            run_ends.pop()
        yield run_ends[-1], depth > 0, Piece(text[start:end], tuple(sorted(covering)))


def _changes(spans: Iterable[tuple[int, int, int]]) -> dict[int, list[tuple[int, int]]]:
    """Return, by offset, which number begins (+1) or ends (-1) there. Empty spans are left out."""
    changes: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, start, end in spans:
        if start < end:
            changes[start].append((number, +1))
            changes[end].append((number, -1))
    return dict(changes)
