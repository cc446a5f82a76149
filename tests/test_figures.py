"""The figures of a tagger, on an example small enough to work out by hand."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from classifier.tagging import any_label
from training.corpus.sentences import Sentences
from training.measure.calibration import measure_calibration
from training.measure.figures import any_label_by_entry, measure, summarize
from training.measure.metrics import draws
from training.measure.tables import show_evaluation
from training.thresholds import tags_at

# Entry, label a, label b, probability of a, probability of b.
ROWS = (
    (0, 1, 0, 0.90, 0.20),  # found
    (0, 0, 0, 0.10, 0.60),  # b is wrong
    (1, 0, 0, 0.20, 0.10),
    (2, 0, 1, 0.30, 0.40),  # b is missed
    (2, 0, 0, 0.99, 0.99),  # disputed
    (3, 0, 0, 0.55, 0.00),  # a is wrong
)
THRESHOLDS = {"balanced": np.array([0.5, 0.5]), "none": np.array([2.0, 2.0])}


def sentences(table: NDArray[np.float64], disputed: tuple[int, ...]) -> Sentences:
    """Return the sentences of a table such as the one above."""
    return Sentences(
        rows=[],
        labels=table[:, 1:3].astype(bool),
        entries=table[:, 0].astype(int),
        groups=table[:, 0].astype(int),
        thoughts=np.zeros(len(table), dtype=bool),
        doubts=np.repeat(np.isin(np.arange(len(table)), disputed)[:, None], 2, axis=1),
        places=np.zeros((len(table), 2), dtype=int),
    )


def figures(rows: tuple[tuple[float, ...], ...] = ROWS, disputed: tuple[int, ...] = (4,)) -> dict[str, Any]:
    """Measure rows such as those above."""
    table = np.array(rows)
    return summarize(sentences(table, disputed), table[:, 3:], tags_at(THRESHOLDS, table[:, 3:]), ("a", "b"))


def test_each_draw_is_measured_like_data() -> None:
    """The figures of a draw are those of data in which each entry is repeated as often as in the draw."""
    table, weights = np.array(ROWS), draws(4, 6, seed=2)
    tags = tags_at(THRESHOLDS, table[:, 3:])
    many = measure(sentences(table, (4,)), table[:, 3:], tags, label_ids=("a", "b"), weights=weights)
    for number, draw in enumerate(weights.astype(int)):
        copies = [(entry, copy) for entry, times in enumerate(draw) for copy in range(times)]
        drawn = np.array([(*copy, *row[1:], row is ROWS[4]) for copy in copies for row in ROWS if row[0] == copy[0]])
        entries = np.unique(drawn[:, :2], axis=0, return_inverse=True)[1].ravel()
        rows = np.column_stack([entries, drawn[:, 2:6]])
        kept = tuple(np.flatnonzero(drawn[:, 6]))
        one = measure(sentences(rows, kept), rows[:, 3:], tags_at(THRESHOLDS, rows[:, 3:]), label_ids=("a", "b"))
        for part in ("tagged_at_all", "operating_points", "labels"):
            for name, value in flat(one[part]):
                assert dict(flat(many[part]))[name][number] == pytest.approx(value[0], nan_ok=True)


def flat(values: Any, *names: str) -> list[tuple[tuple[str, ...], Any]]:
    """Return the arrays of nested dictionaries, each with its keys."""
    if not isinstance(values, dict):
        return [(names, values)]
    return [pair for name, inner in values.items() for pair in flat(inner, *names, name)]


def test_counts() -> None:
    """Disputed sentences are counted separately."""
    assert figures()["counts"] == {"entries": 4, "sentences": 5, "tagged_sentences": 2, "disputed_sentences": 1}


def test_tags_of_sentences() -> None:
    """Three tags are set, one of them right; two are annotated."""
    point = figures()["operating_points"]["balanced"]
    assert point["tags"] == 3
    assert point["micro_precision"] == pytest.approx(1 / 3)
    assert point["micro_recall"] == pytest.approx(1 / 2)
    assert point["micro_f1"] == pytest.approx(2 / 5)
    assert point["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert point["any_tag"] == pytest.approx(
        {"precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5, "support": 2, "tagged": 3, "right": 1}
    )


def test_tags_by_probability() -> None:
    """The tags at 0.55 and 0.6 are wrong, each in its fifth after rounding; the one at 0.9 is right."""
    rows = figures()["operating_points"]["balanced"]["by_probability"]
    assert [(row["tags"], row["right"]) for row in rows] == [(0, 0), (0, 0), (1, 0), (1, 0), (1, 1)]


def test_tags_of_entries() -> None:
    """Entries 0 and 2 have a label; 0 gets both and 3 gets one."""
    point = figures()["operating_points"]["balanced"]
    assert point["entry_micro_f1"] == pytest.approx(2 / 5)
    assert point["entry_any_tag"] == pytest.approx(
        {"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "support": 2, "tagged": 2, "right": 1}
    )


def test_over_flagging() -> None:
    """Of the entries without a tag, 1 and 3, half get one."""
    assert figures()["operating_points"]["balanced"]["over_flagging"] == pytest.approx(1 / 2)


def test_over_flagging_leaves_out_entries_in_dispute() -> None:
    """An entry with a disputed sentence does not count as untagged."""
    assert figures(disputed=(2, 4))["operating_points"]["balanced"]["over_flagging"] == pytest.approx(1)
    assert figures(disputed=(2, 4, 5))["operating_points"]["balanced"]["over_flagging"] is None


def test_ranking_of_sentences() -> None:
    """Ranked by the most probable label: true, false, false, true, false."""
    ranking = figures()["tagged_at_all"]
    assert ranking["sentence_ap"] == pytest.approx((1 + 2 / 4) / 2)
    assert ranking["sentence_auc"] == pytest.approx(4 / 6)


def test_ranking_of_entries() -> None:
    """Ranked by the probability of any label, 0.96, 0.55, 0.4 and 0.2: true, false, true, false."""
    ranking = figures()["tagged_at_all"]
    assert ranking["entry_ap"] == pytest.approx((1 + 2 / 3) / 2)
    assert ranking["entry_auc"] == pytest.approx(3 / 4)


def test_chance_of_an_entry_is_that_of_the_classifier() -> None:
    """Entries are ranked as in `thoughtmark tag`, without disputed sentences."""
    table = np.array(ROWS)
    chances = any_label_by_entry(sentences(table, (4,)), table[:, 3:])
    kept = [row for i, row in enumerate(ROWS) if i != 4]
    expected = [any_label(np.array([row[3:] for row in kept if row[0] == entry])) for entry in range(4)]
    assert chances == pytest.approx(expected)


def test_labels() -> None:
    """Label a is ranked first; b is ranked below a false one and missed."""
    labels = figures()["labels"]
    assert labels["a"]["sentence_ap"] == labels["a"]["entry_ap"] == pytest.approx(1)
    assert labels["b"]["sentence_ap"] == labels["b"]["entry_ap"] == pytest.approx(1 / 2)
    assert labels["a"]["balanced"] == pytest.approx(
        {"precision": 1 / 2, "recall": 1, "f1": 2 / 3, "support": 1, "tagged": 2, "right": 1}
    )
    assert labels["b"]["balanced"] == pytest.approx(
        {"precision": 0, "recall": 0, "f1": 0, "support": 1, "tagged": 1, "right": 0}
    )


def test_nothing_tagged() -> None:
    """Without any tag, F1 and over-flagging are 0."""
    point = figures()["operating_points"]["none"]
    assert (point["tags"], point["micro_f1"], point["macro_f1"], point["over_flagging"]) == (0, 0, 0, 0)


def test_nothing_to_find() -> None:
    """Figures that are undefined without a tagged sentence are None."""
    plain = figures(tuple((entry, 0, 0, a, b) for entry, _, _, a, b in ROWS), disputed=())
    assert set(plain["tagged_at_all"].values()) == {None}
    assert plain["labels"]["a"]["sentence_ap"] is None
    assert plain["operating_points"]["balanced"]["over_flagging"] == pytest.approx(3 / 4)


def test_disputed_sentences_leave_no_trace() -> None:
    """The probabilities of a disputed sentence change no figure but the share that a reader would look at."""
    quiet = tuple((*row[:3], 0.0, 0.0) if number == 4 else row for number, row in enumerate(ROWS))
    without, with_tag = figures(quiet), figures()
    shares = [each["operating_points"]["balanced"].pop("marked_or_discussed") for each in (without, with_tag)]
    assert without == with_tag
    assert shares == pytest.approx([1 / 3, 2 / 4])


def test_intervals_hold_the_value() -> None:
    """The interval of each metric includes its value."""
    table = np.array(ROWS)
    data = sentences(table, (4,))
    summary = summarize(data, table[:, 3:], {"balanced": table[:, 3:] >= 0.5}, ("a", "b"), resamples=200)
    low, high = summary["intervals"]["operating_points.balanced.any_tag.precision"]
    assert low <= summary["operating_points"]["balanced"]["any_tag"]["precision"] <= high


def test_entry_that_is_all_disputed() -> None:
    """An entry of which every sentence is disputed is not measured."""
    assert figures((*ROWS, (4, 0, 0, 0.99, 0.99)), disputed=(4, 6)) == {
        **figures(),
        "counts": {**figures()["counts"], "disputed_sentences": 2},
    }


def test_thresholds_of_each_sentence() -> None:
    """In cross-validation, each sentence is compared with the thresholds of its own fold."""
    table = np.array(ROWS)
    own = np.full((6, 2), 0.5)
    own[0] = 0.95
    tags = tags_at({"balanced": own}, table[:, 3:])
    point = summarize(sentences(table, ()), table[:, 3:], tags, ("a", "b"))["operating_points"]["balanced"]
    assert point["tags"] == 4  # without the first, with the two that are disputed above
    assert point["micro_recall"] == 0


def test_calibration() -> None:
    """Of two sentences at a probability of 1%, none is tagged; of two at 30%, one is."""
    measured = measure_calibration(np.array([[0], [0], [1], [0]], dtype=bool), np.array([[0.01], [0.01], [0.3], [0.3]]))
    assert measured["expected_calibration_error"] == pytest.approx(0.5 * 0.01 + 0.5 * 0.2)
    assert measured["expected_tags"] == pytest.approx(0.62)
    assert measured["observed_tags"] == 1
    assert [(b["from"], b["to"], b["count"]) for b in measured["reliability"]] == [(0.0, 0.02, 2), (0.2, 0.4, 2)]
    assert [(b["predicted"], b["observed"]) for b in measured["reliability"]] == [
        (pytest.approx(0.01), 0),
        (pytest.approx(0.3), pytest.approx(0.5)),
    ]


def test_calibration_with_weights() -> None:
    """A sentence with weight 3 counts three times in shares and sums."""
    labels, probabilities = np.array([[0], [1], [0]], dtype=bool), np.array([[0.3], [0.3], [0.01]])
    measured = measure_calibration(labels, probabilities, np.array([3.0, 1.0, 4.0]))
    assert measured["expected_calibration_error"] == pytest.approx(0.5 * abs(0.3 - 0.25) + 0.5 * 0.01)
    assert measured["expected_tags"] == pytest.approx(1.2 + 0.04)
    assert measured["observed_tags"] == 1


def test_calibration_at_the_ends() -> None:
    """Probabilities of 0 and 1 belong to the first and last bin."""
    table = measure_calibration(np.array([[0, 1]], dtype=bool), np.array([[0.0, 1.0]]))["reliability"]
    assert [(b["from"], b["to"], b["count"]) for b in table] == [(0.0, 0.02, 1), (0.7, 1.0, 1)]


def test_figures_as_tables() -> None:
    """Every part of the figures is shown, with a dash for undefined ones."""
    out = io.StringIO()
    show_evaluation(figures(disputed=(2, 4, 5)), title="An example", console=Console(file=out, width=110))
    shown = out.getvalue()
    assert shown.startswith("An example\n")
    for part in ("3 disputed sentences left out", "micro F1", "over-flagging", "0.40 to 0.70", "error 0.1167"):
        assert part in shown
    assert [line.split()[-2:] for line in shown.splitlines() if "over-flagging" in line] == [["-", "-"]]
