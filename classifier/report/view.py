"""Entries and their tags in, what the page shows of them out: values for the template, no markup but the pictures."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from classifier.report import words
from classifier.report.marks import Run, runs
from classifier.report.plot import Dot, over_time

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.tagging import Tag, TaggedEntry
    from classifier.taxonomy import Label, Taxonomy

_NO_AUTHOR: Final = "no writer named"
_LEAST_DATES: Final = 2
_SNIPPET: Final = 150  # characters


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """Evidence: the words, what they add to the log-odds, and whether they stand outside the tagged sentence."""

    text: str
    weight: float
    elsewhere: bool


@dataclass(frozen=True, slots=True, repr=False)
class Mark:
    """A tag as the page shows it."""

    label: Label
    probability: float
    threshold: float
    evidence: tuple[Words, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Article:
    """An entry as the page shows it.

    number
        Its place in the journal, from 1; the page links to `#entry-<number>`.
    author
        Number of its author in `Page.authors`.
    marks
        One for each tag; `runs` refers to them by their place.
    best
        Each label of the entry with its highest probability, the likeliest first.
    place
        Its place in the order in which to read the entries, from 0; without tags, None.
    """

    number: int
    entry: Entry
    tagged: TaggedEntry
    author: int
    runs: tuple[Run, ...]
    marks: tuple[Mark, ...]
    best: tuple[tuple[Label, float], ...]
    place: int | None

    @property
    def snippet(self) -> str:
        """The likeliest sentence on one line, shortened."""
        tag = max(self.tagged.tags, key=lambda tag: tag.probability)
        return textwrap.shorten(self.entry.text[tag.start : tag.end], _SNIPPET, placeholder=" \u2026")


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """An author's labels over time, as an SVG element and as the rows of a table."""

    author: str
    svg: str
    rows: tuple[tuple[Article, Label, float], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """All that the page shows of a journal.

    queue
        The articles with tags in the order in which to read them: by the chance that they hold any label.
    labels
        The labels that occur, in the taxonomy's order, and in how many entries.
    authors
        Their names; one, perhaps empty, where the journal does not tell several apart.
    """

    articles: tuple[Article, ...]
    queue: tuple[Article, ...]
    unjudged: tuple[Article, ...]
    labels: tuple[tuple[Label, int], ...]
    authors: tuple[str, ...]
    pictures: tuple[Picture, ...]


def page(gathered: Sequence[tuple[Entry, TaggedEntry]], *, taxonomy: Taxonomy) -> Page:
    """Return what to show of a journal."""
    authors = tuple(dict.fromkeys(entry.author or "" for entry, _ in gathered))
    tagged_ones = [i for i, (_, tagged) in enumerate(gathered) if tagged.tags]
    order = sorted(tagged_ones, key=lambda i: -(gathered[i][1].any_label or 0.0))
    places = {i: place for place, i in enumerate(order)}
    articles = tuple(
        _article(i, entry, tagged, taxonomy=taxonomy, author=authors.index(entry.author or ""), place=places.get(i))
        for i, (entry, tagged) in enumerate(gathered)
    )
    counts = Counter(label.id for article in articles for label, _ in article.best)
    labels = tuple((label, counts[label.id]) for label in taxonomy if counts[label.id])
    names = tuple(author or _NO_AUTHOR for author in authors) if len(authors) > 1 else authors
    return Page(
        articles=articles,
        queue=tuple(articles[i] for i in order),
        unjudged=tuple(article for article in articles if article.tagged.status == "cannot_judge"),
        labels=labels,
        authors=names,
        pictures=tuple(_pictures(articles, names, order=[label.id for label, _ in labels])),
    )


def _article(
    i: int, entry: Entry, tagged: TaggedEntry, *, taxonomy: Taxonomy, author: int, place: int | None
) -> Article:
    best: dict[str, float] = {}
    for tag in tagged.tags:
        best[tag.label] = max(tag.probability, best.get(tag.label, 0.0))
    return Article(
        number=i + 1,
        entry=entry,
        tagged=tagged,
        author=author,
        runs=tuple(runs(entry.text, tagged.tags)),
        marks=tuple(_mark(tag, entry.text, taxonomy=taxonomy) for tag in tagged.tags),
        best=tuple((taxonomy[label], p) for label, p in sorted(best.items(), key=lambda found: -found[1])),
        place=place,
    )


def _mark(tag: Tag, text: str, *, taxonomy: Taxonomy) -> Mark:
    evidence = sorted(tag.evidence, key=lambda span: -span.weight)
    return Mark(
        label=taxonomy[tag.label],
        probability=tag.probability,
        threshold=tag.threshold,
        evidence=tuple(
            Words(
                text=" ".join(text[span.start : span.end].split()),
                weight=span.weight,
                elsewhere=span.end <= tag.start or span.start >= tag.end,
            )
            for span in evidence
        ),
    )


def _pictures(articles: Sequence[Article], authors: Sequence[str], *, order: Sequence[str]) -> list[Picture]:
    """Return a picture for each author with tags whose entries have two dates at least."""
    pictures = []
    for number, author in enumerate(authors):
        own = [article for article in articles if article.author == number]
        dated = sorted((day, article.number) for article in own if (day := article.entry.date))
        by_number = {article.number: article for article in own}
        rows = tuple((by_number[n], label, p) for _, n in dated for label, p in by_number[n].best)
        if len({day for day, _ in dated}) >= _LEAST_DATES and rows:
            days = [day for day, _ in dated]
            pictures.append(
                Picture(author=author, svg=_svg(rows, days, order=order, ident=f"plot-{number}"), rows=rows)
            )
    return pictures


def _svg(
    rows: Sequence[tuple[Article, Label, float]], days: Sequence[date], *, order: Sequence[str], ident: str
) -> str:
    present = {label.id: label.name for _, label, _ in rows}
    shown = [label_id for label_id in order if label_id in present]
    return over_time(
        [Dot(article.entry.date, shown.index(label.id), p) for article, label, p in rows if article.entry.date],
        names=[present[label_id] for label_id in shown],
        dates=days,
        ident=ident,
        title="Labels over time",
        description=(
            f"{words.count(len(rows), 'label')} in {words.count(len(days), 'dated entry', 'dated entries')} from "
            f"{words.day(days[0])} to {words.day(days[-1])}. The same is in the table that follows."
        ),
    )
