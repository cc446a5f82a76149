"""The figures of `training.measure.figures` in, tables on the screen out; and the parts of tables that others share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def show_evaluation(figures: Mapping[str, Any], *, title: str, console: Console | None = None) -> None:
    """Print figures as tables: tagged at all, operating points, labels, calibration."""
    console = console or Console(width=None if Console().is_terminal else 110)
    counts = figures["counts"]
    console.print(Text(title, style="bold"))
    console.print(
        f"{counts['entries']} entries, {counts['sentences']} sentences, {counts['tagged_sentences']} of them tagged"
        f" ({counts['disputed_sentences']} disputed ones left out)\n"
    )
    _print_overall(figures, console)
    _print_labels(figures, console)
    _print_calibration(figures["calibration"], console)


def format_number(value: float | None) -> str:
    """Return a figure with three digits, or a dash where it is undefined."""
    return "-" if value is None or isnan(value) else f"{value:.3f}"


def plain_table(title: str, **options: Any) -> Table:
    """Return an empty table in the style of all commands; `options` are those of rich."""
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, **options)


def _table(title: str, *columns: str) -> Table:
    table = plain_table(title)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=number == 0)
    return table


def _print_overall(figures: Mapping[str, Any], console: Console) -> None:
    ranking = figures["tagged_at_all"]
    table = _table("Tagged at all", "", "AUC", "average precision")
    table.add_row("sentences", format_number(ranking["sentence_auc"]), format_number(ranking["sentence_ap"]))
    table.add_row("entries", format_number(ranking["entry_auc"]), format_number(ranking["entry_ap"]))
    console.print(table)
    points = figures["operating_points"]
    table = _table("Operating points", "", *points)
    rows: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "tags set": lambda p: str(p["tags"]),
        "micro precision": lambda p: format_number(p["micro_precision"]),
        "micro recall": lambda p: format_number(p["micro_recall"]),
        "micro F1": lambda p: format_number(p["micro_f1"]),
        "macro F1": lambda p: format_number(p["macro_f1"]),
        "any tag on a sentence, precision": lambda p: format_number(p["any_tag"]["precision"]),
        "any tag on a sentence, recall": lambda p: format_number(p["any_tag"]["recall"]),
        "entry level, micro F1": lambda p: format_number(p["entry_micro_f1"]),
        "any tag on an entry, precision": lambda p: format_number(p["entry_any_tag"]["precision"]),
        "any tag on an entry, recall": lambda p: format_number(p["entry_any_tag"]["recall"]),
        "over-flagging (untagged entries with a tag)": lambda p: format_number(p["over_flagging"]),
    }
    for name, cell in rows.items():
        table.add_row(name, *(cell(point) for point in points.values()))
    console.print(table)


def _print_labels(figures: Mapping[str, Any], console: Console) -> None:
    points = list(figures["operating_points"])
    heads = [f"{point[:3]}.\n{part}" for point in points for part in ("P", "R", "F1")]
    table = _table("Labels, by sentence", "", "support", "AP", *heads, "entry AP")
    for label, row in figures["labels"].items():
        cells = [format_number(row[point][part]) for point in points for part in ("precision", "recall", "f1")]
        support = str(row[points[0]]["support"])
        table.add_row(label, support, format_number(row["sentence_ap"]), *cells, format_number(row["entry_ap"]))
    console.print(table)


def _print_calibration(calibration: Mapping[str, Any], console: Console) -> None:
    table = _table(
        "Reliability: probability given, share that is true", "probability", "count", "mean given", "share true"
    )
    for row in calibration["reliability"]:
        table.add_row(
            f"{row['from']:.2f} to {row['to']:.2f}",
            str(row["count"]),
            format_number(row["predicted"]),
            format_number(row["observed"]),
        )
    console.print(table)
    console.print(
        f"Tags expected from the probabilities: {calibration['expected_tags']:.1f}; "
        f"annotated: {calibration['observed_tags']:.1f}. "
        f"Expected calibration error {calibration['expected_calibration_error']:.4f}."
    )
