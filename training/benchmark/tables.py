"""The figures of `training.benchmark` as a table on a screen and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path

from matplotlib.figure import Figure as Picture
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.benchmark.tasks import Benchmark, Figure

_ROW, _MARGINS, _WIDTH = 0.3, 1.1, 10.0  # inches
_MODEL, _GREY = "#1f4e79", "#8a8a8a"


def show(result: Benchmark, *, console: Console | None = None) -> None:
    """Print the figures, a table a task, then sources, human agreement, and what was left out."""
    console = console or Console(width=None if Console().is_terminal else 120)
    for task in dict.fromkeys(figure.task for figure in result.figures):
        console.print(_table(task, [figure for figure in result.figures if figure.task == task]))
    notes = [
        "n: texts. floor: always the commonest answer. textbook: TF-IDF of words and pairs, logistic regression.",
        "In brackets: 95% bootstrap interval over texts. * less is better. + reached.",
    ]
    if any(figure.task == "zero-shot" for figure in result.figures):
        notes.append(
            "Zero-shot: the label furthest above its mean over plain sentences of the corpus, among those shared. "
            "A text with several labels counts once, and is right if any of them is named. "
            "Texts too short for `thoughtmark tag` to judge are judged all the same."
        )
    for figure in result.figures:
        notes += [f"{figure.measure}: {one.value:.3f}, {one.by}" for one in figure.beside.published]
    for data, human in dict.fromkeys((figure.data, figure.beside.human) for figure in result.figures):
        notes += [f"{data}: {human}"] if human else []
    for data, names in result.left_out.items():
        notes += [f"{data}: labels left out, none of ours: {', '.join(names)}"] if names else []
    for note in [*notes, *(f"Skipped: {reason}" for reason in result.skipped)]:
        console.print(Text(note))


def _table(title: str, figures: Sequence[Figure]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("set", "measure"):
        table.add_column(name)
    for name in ("n", "model", "", "floor", "textbook", "published", "to reach"):
        table.add_column(name, justify="right", no_wrap=True)
    for figure in figures:
        beside = figure.beside
        best = max((one.value for one in beside.published), default=None)
        table.add_row(
            figure.data,
            figure.measure + "*" * beside.lower,
            str(figure.count),
            _number(figure.value),
            f"[{_number(figure.low)} {_number(figure.high)}]".replace("[", r"\["),
            _number(figure.floor),
            _number(figure.baseline),
            _number(best),
            _number(beside.reach) + ("+" if reached(figure) else ""),
        )
    return table


def _number(value: float | None) -> str:
    return "-" if value is None or isnan(value) else f"{value:.3f}"


def reached(figure: Figure) -> bool:
    """Whether the figure is where the project wants it."""
    reach = figure.beside.reach
    return reach is not None and (figure.value <= reach if figure.beside.lower else figure.value >= reach)


def plot(result: Benchmark, file: Path) -> None:
    """Draw the figures with intervals beside floor, textbook, published and to-reach; the file's ending is the form."""
    figures = result.figures
    height = _MARGINS + _ROW * len(figures)
    picture = Picture(figsize=(_WIDTH, height))
    axes = picture.add_axes((0.46, 0.45 / height, 0.52, 1 - _MARGINS / height))
    rows = range(len(figures))
    for row, figure in zip(rows, figures, strict=True):
        axes.plot([figure.low, figure.high], [row, row], color=_MODEL, linewidth=2, solid_capstyle="butt")
    published = [(one.value, row) for row, figure in zip(rows, figures, strict=True) for one in figure.beside.published]
    reach = [(f.beside.reach, row) for row, f in zip(rows, figures, strict=True) if f.beside.reach is not None]
    axes.scatter([f.value for f in figures], rows, s=36, color=_MODEL, label="thoughtmark", zorder=3)
    axes.scatter([f.baseline for f in figures], rows, s=30, facecolors="white", edgecolors=_GREY, label="textbook")
    axes.scatter([f.floor for f in figures], rows, s=50, marker="|", color=_GREY, label="floor")
    axes.scatter(
        [x for x, _ in published], [y for _, y in published], s=26, marker="D", color="#c46a1b", label="published"
    )
    axes.scatter([x for x, _ in reach], [y for _, y in reach], s=40, marker="x", color="#2e7d4f", label="to reach")
    stars = ["*" * figure.beside.lower for figure in figures]
    names = [f"{f.task}, {f.data}: {f.measure}{star}" for f, star in zip(figures, stars, strict=True)]
    axes.set_yticks(list(rows), names, fontsize=7, parse_math=False)
    axes.set_ylim(len(figures) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=5, frameon=False, fontsize=8, handletextpad=0.2)
    axes.set_xlabel("95% bootstrap interval over texts; * less is better", fontsize=8)
    picture.savefig(file, dpi=150)
