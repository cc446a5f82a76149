"""The HTML report: it shows the text unchanged, the most probable entries first, and fetches and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from helpers.report_samples import CARD, TAXONOMY, TEXT, Page, Pair, journal, pair, report, tag
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.report import words
from classifier.report.marks import cut_at_tags
from classifier.tagging import Evidence, Tag

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Open a page in a real browser; the DOM after loading, and what the console said."""
    if BROWSER is None:
        pytest.skip("no Chromium is installed")

    def dump(html: str, fragment: str = "") -> tuple[str, str]:
        (tmp_path / "report.html").write_text(html, encoding="utf-8", newline="")
        done = subprocess.run(
            [
                *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
                *("--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"),
                (tmp_path / "report.html").as_uri() + fragment,
            ],
            capture_output=True,
            timeout=120,
            check=True,
        )
        return done.stdout.decode(), done.stderr.decode(errors="replace")

    return dump


@st.composite
def tagged_texts(draw: st.DrawFn) -> tuple[str, tuple[Tag, ...]]:
    """Any text, lone surrogates included, with any tags and evidence: overlapping, empty, out of order."""
    text = draw(st.text(st.characters(codec=None) | st.sampled_from("<>&\"'\r\n\t \ud800\x00\x85"), max_size=30))
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    tags = []
    for start, end in draw(st.lists(spans, max_size=5)):
        evidence = tuple(Evidence(first, last, 1.0) for first, last in draw(st.lists(spans, max_size=3)))
        label, probability = draw(st.sampled_from(TAXONOMY.ids)), draw(st.floats(0, 1))
        tags.append(Tag(label, probability, 0.2, start, end, evidence))
    return text, tuple(tags)


# HTML: the text and its marks


@given(tagged_texts())
def test_runs_give_the_text_back_and_every_tag_once(case: tuple[str, tuple[Tag, ...]]) -> None:
    """Whatever the tags: the runs join to the text, marks cover the sentences and no more, each tag ends once."""
    text, tags = case
    runs = cut_at_tags(text, tags)
    assert "".join(piece.text for run in runs for piece in run.pieces) == text
    assert sorted(number for run in runs for number in run.ending) == list(range(len(tags)))
    at = 0
    for run in runs:
        for piece in run.pieces:
            for i in range(at, at + len(piece.text)):
                assert run.marked == any(tag.start <= i < tag.end for tag in tags)
                speaking = (n for n, tag in enumerate(tags) if any(e.start <= i < e.end for e in tag.evidence))
                assert piece.evidence_of == tuple(speaking)
            at += len(piece.text)
        assert all(tags[number].end == at for number in run.ending)


@settings(deadline=None)  # the first page loads Jinja and matplotlib
@given(tagged_texts())
def test_the_page_holds_the_text_of_an_entry_exactly(case: tuple[str, tuple[Tag, ...]]) -> None:
    """Without markup and labels the entry's text comes back, but for characters that no browser shows."""
    text, tags = case
    shown = re.sub(
        "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]", "\ufffd", re.sub("[\x0b\x0c\x85]", "\n", text)
    )
    html = report("html", pair("a", text, *tags))
    assert Page(html).texts == [shown]
    if "\r" not in shown:  # browsers read a carriage return in the file itself as a line feed
        assert "\r" not in html


def test_marks_and_evidence_stand_where_the_tags_say() -> None:
    """The sentence is marked, its evidence underlined, evidence elsewhere too, and both labels come after it."""
    html = report("html", journal()[2])
    body = html[html.index('<div class="text"') :]
    assert '<u data-for="0">toast</u>' in body[: body.index("<mark>")]
    assert (
        '<mark>I think I&#39;ll have <u data-for="0">one glass</u>\nand <u data-for="1">then stop</u>.</mark>' in body
    )
    after = body[body.index("</mark>") :]
    assert after.index("Bargaining") < after.index("Minimizing") < after.index("Home by ten.")


