"""An entry's text and its tags in; the text in runs out, each marked or not, with the tags that end there.

The runs joined give the text back, character for character, whatever the tags: sentences with several
labels, evidence in another sentence, even spans that overlap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from classifier.tagging import Tag


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """Some characters of the text, and the numbers of the tags that they are evidence for."""

    text: str
    evidence_of: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """Pieces that read on.

    marked
        Whether they stand in a tagged sentence.
    ending
        Numbers of the tags whose sentence ends here, the likeliest first.
    """

    pieces: tuple[Piece, ...]
    marked: bool
    ending: tuple[int, ...]


def check(text: str, tags: Sequence[Tag]) -> None:
    """Raise `ValueError` where a tag or its evidence points outside the text."""
    for tag in tags:
        for start, end in ((tag.start, tag.end), *((span.start, span.end) for span in tag.evidence)):
            if not 0 <= start <= end <= len(text):
                raise ValueError(
                    f"a {tag.label!r} tag points to characters {start} to {end} of a text of {len(text)}; "
                    "give the tags of this very text, unchanged"
                )


def runs(text: str, tags: Sequence[Tag]) -> list[Run]:
    """Cut a text at its tags. A tag's number is its place in `tags`."""
    check(text, tags)
    ending: defaultdict[int, list[int]] = defaultdict(list)
    for number in sorted(range(len(tags)), key=lambda i: -tags[i].probability):
        ending[tags[number].end].append(number)
    cut = []
    if 0 in ending:  # an empty sentence at the very start
        cut.append(Run((), marked=False, ending=tuple(ending[0])))
    for (end, marked), found in groupby(_pieces(text, tags, bounds=ending), key=lambda piece: piece[:2]):
        cut.append(Run(tuple(piece for _, _, piece in found), marked=marked, ending=tuple(ending.get(end, ()))))
    return cut


def _pieces(text: str, tags: Sequence[Tag], *, bounds: Iterable[int]) -> Iterator[tuple[int, bool, Piece]]:
    """Yield every piece with the offset at which its run ends, and whether it is marked."""
    sentences = _changes((i, tag.start, tag.end) for i, tag in enumerate(tags))
    evidence = _changes((i, span.start, span.end) for i, tag in enumerate(tags) for span in tag.evidence)
    run_ends = sorted({*sentences, *bounds, len(text)} - {0}, reverse=True)
    depth = 0
    speaking: Counter[int] = Counter()
    for start, end in pairwise(sorted({0, *sentences, *evidence, *run_ends})):
        depth += sum(change for _, change in sentences.get(start, ()))
        for number, change in evidence.get(start, ()):
            speaking[number] += change
        speaking = +speaking  # forgets what has ended
        while run_ends[-1] <= start:
            run_ends.pop()
        yield run_ends[-1], depth > 0, Piece(text[start:end], tuple(sorted(speaking)))


def _changes(spans: Iterable[tuple[int, int, int]]) -> dict[int, list[tuple[int, int]]]:
    """Return by offset which number begins (+1) or ends (-1) there. An empty span does neither."""
    changes: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, start, end in spans:
        if start < end:
            changes[start].append((number, +1))
            changes[end].append((number, -1))
    return dict(changes)
