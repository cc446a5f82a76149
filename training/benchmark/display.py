"""Prints the result of a benchmark as tables, and draws it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure as Picture
from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.benchmark.results import BenchmarkResult, Figure
from training.measure.tables import format_number, plain_table

_ROW, _MARGINS, _WIDTH = 0.3, 1.1, 10.0  # inches
_MODEL, _GREY = "#1f4e79", "#8a8a8a"


def show_benchmark(result: BenchmarkResult, *, console: Console | None = None) -> None:
    """Print one table per task, then the sources, human agreement, labels left out, and skipped sets."""
    console = console or Console(width=None if Console().is_terminal else 120)
    for task in dict.fromkeys(figure.task for figure in result.figures):
        console.print(_task_table(task, [figure for figure in result.figures if figure.task == task]))
    notes = [
        "n: number of texts. floor: always the most common answer. "
        "textbook: logistic regression on TF-IDF of words and word pairs.",
        "In brackets: 95% bootstrap interval over texts. *: lower is better. +: target reached.",
    ]
    if any(figure.task == "zero-shot" for figure in result.figures):
        notes.append(
            "Zero-shot: predicts the label furthest above its mean over unlabelled sentences of the corpus, among the "
            "labels that the set shares with this project. A text with several labels counts once. Its prediction is "
            "right if the text has the predicted label. Texts too short for `thoughtmark tag` are measured as well."
        )
    for figure in result.figures:
        notes += [f"{figure.measure}: {one.value:.3f}, {one.by}" for one in figure.reference.published]
    for data, human in dict.fromkeys((figure.data, figure.reference.human) for figure in result.figures):
        notes += [f"{data}: {human}"] if human else []
    for data, names in result.left_out.items():
        notes += (
            [f"{data}: labels left out, because this project has none like them: {', '.join(names)}"] if names else []
        )
    for note in [*notes, *(f"Skipped: {reason}" for reason in result.skipped)]:
        console.print(Text(note))


def _task_table(title: str, figures: Sequence[Figure]) -> Table:
    table = plain_table(title, title_style="bold")
    for name in ("set", "measure"):
        table.add_column(name)
    for name in ("n", "model", "", "floor", "textbook", "published", "target"):
        table.add_column(name, justify="right", no_wrap=True)
    for figure in figures:
        reference = figure.reference
        best = max((one.value for one in reference.published), default=None)
        table.add_row(
            figure.data,
            figure.measure + "*" * reference.lower,
            str(figure.count),
            format_number(figure.value),
            f"[{format_number(figure.low)} {format_number(figure.high)}]".replace(
                "[", r"\["
            ),  # rich would take the brackets for markup
            format_number(figure.floor),
            format_number(figure.baseline),
            format_number(best),
            format_number(reference.reach) + ("+" if figure.reached else ""),
        )
    return table


def plot_benchmark(result: BenchmarkResult, file: Path) -> None:
    """Draw the results with intervals, baselines, published results and targets. The suffix sets the format."""
    figures = result.figures
    height = _MARGINS + _ROW * len(figures)
    picture = Picture(figsize=(_WIDTH, height))
    axes = picture.add_axes((0.46, 0.45 / height, 0.52, 1 - _MARGINS / height))
    rows = range(len(figures))
    for row, figure in zip(rows, figures, strict=True):
        axes.plot([figure.low, figure.high], [row, row], color=_MODEL, linewidth=2, solid_capstyle="butt")
    by_row = list(zip(rows, figures, strict=True))
    published = [(one.value, row) for row, figure in by_row for one in figure.reference.published]
    targets = [(figure.reference.reach, row) for row, figure in by_row if figure.reference.reach is not None]
    axes.scatter([f.value for f in figures], rows, s=36, color=_MODEL, label="thoughtmark", zorder=3)
    axes.scatter([f.baseline for f in figures], rows, s=30, facecolors="white", edgecolors=_GREY, label="textbook")
    axes.scatter([f.floor for f in figures], rows, s=50, marker="|", color=_GREY, label="floor")
    axes.scatter(
        [x for x, _ in published], [y for _, y in published], s=26, marker="D", color="#c46a1b", label="published"
    )
    axes.scatter([x for x, _ in targets], [y for _, y in targets], s=40, marker="x", color="#2e7d4f", label="target")
    names = [f"{f.task}, {f.data}: {f.measure}{'*' * f.reference.lower}" for f in figures]
    axes.set_yticks(list(rows), names, fontsize=7, parse_math=False)
    axes.set_ylim(len(figures) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=5, frameon=False, fontsize=8, handletextpad=0.2)
    axes.set_xlabel("lines: 95% bootstrap intervals over texts; *: lower is better", fontsize=8)
    picture.savefig(file, dpi=150)
