"""Draws the pictures of a model card, for a page about 700 pixels wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

_INK, _BLUE, _ORANGE, _GREY, _LIGHT = "#222222", "#1f4e79", "#c46a1b", "#8a8a8a", "#dddddd"
_WIDTH, _FONT = 8.0, 9
_LEAST = 0.0001  # lowest probability on the axes of the calibration plot
_SHARES = PercentFormatter(1, decimals=0)

PICTURES = ("reading", "calibration", "learning", "pairs", "hard")
"""Names of the pictures. Each picture is a file `card-NAME.png`."""


def draw_pictures(figures: Mapping[str, Any], folder: Path) -> None:
    """Draw all pictures of a card into an existing folder."""
    drawn = {
        "reading": _plot_reading(figures["posts"]),
        "calibration": _plot_calibration(figures["posts"]["calibration"], figures["calibration_on_corpus"]),
        "learning": _plot_learning(figures["learning"]),
        "pairs": _plot_pairs(figures["corpus_figures"]["pairs"]),
        "hard": _plot_hard(figures["corpus_figures"]),
    }
    for name in PICTURES:
        # Leave the library version out of the file, so that the same data give the same bytes.
        drawn[name].savefig(folder / f"card-{name}.png", dpi=120, metadata={"Software": None})


def _axes(columns: int, height: float) -> tuple[Figure, Sequence[Axes]]:
    picture = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = picture.subplots(1, columns, squeeze=False)[0]
    for one in axes:
        one.tick_params(length=0, labelsize=_FONT, colors=_INK)
        one.spines[["top", "right"]].set_visible(False)
        one.spines[["left", "bottom"]].set_color(_LIGHT)
        one.grid(color=_LIGHT, linewidth=0.6)
        one.set_axisbelow(True)
    return picture, axes


def _plot_reading(posts: Mapping[str, Any]) -> Figure:
    """Draw precision against recall on real posts, and mark both operating points."""
    picture, axes = _axes(2, 3.7)
    shares = {
        "sentences": posts["counts"]["tagged_sentences"] / posts["counts"]["sentences"],
        "posts": posts["counts"]["tagged_posts"] / posts["counts"]["posts"],
    }
    for one, (level, by_chance) in zip(axes, shares.items(), strict=True):
        recall, precision = zip(*posts["curves"][level], strict=True)
        one.plot(recall, precision, color=_BLUE, linewidth=1.6, label="at any threshold")
        one.axhline(by_chance, color=_GREY, linewidth=1, linestyle=":", label="by chance")
        for (point, at), marker in zip(posts["points"].items(), ("o", "s"), strict=False):
            values = [at[level][name]["value"] for name in ("recall", "precision")]
            one.plot(*values, marker=marker, color=_ORANGE, linestyle="none", markersize=7, label=f"at {point}")
        one.set(xlim=(0, 1.02), ylim=(0, 1.02))
        one.xaxis.set_major_formatter(_SHARES)
        one.yaxis.set_major_formatter(_SHARES)
        one.set_title(f"Real posts: {level} tagged at all", fontsize=_FONT + 1, loc="left")
        one.set_xlabel("recall: share of the labelled that get a tag", fontsize=_FONT)
    axes[0].set_ylabel("precision: share of the tagged that are labelled", fontsize=_FONT)
    axes[1].legend(fontsize=_FONT - 1, frameon=False, loc="upper right")
    return picture


def _plot_calibration(real: Mapping[str, Any], own: Mapping[str, Any]) -> Figure:
    """Draw the share of true labels against the probability, on logarithmic scales because labels are rare."""
    picture, (one,) = _axes(1, 4.2)
    one.plot([_LEAST, 1], [_LEAST, 1], color=_GREY, linewidth=1, linestyle=":", label="perfectly calibrated")
    for table, name, colour, marker in ((real, "real posts", _BLUE, "o"), (own, "own corpus", _ORANGE, "s")):
        rows = [row for row in table["reliability"] if row["observed"] > 0]
        x, y = ([row[key] for row in rows] for key in ("predicted", "observed"))
        one.plot(x, y, color=colour, marker=marker, linewidth=1.4, label=f"{name}, with number of pairs")
        for row in rows:
            below = name == "real posts"
            one.annotate(
                f"{row['count']:,}",
                (row["predicted"], row["observed"]),
                textcoords="offset points",
                xytext=(5, -11) if below else (-5, 6),
                ha="left" if below else "right",
                fontsize=_FONT - 2,
                color=colour,
            )
    one.set(xscale="log", yscale="log", xlim=(_LEAST, 1.3), ylim=(_LEAST, 1.3))
    ticks = [0.001, 0.01, 0.1, 1]
    one.set_xticks(ticks, ["0.1%", "1%", "10%", "100%"])
    one.set_yticks(ticks, ["0.1%", "1%", "10%", "100%"])
    one.minorticks_off()
    one.set_xlabel("probability of a label on a sentence, by the model", fontsize=_FONT)
    one.set_ylabel("share that is true", fontsize=_FONT)
    one.legend(fontsize=_FONT, frameon=False)
    return picture


def _plot_learning(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw AUC and average precision on real posts against the number of training texts."""
    picture, axes = _axes(2, 3.6)
    lines = (
        ("sentence_auc", "sentences, AUC", _BLUE, "-"),
        ("entry_auc", "posts, AUC", _BLUE, "--"),
        ("sentence_ap", "sentences, AP", _ORANGE, "-"),
        ("entry_ap", "posts, AP", _ORANGE, "--"),
    )
    for one, (kind, rows) in zip(axes, curves.items(), strict=True):
        counts = sorted({row["texts"] for row in rows})
        for key, name, colour, style in lines:
            values = [[row[key] for row in rows if row["texts"] == count] for count in counts]
            one.plot(counts, [np.mean(v) for v in values], color=colour, linestyle=style, marker=".", label=name)
            one.vlines(counts, [min(v) for v in values], [max(v) for v in values], color=colour, linewidth=1)
        one.set(ylim=(0, 1))
        other = "thoughts" if kind == "entries" else "entries"
        one.set_title(f"{kind} trained on, with all {other}", fontsize=_FONT + 1, loc="left")
    axes[0].set_ylabel("metric on real posts", fontsize=_FONT)
    axes[1].legend(fontsize=_FONT - 1, frameon=False, loc="center right", bbox_to_anchor=(1, 0.6))
    return picture


