"""Computes the values that a page shows of a journal, for a template. Only the pictures contain markup."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from classifier.report import words
from classifier.report.marks import Run, cut_at_tags

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.tagging import Tag, TaggedEntry
    from classifier.taxonomy import Label, Taxonomy

_NO_AUTHOR: Final = "no writer named"
_LEAST_DATES: Final = 2
_SNIPPET: Final = 150  # characters


@dataclass(frozen=True, slots=True, repr=False)
class EvidenceWords:
    """Words that raised the probability of a tag.

    Parameters
    ----------
    weight
        Amount that the words add to the log-odds.
    elsewhere
        Whether the words are outside the tagged sentence.
    """

    text: str
    weight: float
    elsewhere: bool


@dataclass(frozen=True, slots=True, repr=False)
class ShownTag:
    """A tag as a page shows it. The strongest evidence comes first."""

    label: Label
    probability: float
    threshold: float
    evidence: tuple[EvidenceWords, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Article:
    """An entry as a page shows it.

    Parameters
    ----------
    number
        Position in the journal, from 1. The anchor of the article on the page is `#entry-<number>`.
    author
        Index of its author in `Page.authors`.
    runs
        The text, cut at its tags.
    shown_tags
        One element per tag, in the order of `tagged.tags`. The tag numbers in `runs` are indexes of this tuple.
    best
        Each label of the entry with its highest probability. The most probable label comes first.
    place
        Position in the reading order `Page.queue`, from 0. None if the entry has no tags.
    """

    number: int
    entry: Entry
    tagged: TaggedEntry
    author: int
    runs: tuple[Run, ...]
    shown_tags: tuple[ShownTag, ...]
    best: tuple[tuple[Label, float], ...]
    place: int | None

    @property
    def snippet(self) -> str:
        """The most probable sentence on one line, shortened."""
        tag = max(self.tagged.tags, key=lambda tag: tag.probability)
        return textwrap.shorten(self.entry.text[tag.start : tag.end], _SNIPPET, placeholder=" \u2026")


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """The labels of one author over time, as an SVG element and as the rows of a table.

    `author` is the index of the author in `Page.authors`.
    """

    author: int
    svg: str
    rows: tuple[tuple[Article, Label, float], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """Everything that a page shows of a journal.

    Parameters
    ----------
    queue
        The articles with tags, in reading order: the most probable to have any label comes first.
    unjudged
        The articles that could not be judged.
    labels
        The labels that occur, each with the number of its entries, in the order of the taxonomy.
    authors
        The names of the authors. A journal without several authors has one name, which may be empty.
    pictures
        A picture for each author with dated entries. All have the same dates and rows, so that they can be compared.
    undated
        The number of entries without a date.
    """

    articles: tuple[Article, ...]
    queue: tuple[Article, ...]
    unjudged: tuple[Article, ...]
    labels: tuple[tuple[Label, int], ...]
    authors: tuple[str, ...]
    pictures: tuple[Picture, ...]
    undated: int


def build_page(pairs: Sequence[tuple[Entry, TaggedEntry]], *, taxonomy: Taxonomy) -> Page:
    """Return everything that a page shows of a journal."""
    authors = tuple(dict.fromkeys(entry.author or "" for entry, _ in pairs))
    with_tags = [i for i, (_, tagged) in enumerate(pairs) if tagged.tags]
    order = sorted(with_tags, key=lambda i: -(pairs[i][1].any_label or 0.0))
    places = {i: place for place, i in enumerate(order)}
    articles = tuple(
        _article(i, entry, tagged, taxonomy=taxonomy, author=authors.index(entry.author or ""), place=places.get(i))
        for i, (entry, tagged) in enumerate(pairs)
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
        pictures=tuple(_pictures(articles, range(len(authors)), labels=[label for label, _ in labels])),
        undated=sum(article.entry.date is None for article in articles),
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
        runs=tuple(cut_at_tags(entry.text, tagged.tags)),
        shown_tags=tuple(_shown_tag(tag, entry.text, taxonomy=taxonomy) for tag in tagged.tags),
        best=tuple((taxonomy[label], p) for label, p in sorted(best.items(), key=lambda item: -item[1])),
        place=place,
    )


def _shown_tag(tag: Tag, text: str, *, taxonomy: Taxonomy) -> ShownTag:
    evidence = sorted(tag.evidence, key=lambda span: -span.weight)
    return ShownTag(
        label=taxonomy[tag.label],
        probability=tag.probability,
        threshold=tag.threshold,
        evidence=tuple(
            EvidenceWords(
                text=" ".join(text[span.start : span.end].split()),
                weight=span.weight,
                elsewhere=span.end <= tag.start or span.start >= tag.end,
            )
            for span in evidence
        ),
    )


def _pictures(articles: Sequence[Article], authors: Iterable[int], *, labels: Sequence[Label]) -> Iterator[Picture]:
    """Yield a picture for each author with dated entries, if any have labels, and there are entries on two dates."""
    all_days = sorted(article.entry.date for article in articles if article.entry.date)
    if len(set(all_days)) < _LEAST_DATES or not any(article.best for article in articles if article.entry.date):
        return
    for author in authors:
        dated = sorted(
            ((article.entry.date, article) for article in articles if article.author == author and article.entry.date),
            key=lambda pair: (pair[0], pair[1].number),
        )
        if dated:
            rows = tuple((article, label, p) for _, article in dated for label, p in article.best)
            days = [day for day, _ in dated]
            svg = _svg(rows, days, labels=labels, limits=(all_days[0], all_days[-1]), id_prefix=f"plot-{author}")
            yield Picture(author, svg, rows)


def _svg(
    rows: Sequence[tuple[Article, Label, float]],
    days: Sequence[date],
    *,
    labels: Sequence[Label],
    limits: tuple[date, date],
    id_prefix: str,
) -> str:
    from classifier.report.plot import Dot, over_time  # loads matplotlib, which only pictures need

    row_of = {label.id: row for row, label in enumerate(labels)}
    return over_time(
        [Dot(article.entry.date, row_of[label.id], p) for article, label, p in rows if article.entry.date],
        names=[label.name for label in labels],
        dates=days,
        limits=limits,
        id_prefix=id_prefix,
        title="Labels over time",
        description=(
            f"{words.count(len(rows), 'label')} in {words.count(len(days), 'dated entry', 'dated entries')} from "
            f"{words.day(days[0])} to {words.day(days[-1])}. The table below shows the same."
        ),
    )
