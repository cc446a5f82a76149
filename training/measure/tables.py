"""The figures of `training.measures` as tables on a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def show(figures: Mapping[str, Any], *, title: str, console: Console | None = None) -> None:
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


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=number == 0)
    return table


def _print_overall(figures: Mapping[str, Any], console: Console) -> None:
    ranking = figures["tagged_at_all"]
    table = _table("Tagged at all", "", "AUC", "average precision")
    table.add_row("sentences", _number(ranking["sentence_auc"]), _number(ranking["sentence_ap"]))
    table.add_row("entries", _number(ranking["entry_auc"]), _number(ranking["entry_ap"]))
    console.print(table)
    points = figures["operating_points"]
    table = _table("Operating points", "", *points)
    rows: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "tags set": lambda p: str(p["tags"]),
        "micro precision": lambda p: _number(p["micro_precision"]),
        "micro recall": lambda p: _number(p["micro_recall"]),
        "micro F1": lambda p: _number(p["micro_f1"]),
        "macro F1": lambda p: _number(p["macro_f1"]),
        "any tag on a sentence, precision": lambda p: _number(p["any_tag"]["precision"]),
        "any tag on a sentence, recall": lambda p: _number(p["any_tag"]["recall"]),
        "entry level, micro F1": lambda p: _number(p["entry_micro_f1"]),
        "any tag on an entry, precision": lambda p: _number(p["entry_any_tag"]["precision"]),
        "any tag on an entry, recall": lambda p: _number(p["entry_any_tag"]["recall"]),
        "over-flagging (untagged entries with a tag)": lambda p: _number(p["over_flagging"]),
    }
    for name, cell in rows.items():
        table.add_row(name, *(cell(point) for point in points.values()))
    console.print(table)


def _print_labels(figures: Mapping[str, Any], console: Console) -> None:
    points = list(figures["operating_points"])
    heads = [f"{point[:3]}.\n{part}" for point in points for part in ("P", "R", "F1")]
    table = _table("Labels, by sentence", "", "support", "AP", *heads, "entry AP")
    for label, row in figures["labels"].items():
        cells = [_number(row[point][part]) for point in points for part in ("precision", "recall", "f1")]
        support = str(row[points[0]]["support"])
        table.add_row(label, support, _number(row["sentence_ap"]), *cells, _number(row["entry_ap"]))
    console.print(table)


def _print_calibration(calibration: Mapping[str, Any], console: Console) -> None:
    table = _table("Reliability: probability said, share found", "probability", "count", "said", "found")
    for row in calibration["reliability"]:
        table.add_row(
            f"{row['from']:.2f} to {row['to']:.2f}",
            str(row["count"]),
            _number(row["predicted"]),
            _number(row["observed"]),
        )
    console.print(table)
    console.print(
        f"Tags that the probabilities add up to: {calibration['expected_tags']:.1f}; "
        f"found: {calibration['observed_tags']:.1f}. "
        f"Expected calibration error {calibration['expected_calibration_error']:.4f}."
    )