def test_every_label_in_the_text_explains_itself_to_a_keyboard() -> None:
    """Each tag is a button described by a note with odds, evidence, definition, limits and question."""
    page = Page(report("html", *journal()))
    chips = [attrs for name, attrs in page.elements if name == "button" and attrs.get("class") == "chip"]
    tags = [tag for _, tagged in journal() for tag in tagged.tags]
    assert len(chips) == len(tags)
    for chip, one in zip(chips, tags, strict=True):
        note = page.contents[chip["aria-describedby"] or ""]
        label = TAXONOMY[one.label]
        expected = (label.name, label.definition, label.is_not, label.question, words.odds(one.probability))
        assert all(part in note for part in expected)
        assert ("Words that counted" in note) == bool(one.evidence)
        assert "+1.2" not in note
    assert "\u201ctoast\u201d elsewhere in the entry" in page.contents["note-3-0"]


# HTML: order, status, picture, glossary


def test_the_likeliest_entry_is_to_be_read_first() -> None:
    """The list orders entries by the chance of any label, shows odds in words, and links to each."""
    page = Page(report("html", *journal()))
    targets = [target for target in page.attributes("href") if target.startswith("#entry-")]
    assert targets[:2] == ["#entry-3", "#entry-2"]
    assert "Bargaining very likely, 93%" in " ".join(page.contents["queue-3"].split())


@pytest.mark.parametrize("name", ["empty", "too_short", "too_long", "not_english", "not_text", "by_a_newer_model"])
def test_an_entry_without_a_verdict_says_why(name: str) -> None:
    """An entry that cannot be judged is listed and says so in words, and is never shown as free of tags."""
    page = Page(report("html", pair("a", "Ok.", reason=name)))
    for place in ("unjudged", "entry-1"):
        assert f"because {words.reason(name)}" in " ".join(page.contents[place].split())
    assert "_" not in words.reason(name)
    assert "No tags" not in page.contents["entry-1"]


def test_the_glossary_explains_the_labels_that_occur() -> None:
    """Each label of the report has its definition, limits and question, and no other label is there."""
    page = Page(report("html", *journal()))
    terms = {key.removeprefix("label-") for key in page.contents if re.fullmatch(r"label-\w+", key)}
    assert terms == {"bargaining", "minimizing", "mind_reading"}
    label = TAXONOMY["bargaining"]
    expected = (label.definition, label.is_not, label.question)
    assert all(part in page.contents["label-bargaining"] for part in expected)


def test_the_picture_shows_the_labels_that_occur_and_has_a_table() -> None:
    """With two dates there is a picture with a row for each label that occurs, and the same as a table."""
    page = Page(report("html", *journal()))
    pictured = page.contents["over-time"]
    shown = [label.id for label in TAXONOMY if pictured.count(label.name) >= 2]
    assert shown == ["minimizing", "bargaining", "mind_reading"]
    assert [label.id for label in TAXONOMY if label.name in pictured] == shown
    assert "3 labels in 4 dated entries from Sunday 1 March 2026" in page.contents["plot-0-desc"]


@pytest.mark.parametrize("pairs", [journal()[2:3], (pair("a", TEXT), pair("b", TEXT))], ids=["one date", "no tags"])
def test_there_is_no_picture_of_nothing(pairs: tuple[Pair, ...]) -> None:
    """Without two dates, or without tags, nothing is drawn."""
    assert not any(
        name == "svg" and attrs.get("role") == "img" for name, attrs in Page(report("html", *pairs)).elements
    )


def test_each_writer_has_an_own_picture() -> None:
    """Entries of several people are never drawn as one course of things."""
    pairs = [
        pair(
            f"{author}{n}",
            "Just one.",
            tag("Just one.", "Just one.", "bargaining", 0.8),
            day=date(2026, n, 1),
            author=author,
        )
        for author in ("Ana", "Ben")
        for n in (1, 2)
    ]
    page = Page(report("html", *pairs))
    assert sum(attrs.get("role") == "img" for name, attrs in page.elements if name == "svg") == 2
    assert [attrs["data-author"] for name, attrs in page.elements if name == "article"] == ["0", "0", "1", "1"]


