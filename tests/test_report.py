"""Reports: what all formats must do, and what JSONL, CSV and the table contain."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest
from helpers.report_samples import CARD, SENTENCE, TAXONOMY, TEXT, journal, pair, report, tag
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import UnknownName
from classifier.report import words
from classifier.report.formats import OUTPUT_FORMATS, ReportSettings, find_format
from classifier.tagging import Tag

SETTINGS = ReportSettings(taxonomy=TAXONOMY, model=CARD)
STREAMS = [name for name, form in OUTPUT_FORMATS.items() if form.streams]

# Words


@given(st.floats(0, 1), st.floats(0, 1))
def test_words_for_odds_keep_the_order_of_the_probabilities(one: float, other: float) -> None:
    """A higher probability never gets weaker words."""
    low, high = sorted((one, other))
    assert words.ODDS.index(words.odds(low)) <= words.ODDS.index(words.odds(high))


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_same_percents_have_the_same_words(one: float, other: float) -> None:
    """Words never contradict the number beside them."""
    if words.percent(one) == words.percent(other):
        assert words.odds(one) == words.odds(other)


# All formats


@pytest.mark.parametrize("form", STREAMS)
def test_tags_of_another_text_are_refused_without_quoting_it(form: str) -> None:
    """A tag outside the text raises in every format, and the message contains nothing of the text."""
    with pytest.raises(ValueError, match="of a text of 6") as caught:
        report(form, pair("a", "secret", Tag("bargaining", 0.9, 0.5, 2, 7)))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("form", ["table", "csv", "html"])
def test_a_label_that_the_taxonomy_lacks_is_refused(form: str) -> None:
    """A label without a name or definition is never shown."""
    with pytest.raises(UnknownName, match="bargaining"):
        report(form, pair("a", "one glass", Tag("bargainig", 0.9, 0.5, 0, 9)))


def test_an_unknown_format_is_refused() -> None:
    """The error names the formats that exist or the nearest one."""
    with pytest.raises(UnknownName, match="did you mean 'html'"):
        report("htlm", *journal())


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_streams_write_each_entry_at_once(form: str) -> None:
    """Each entry is written at once, so an interrupted run leaves what is done."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8")
    to = find_format(form).writer(out, SETTINGS)
    before = len(raw.getvalue())
    to.write(*journal()[2])
    assert b"argaining" in raw.getvalue()[before:]


@pytest.mark.parametrize("form", STREAMS)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_any_text_can_be_written_in_any_encoding(form: str, encoding: str) -> None:
    """Lone surrogates and characters that the stream's encoding lacks never break a run."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    to = find_format(form).writer(out, SETTINGS)
    text = "Nur eins \ud83d \U0001f377 \u201e\u00e4\u201c \u0416"
    to.write(*pair("\u0416\udc00", text, tag(text, text, "bargaining", 0.9, "eins"), day=date(2026, 3, 1)))
    to.close()
    out.flush()
    assert b"Bargaining" in raw.getvalue() or b"bargaining" in raw.getvalue()


# JSONL


def test_a_line_of_jsonl_is_the_endpoints_answer() -> None:
    """Each line is `as_dict` of its entry, in order."""
    lines = [json.loads(line) for line in report("jsonl", *journal()).splitlines()]
    assert lines == [tagged.as_dict() for _, tagged in journal()]


# CSV


def test_csv_has_a_row_a_tag_and_a_row_for_an_entry_without() -> None:
    """Each tag has its row with its sentence; an entry without tags still has one, with its status and reason."""
    rows = list(csv.DictReader(io.StringIO(report("csv", *journal()))))
    assert [(row["entry"], row["status"], row["label"]) for row in rows] == [
        ("plain", "no_tags", ""),
        ("maybe", "tagged", "mind_reading"),
        ("first", "tagged", "bargaining"),
        ("first", "tagged", "minimizing"),
        ("short", "cannot_judge", ""),
    ]
    assert rows[2]["sentence"] == SENTENCE
    assert TEXT[int(rows[2]["start"]) : int(rows[2]["end"])] == SENTENCE
    assert (rows[2]["date"], rows[2]["probability"], rows[2]["threshold"]) == ("2026-03-09", "0.93", "0.3")
    assert rows[4]["reason"] == "too_short"


@pytest.mark.parametrize("opening", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_no_cell_of_csv_is_a_formula(opening: str) -> None:
    """A sentence or an id that a spreadsheet would run starts with an apostrophe, and is otherwise as it was."""
    text = opening + 'HYPERLINK("http://example.org")'
    row = next(csv.DictReader(io.StringIO(report("csv", pair(text, text, tag(text, text, "denial", 0.9))), newline="")))
    assert row["sentence"] == row["entry"] == "'" + text


# Table


def test_the_table_shows_tags_and_counts_the_rest() -> None:
    """Each tag shows label, odds and sentence; the end counts the entries and says that this is no diagnosis."""
    table = report("table", *journal())
    flat = " ".join(table.split())
    assert "Bargaining very likely, 93% I think I'll have one glass and then stop." in flat
    assert "2026-03-09 first" in flat
    assert "plain" not in flat
    assert "4 entries: 2 tagged, 1 without tags, 1 could not be judged." in flat
    assert "1 entry could not be judged because it is too short." in flat
    assert f"{words.NOT_A_DIAGNOSIS} {words.LIMITS} {CARD.measured}" in flat


def test_the_table_shows_sentences_only_if_asked() -> None:
    """By default, the screen names entries, labels and their numbers, and no word of an entry."""
    flat = " ".join(report("table", *journal(), with_text=False).split())
    assert "Bargaining very likely, 93%" in flat
    assert "Bargaining 1" in flat
    assert "glass" not in flat


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_table_fits_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the terminal, also for long sentences and wide letters."""
    monkeypatch.setenv("COLUMNS", str(width))
    text = "only one glass \u4e00\u676f " * 30
    lines = report("table", pair("a", text, tag(text, text, "discounting_positives", 0.999))).splitlines()
    wide = [sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in line) for line in lines]
    assert max(wide) <= width
    assert any(line.endswith("...") for line in lines)


def test_the_table_is_plain_text_away_from_a_terminal() -> None:
    """No colours, control characters or direction marks reach the stream."""
    text = "\x1b]0;gone\x07\x1b[2J just\x00 \u202eone [bold red]glass[/]"
    table = report("table", pair("\x1b[31mid", text, tag(text, text, "bargaining", 0.9)))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", table)
    assert "one [bold red]glass[/]" in table
