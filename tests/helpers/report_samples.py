"""Made-up entries with made-up tags for the tests of the reports, and a reader of the pages that come out."""

from __future__ import annotations

import io
from datetime import date, datetime
from html.parser import HTMLParser

from classifier.journal.entry import Entry
from classifier.report.formats import ReportSettings, find_format
from classifier.report.model_card import ModelCard
from classifier.tagging import Evidence, Status, Tag, TaggedEntry
from classifier.taxonomy import Taxonomy

TAXONOMY = Taxonomy.load()
CARD = ModelCard(
    version="7.1",
    operating_point="balanced",
    thresholds={"bargaining": 0.41},
    measured="Half were right.",
    steps=((0, 0), (3, 1), (5, 2), (7, 4), (8, 7)),
)
TEXT = "They're doing a toast at eight. I think I'll have one glass\nand then stop. Home by ten."
SENTENCE = "I think I'll have one glass\nand then stop."

Pair = tuple[Entry, TaggedEntry]


def tag(text: str, sentence: str, label: str, probability: float, *evidence: str) -> Tag:
    """A tag on a sentence of the text, with evidence anywhere in the text."""
    spans = tuple(Evidence(text.index(words), text.index(words) + len(words), 1.25) for words in evidence)
    start = text.index(sentence)
    return Tag(label, probability, 0.3, start, start + len(sentence), spans)


def pair(
    ident: str, text: str, *tags: Tag, day: date | None = None, author: str | None = None, reason: str | None = None
) -> Pair:
    """An entry, and what the classifier might have said of it."""
    status: Status = "cannot_judge" if reason else "tagged" if tags else "no_tags"
    chance = max((one.probability for one in tags), default=None)
    return Entry(ident, text, day, author, f"{ident}.txt"), TaggedEntry(ident, status, reason, tags, {}, "7.1", chance)


def report(form: str, *pairs: Pair, with_text: bool = True) -> str:
    """Return what a format writes for some entries."""
    out = io.StringIO()
    made = datetime(2026, 3, 30, 18, 5)
    settings = ReportSettings(
        taxonomy=TAXONOMY, model=CARD, made=made, with_text=with_text and form in {"csv", "table"}
    )
    to = find_format(form).writer(out, settings)
    for entry, tagged in pairs:
        to.write(entry, tagged)
    to.close()
    return out.getvalue()


def journal() -> tuple[Pair, ...]:
    """Four entries: without tags, with one, with two on one sentence, and one that cannot be judged."""
    both = (
        tag(TEXT, SENTENCE, "bargaining", 0.93, "one glass", "toast"),
        tag(TEXT, SENTENCE, "minimizing", 0.35, "then stop"),
    )
    return (
        pair("plain", "Work, then home.", day=date(2026, 3, 1)),
        pair("maybe", "She knows.", tag("She knows.", "She knows.", "mind_reading", 0.55), day=date(2026, 3, 4)),
        pair("first", TEXT, *both, day=date(2026, 3, 9)),
        pair("short", "Ok.", day=date(2026, 3, 10), reason="too_short"),
    )


class Page(HTMLParser):
    """The page as a list of elements, with the text of each entry apart from the labels set into it."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.contents: dict[str, str] = {}
        self._path: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and open it."""
        self.elements.append((name, dict(attrs)))
        if name not in self.VOID:
            self._path.append(self.elements[-1])
        if dict(attrs).get("class") == "text":
            self.texts.append("")

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that holds nothing."""
        self.elements.append((name, dict(attrs)))

    def handle_endtag(self, name: str) -> None:
        """Close an element, which must be the last opened."""
        assert self._path.pop()[0] == name

    def handle_data(self, data: str) -> None:
        """Add text to all elements that contain it."""
        classes = [attrs.get("class") for _, attrs in self._path]
        if "text" in classes and "tag" not in classes:
            self.texts[-1] += data
        for key in (ident for _, attrs in self._path if (ident := attrs.get("id"))):
            self.contents[key] = self.contents.get(key, "") + data
        if self._path and self._path[-1][0] in {"script", "style", "title"}:
            self.contents.setdefault(self._path[-1][0], data)

    def attributes(self, *names: str) -> list[str]:
        """All values of the attributes, in order."""
        return [attrs[name] or "" for _, attrs in self.elements for name in names if name in attrs]
