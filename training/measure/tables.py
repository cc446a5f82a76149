"""Prints metrics as tables, and formats numbers and tables for the other commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def show_evaluation(figures: Mapping[str, Any], *, title: str, console: Console | None = None) -> None:
    """Print the metrics that `summarize` returned: ranking by any tag, operating points, labels, calibration."""
    console = console or Console(width=None if Console().is_terminal else 110)
    counts, calibration = figures["counts"], figures["calibration"]
    console.print(Text(title, style="bold"))
    console.print(
        f"{counts['entries']} entries, {counts['sentences']} sentences, {counts['tagged_sentences']} of them labelled"
        f" ({counts['disputed_sentences']} disputed sentences left out)\n"
    )
    for table in (
        _ranking_table(figures),
        _points_table(figures),
        _labels_table(figures),
        _calibration_table(calibration),
    ):
        console.print(table)
    console.print(
        f"Tags expected from the probabilities: {calibration['expected_tags']:.1f}; "
        f"annotated: {calibration['observed_tags']:.1f}. "
        f"Expected calibration error {calibration['expected_calibration_error']:.4f}."
    )


def format_number(value: float | None) -> str:
    """Return a number with three decimals, or a dash if it is undefined."""
    return "-" if value is None or isnan(value) else f"{value:.3f}"


def plain_table(title: str, **options: Any) -> Table:
    """Return an empty table in the style of all commands. `options` are passed to rich's `Table`."""
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, **options)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[float | str | None]]) -> Table:
    """Return a table whose first column holds names. Numbers are formatted, strings are shown unchanged."""
    table = plain_table(title)
    for column, head in enumerate(heads):
        table.add_column(head, justify="left" if column == 0 else "right", no_wrap=column == 0)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else format_number(cell) for cell in row))
    return table


def _ranking_table(metrics: Mapping[str, Any]) -> Table:
    ranking = metrics["tagged_at_all"]
    rows = [
        ("sentences", ranking["sentence_auc"], ranking["sentence_ap"]),
        ("entries", ranking["entry_auc"], ranking["entry_ap"]),
    ]
    return _table("Ranking by probability of any tag", ("", "AUC", "average precision"), rows)


def _points_table(metrics: Mapping[str, Any]) -> Table:
    points: Mapping[str, Any] = metrics["operating_points"]
    # Each row of the table, with a function that returns its cell for an operating point.
    cell_of: dict[str, Callable[[Mapping[str, Any]], float | str | None]] = {
        "tags set": lambda scores: str(scores["tags"]),
        "micro precision": lambda scores: scores["micro_precision"],
        "micro recall": lambda scores: scores["micro_recall"],
        "micro F1": lambda scores: scores["micro_f1"],
        "macro F1": lambda scores: scores["macro_f1"],
        "any tag on a sentence, precision": lambda scores: scores["any_tag"]["precision"],
        "any tag on a sentence, recall": lambda scores: scores["any_tag"]["recall"],
        "sentences with a tag that are labelled or disputed": lambda scores: scores["marked_or_discussed"],
        "entry level, micro F1": lambda scores: scores["entry_micro_f1"],
        "any tag on an entry, precision": lambda scores: scores["entry_any_tag"]["precision"],
        "any tag on an entry, recall": lambda scores: scores["entry_any_tag"]["recall"],
        "over-flagging (unlabelled entries that get a tag)": lambda scores: scores["over_flagging"],
    }
    rows = [(name, *map(cell, points.values())) for name, cell in cell_of.items()]
    return _table("Operating points", ("", *points), rows)


def _labels_table(metrics: Mapping[str, Any]) -> Table:
    points = list(metrics["operating_points"])
    parts = [(point, part) for point in points for part in ("precision", "recall", "f1")]
    heads = [f"{point[:3]}.\n{short}" for point in points for short in ("P", "R", "F1")]
    rows = [
        (
            label,
            str(row[points[0]]["support"]),
            row["sentence_ap"],
            *(row[point][part] for point, part in parts),
            row["entry_ap"],
        )
        for label, row in metrics["labels"].items()
    ]
    return _table("Labels, by sentence", ("", "support", "AP", *heads, "entry AP"), rows)


def _calibration_table(calibration: Mapping[str, Any]) -> Table:
    rows = [
        (f"{row['from']:.2f} to {row['to']:.2f}", str(row["count"]), row["predicted"], row["observed"])
        for row in calibration["reliability"]
    ]
    return _table("Calibration", ("probability", "count", "mean probability", "share true"), rows)