def test_the_same_journal_gives_the_same_page() -> None:
    """Two reports of the same entries differ in nothing, pictures included."""
    assert report("html", *journal()) == report("html", *journal())


# HTML: safe, offline, accessible


def hostile() -> tuple[Pair, ...]:
    text = '</div></style><script>document.title = "owned"</script><img src="https://example.org/x" onerror="alert(1)">'
    bad = tag(text, text, "bargaining", 0.9, "<script>")
    return tuple(pair(text, text, bad, day=date(2026, 3, n), author=f"{text}{n}") for n in (1, 1, 2, 2))


@pytest.mark.parametrize("pairs", [journal(), hostile()], ids=["plain", "hostile"])
def test_the_page_fetches_nothing(pairs: tuple[Pair, ...]) -> None:
    """Nothing in the page points outside it, and nothing in it runs or styles by attribute."""
    page = Page(report("html", *pairs))
    links = page.attributes(
        "src", "href", "xlink:href", "srcset", "action", "formaction", "poster", "data", "background"
    )
    assert all(link.startswith("#") for link in links)
    assert not [key for _, attrs in page.elements for key in attrs if key.startswith("on") or key == "style"]
    assert not {name for name, _ in page.elements} & {"img", "iframe", "object", "embed", "link", "base", "image"}
    assert not re.search(r"url\(|@import|//\w", page.contents["style"])
    assert (
        [name for name, _ in page.elements].count("script") == [name for name, _ in page.elements].count("style") == 1
    )


def test_the_policy_allows_this_style_sheet_and_this_script_alone() -> None:
    """The content security policy denies by default and names the hashes of what the page holds."""
    page = Page(report("html", *journal()))
    policy = next(attrs["content"] or "" for _, attrs in page.elements if "http-equiv" in attrs)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.contents[kind].encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"
        assert page.contents[kind].isascii()


def test_the_page_holds_together() -> None:
    """Ids are unique, every link and reference within the page has its target, headings skip no level."""
    page = Page(report("html", *journal()))
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    references = [ref for refs in page.attributes("aria-labelledby", "aria-describedby") for ref in refs.split()]
    assert set(references) | {link[1:] for link in page.attributes("href")} <= set(ids)
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert ("html", {"lang": "en"}) in page.elements


def test_without_scripts_everything_shows() -> None:
    """No entry is hidden in the file itself; only the filter is, which needs the script."""
    page = Page(report("html", *journal()))
    assert [attrs.get("id") for _, attrs in page.elements if "hidden" in attrs] == ["filter"]


def test_the_page_says_twice_that_it_is_no_diagnosis() -> None:
    """The notice is at the top and at the bottom, there with version, operating point and measured quality."""
    page = Page(report("html", *journal()))
    assert report("html", *journal()).count(words.NOT_A_DIAGNOSIS) == 2
    for part in (CARD.version, CARD.operating_point, CARD.measured, "about even, 41%", words.NOT_A_DIAGNOSIS):
        assert part in page.contents["about"]


def test_the_page_says_how_often_odds_were_right() -> None:
    """For each step of odds the page says how many tags it had on real writing, and how many were right."""
    about = Page(report("html", *journal())).contents["about"]
    for name, (tags, right) in zip(words.ODDS, CARD.steps, strict=True):
        assert f"\u201c{name}\u201d: {right} of {tags}" in about


