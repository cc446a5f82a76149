"""The model card: its figures on examples worked out by hand, and the whole page on invented posts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from helpers.public_sets import write_set

from classifier.__main__ import main
from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.card.collect import CardError
from training.card.on_corpus import CLOSE_PAIRS, OTHER, Judged, describe_corpus, substance, typed_with_capitals
from training.card.on_posts import describe_posts
from training.card.page import render_card, write_card
from training.card.plots import PICTURES
from training.corpus.entries import AnnotatedEntry
from training.corpus.files import corpus_fingerprint, default_corpus
from training.corpus.project_format import parse_entry
from training.corpus.sentences import split_entries

TAXONOMY = Taxonomy.load()
CARD = Path(__file__).parents[1] / "docs" / "records" / "model-card.md"
CANARY = "zanzibarquince"


def post(ident: str, lines: list[str], a: dict[str, list[str]], b: dict[str, list[str]]) -> AnnotatedEntry:
    """Return a post of `recovery_posts`, with the labels of both annotators."""
    return parse_entry({"id": ident, "sentences": lines, "annotator_a": a, "annotator_b": b}, "x:1", TAXONOMY)


def column(label: str) -> int:
    """Return the number of a label's column."""
    return TAXONOMY.ids.index(label)


def chances(rows: int, *given: tuple[int, str, float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return probabilities of 0, except for those given: sentence, label, probability."""
    table = np.zeros((rows, len(TAXONOMY)))
    for row, label, probability in given:
        table[row, column(label)] = probability
    return table


@pytest.fixture(scope="module")
def posts() -> dict[str, Any]:
    """Four posts of two communities: one found, one missed, one false alarm, one disputed."""
    bargain = {"0": ["bargaining"]}
    entries = [
        post("or:1", ["Just one, then I stop.", "Slept well."], bargain, bargain),
        post("sd:2", ["Just one, then I stop."], bargain, bargain),
        post("sd:3", ["Slept well."], {}, {}),
        post("sd:4", ["Just one, then I stop.", "Tea."], bargain, {}),
    ]
    data = split_entries(entries, Preprocessor(), TAXONOMY)
    probabilities = chances(6, (0, "bargaining", 0.9), (2, "denial", 0.2), (3, "denial", 0.8), (4, "denial", 0.9))
    thresholds = {name: np.full(len(TAXONOMY), least) for name, least in (("balanced", 0.5), ("sensitive", 0.1))}
    return describe_posts(entries, data, probabilities, thresholds, TAXONOMY.ids)


def test_sentences_in_dispute_count_nowhere(posts: dict[str, Any]) -> None:
    """A sentence that only one annotator tagged is left out, and its post does not count as untagged."""
    assert posts["counts"] == {
        "posts": 4,
        "tagged_posts": 2,
        "plain_posts": 1,
        "sentences": 5,
        "tagged_sentences": 2,
        "disputed_sentences": 1,
    }


def test_points_say_what_is_right_and_found(posts: dict[str, Any]) -> None:
    """One of two flagged posts is right, one of two tagged posts is found, and the untagged one is flagged."""
    point = posts["points"]["balanced"]["posts"]
    assert (point["tagged"], point["right"]) == (2, 1)
    assert [point[name]["value"] for name in ("precision", "recall", "over_flagging")] == [0.5, 0.5, 1.0]
    assert posts["points"]["sensitive"]["sentences"]["recall"]["value"] == 1.0


def test_a_week_is_the_same_shares_of_two_hundred(posts: dict[str, Any]) -> None:
    """Two of four posts flagged correspond to 100 of 200 entries."""
    assert posts["points"]["balanced"]["week"] == {"entries": 200, "tagged": 100.0, "right": 50.0, "missed": 50.0}


def test_posts_go_by_community_and_length(posts: dict[str, Any]) -> None:
    """Each post is in its community and in one length; groups without a post are left out."""
    counts = {name: row["posts"] for name, row in posts["groups"].items()}
    assert counts == {"r/OpiatesRecovery": 1, "r/stopdrinking": 3, "1 to 5 sentences": 4}


def test_curve_reaches_every_tag(posts: dict[str, Any]) -> None:
    """The curve rises to a recall of 1, at the precision of reading down to the last tagged post."""
    recalls = [recall for recall, _ in posts["curves"]["posts"]]
    assert recalls == sorted(set(recalls))
    assert posts["curves"]["posts"][-1] == [1.0, pytest.approx(2 / 3)]


def entry(ident: str, text: str, *spans: tuple[str, str], **more: Any) -> AnnotatedEntry:
    """Return an entry of the corpus with labels on its sentences."""
    row = {"id": ident, "kind": "entry", "text": text, "profile": "", "spans": [], **more}
    for sentence, label in spans:
        start = text.index(sentence)
        row["spans"].append({"start": start, "end": start + len(sentence), "labels": [label]})
    return parse_entry(row, f"x:{ident}", TAXONOMY)


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Four entries: bargaining tagged as rationalizing, bargaining tagged as both, tagged pain, a tagged near miss."""
    text = "I hate this pain so much today. Slept well."
    entries = [
        entry("a", "I can have just one at the wedding.", ("I can have just one at the wedding.", "bargaining")),
        entry("b", "I can have just two at the wake.", ("I can have just two at the wake.", "bargaining")),
        entry("c", text, untagged=[{"start": 0, "end": 31, "reason": "pain"}]),
        entry("d", "We had just one cup of tea left.", near=["bargaining"]),
    ]
    data = split_entries(entries, Preprocessor(), TAXONOMY)
    given = (
        (0, "rationalizing", 0.9),
        (1, "rationalizing", 0.8),
        (1, "bargaining", 0.7),
        (2, "catastrophizing", 0.6),
        (4, "minimizing", 0.6),
    )
    probabilities = chances(5, *given)
    return Judged(entries, data, probabilities, probabilities >= 0.5)


def test_close_pairs(judged: Judged) -> None:
    """Of two sentences with bargaining alone, one was tagged as rationalizing and one as both."""
    pairs = {(row["truth"], row["other"]): row for row in describe_corpus(judged, TAXONOMY)["pairs"]}
    row = pairs["bargaining", "rationalizing"]
    assert [row[key] for key in ("sentences", "right", "both", "wrong", "neither")] == [2, 0, 1, 1, 0]
    assert {frozenset(pair) for pair in pairs} == {frozenset(pair) for pair in CLOSE_PAIRS}


def test_pain_marked_as_error_is_counted(judged: Judged) -> None:
    """Hard sentences count under their reason; near misses count with any tag, and with their label."""
    figures = describe_corpus(judged, TAXONOMY)
    assert figures["hard"] == {"pain": {"sentences": 1, "flagged": 1}}
    assert figures["near"] == {"bargaining": {"texts": 1, "flagged": 1, "with_label": 0}}


def test_failures_are_the_surest(judged: Judged) -> None:
    """The examples are the most probable false tag of each kind, and the least probable sentence of each label."""
    failures = describe_corpus(judged, TAXONOMY)["failures"]
    assert [(row["label"], row["probability"]) for row in failures["false"]] == [
        ("catastrophizing", 0.6),
        ("minimizing", 0.6),
    ]
    assert [(row["label"], row["text"]) for row in failures["missed"]] == [
        ("bargaining", "I can have just one at the wedding.")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Day 4 off the wine. Wine is everywhere, and one bet.", "alcohol"),
        ("Tapering subs, 2mg now", "opioids"),
        ("Subsequent meetings were fine.", OTHER),
        ("Walked the dog.", OTHER),
    ],
)
def test_substance(text: str, expected: str) -> None:
    """The substance with the most words is chosen; a word inside another word does not count."""
    assert substance(entry("s", text)) == expected


@pytest.mark.parametrize(("text", "expected"), [("Ok. Then home.", True), ("ok then. home\nbed", False), ("", True)])
def test_typed_with_capitals(text: str, expected: bool) -> None:
    """A text is typed with capitals if half of its lines and sentences begin with one."""
    assert typed_with_capitals(text) is expected


def test_the_card_is_the_page_of_its_figures() -> None:
    """The checked-in page is rendered from its JSON, which was measured with the current corpus."""
    figures = json.loads(CARD.with_suffix(".json").read_text(encoding="utf-8"))
    assert render_card(figures) == CARD.read_text(encoding="utf-8")
    assert figures["corpus"] == corpus_fingerprint(default_corpus())


def test_the_card_and_the_readme_agree() -> None:
    """The card's figures on real posts are those in measured.json."""
    card = json.loads(CARD.with_suffix(".json").read_text(encoding="utf-8"))
    kept = json.loads((default_corpus().parent / "measured.json").read_text(encoding="utf-8"))
    for point, at in kept["operating_points"].items():
        for level, name in (("sentences", "any_tag"), ("posts", "entry_any_tag")):
            assert card["posts"]["points"][point][level]["recall"]["value"] == pytest.approx(at[name]["recall"])


def test_the_card_leads_with_real_posts() -> None:
    """Figures on the corpus come after those on real posts, and are called easier."""
    page = CARD.read_text(encoding="utf-8")
    assert (
        page.index("## On real posts") < page.index("much easier than real") < page.index("### Labels, on the corpus")
    )
    assert "not a diagnosis" in page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Invented real posts, the only set that is there."""
    folder = tmp_path_factory.mktemp("sets")
    labelled = {"1": ["labeling"]}
    rows = [
        {
            "id": f"or:{number}",
            "sentences": [f"Number {number} {CANARY}.", "I'm a complete failure." if number % 3 else "Bus was late."],
            "annotator_a": labelled if number % 3 else {},
            "annotator_b": labelled if number % 3 else {},
        }
        for number in range(12)
    ]
    write_set(folder, "recovery_posts", *rows)
    return folder


def test_card_is_written_whole(folder: Path, small_model: Path, small_corpus: Path, tmp_path: Path) -> None:
    """One call writes page, JSON and pictures with every label, and without a word of the posts."""
    out = tmp_path / "card.md"
    arguments = ["card", str(folder), "--out", str(out), "--model", str(small_model), "--corpus", str(small_corpus)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    page, figures = out.read_text(encoding="utf-8"), out.with_suffix(".json").read_text(encoding="utf-8")
    assert all(f"| {label} |" in page for label in TAXONOMY.ids)
    assert CANARY not in (page + figures + result.output).lower()
    assert {file.name for file in (tmp_path / "pictures").iterdir()} == {f"card-{name}.png" for name in PICTURES}
    learned = json.loads(figures)["learning"]
    assert [row["texts"] for row in learned["entries"]] == sorted(row["texts"] for row in learned["entries"])


def test_a_model_of_another_corpus_is_refused(folder: Path, small_model: Path, two_labels: Path) -> None:
    """A card of a model of another corpus is refused before anything is measured, with what to do."""
    corpus = two_labels / "corpus"
    arguments = ["card", str(folder), "--out", str(two_labels / "c.md"), "--model", str(small_model)]
    result = CliRunner().invoke(main, [*arguments, "--corpus", str(corpus)])
    assert result.exit_code == 2
    assert "not trained on this corpus" in result.output
    assert not (two_labels / "c.md").exists()


def test_a_sentence_stays_one_cell_of_a_table() -> None:
    """Characters that are markup in Markdown are escaped."""
    figures = json.loads(CARD.with_suffix(".json").read_text(encoding="utf-8"))
    figures["corpus_figures"]["failures"]["missed"] = [{"kind": "x", "label": "x", "probability": 0, "text": "a|b *c*"}]
    assert "a\\|b \\*c\\*" in render_card(figures)


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    """If the page cannot be written, the error names it and says what to do."""
    figures = json.loads(CARD.with_suffix(".json").read_text(encoding="utf-8"))
    (tmp_path / "card.md").mkdir()
    with pytest.raises(CardError, match=r"card\.md: cannot be written .* --out"):
        write_card(figures, tmp_path / "card.md")