def _plot_pairs(pairs: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw which labels the model gives to sentences with exactly one label of a close pair."""
    picture, (one,) = _axes(1, 0.32 * len(pairs) + 1.1)
    names = [f"{row['truth']}, not {row['other']} ({row['sentences']})" for row in pairs]
    parts = (("right", "the true one", _BLUE), ("both", "both", "#7fa3c7"), ("wrong", "the other", _ORANGE))
    left = np.zeros(len(pairs))
    for key, name, colour in (*parts, ("neither", "neither", _LIGHT)):
        shares = np.array([row[key] / max(row["sentences"], 1) for row in pairs])
        one.barh(names, shares, left=left, color=colour, label=f"tagged: {name}", height=0.7)
        left += shares
    one.grid(visible=False)
    one.invert_yaxis()
    one.set_xlim(0, 1)
    one.xaxis.set_major_formatter(_SHARES)
    one.set_xlabel("share of the sentences", fontsize=_FONT)
    one.legend(fontsize=_FONT - 1, frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.3, 1.0))
    return picture


def _plot_hard(own: Mapping[str, Any]) -> Figure:
    """Draw the share of hard unlabelled sentences, and of near misses, that get a tag."""
    picture, axes = _axes(2, 4.4)
    panels = (("hard", "sentences", "Unlabelled, because", "any tag"), ("near", "texts", "Near misses of", "any tag"))
    for one, (part, total, title, name) in zip(axes, panels, strict=True):
        rows = own[part]
        labels = [f"{key.replace('_', ' ')} ({row[total]})" for key, row in rows.items()]
        one.barh(labels, [row["flagged"] / row[total] for row in rows.values()], color=_BLUE, height=0.65, label=name)
        if part == "near":
            shares = [row["with_label"] / row[total] for row in rows.values()]
            one.barh(labels, shares, color=_ORANGE, height=0.65, label="the resembled label")
            one.legend(fontsize=_FONT - 1, frameon=False)
        one.invert_yaxis()
        one.grid(visible=False, axis="y")
        one.set_title(title, fontsize=_FONT + 1, loc="left")
        one.xaxis.set_major_formatter(_SHARES)
        one.set_xlabel("share that gets a tag", fontsize=_FONT)
    return picture