def test_text_has_contrast_in_light_and_dark() -> None:
    """Each pair of text and ground reaches 4.5 to 1 (WCAG AA), underlines and control edges 3 to 1."""
    css = Page(report("html")).contents["style"]
    blocks = re.findall(r":root \{(.*?)\}", css, flags=re.S)[:2]
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)

    def luminance(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def ratio(one: str, other: str) -> float:
        dim, bright = sorted((luminance(one), luminance(other)))
        return (bright + 0.05) / (dim + 0.05)

    text = {
        "ink": "paper panel card mark-strong",
        "soft": "paper panel card",
        "link": "paper panel",
        "notice-ink": "notice",
        "mark-ink": "mark mark-strong",
        "chip-ink": "chip paper",
    }
    edges = {"under": "mark paper", "edge": "card panel", "chip-edge": "chip paper", "dot": "paper line"}
    for tokens in (light, dark):
        for least, pairs in ((4.5, text), (3, edges)):
            for token, grounds in pairs.items():
                assert all(ratio(tokens[token], tokens[ground]) >= least for ground in grounds.split())


# HTML in a browser


def shown_entries(dom: str) -> Iterator[str]:
    for name, attrs in Page(dom).elements:
        if name == "article" and "hidden" not in attrs:
            yield attrs["id"] or ""


def test_a_script_in_an_entry_is_text(browse: Callable[..., tuple[str, str]]) -> None:
    """A script in an entry does not run in any place of the page, and the console reports no error."""
    dom, console = browse(report("html", *hostile()))
    page = Page(dom)
    assert page.contents["title"] == "Journal screening report"
    assert page.texts == [entry.text for entry, _ in hostile()]
    assert "CONSOLE" not in console
    assert "Content Security Policy" not in console


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", ["entry-1", "entry-2", "entry-3", "entry-4"]),
        ("#label=bargaining", ["entry-3"]),
        ("#label=bargaining&label=mind_reading", ["entry-2", "entry-3"]),
        ("#tagged=1", ["entry-2", "entry-3"]),
        ("#label=mind_reading&tagged=1", ["entry-2"]),
        ("#label=%3Cscript%3E", ["entry-1", "entry-2", "entry-3", "entry-4"]),
        ("#from=2026-03-09&to=2026-03-09", ["entry-3"]),
        ("#entry-2", ["entry-1", "entry-2", "entry-3", "entry-4"]),
    ],
)
def test_the_address_can_hold_a_filter(
    browse: Callable[..., tuple[str, str]], fragment: str, expected: list[str]
) -> None:
    """The page shows the entries that the filter in its address names, and says how many."""
    dom, _ = browse(report("html", *journal()), fragment)
    assert list(shown_entries(dom)) == expected
    said = "All 4 entries" if len(expected) == 4 else f"{len(expected)} of 4 entries"
    assert Page(dom).contents["shown"] == f"{said} are shown"


def test_lists_and_pictures_follow_the_filter(browse: Callable[..., tuple[str, str]]) -> None:
    """What the filter hides is hidden in the reading list and the pictures too, so that it is not printed."""
    text = "It was only one glass."
    days = (date(2026, 3, 9), date(2026, 3, 10))
    pairs = [
        pair(f"{author} {day}", text, tag(text, text, "bargaining", 0.9), day=day, author=author)
        for author in ("anna", "ben")
        for day in days
    ]
    pairs.append(pair("ben later", text, tag(text, text, "denial", 0.9), day=date(2026, 3, 12), author="ben"))
    page = report("html", *pairs)
    pictures = [
        "hidden" in attrs for _, attrs in Page(browse(page, "#from=2026-03-12")[0]).elements if "data-picture" in attrs
    ]
    assert pictures == [True, False]
    dom, _ = browse(page, "#author=1")
    for kind in ("data-entry", "data-picture"):
        hidden = ["hidden" in attrs for _, attrs in Page(dom).elements if kind in attrs]
        assert hidden == ([True, True, False, False, False] if kind == "data-entry" else [True, False])


def test_the_browser_shows_the_text_exactly(browse: Callable[..., tuple[str, str]]) -> None:
    """Line breaks, tabs, blanks, carriage returns and other scripts come out of a real browser as they went in."""
    text = "one\n\n two\tthree  four\r\nfive \u05d0\u05d1 \U0001f377 e\u0301 &amp; <b>\n"
    dom, _ = browse(report("html", pair("a", text, tag(text, " two\tthree", "denial", 0.7, "four\r\nfive"))))
    assert Page(dom).texts == [text]
