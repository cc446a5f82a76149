"""Which label stood in which entry, over time: dated tags in, an SVG picture for an HTML page out.

matplotlib draws it; what it writes is then made fit for a page with a strict content security policy:
no style attributes, no colours of its own (the page's style sheet gives them, light and dark), no ids
but those it needs, no foreign addresses.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from classifier.report import words

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_INK: Final = "#010203"  # colours that stand for classes of the style sheet, so that none is matplotlib's own
_LINE: Final = "#040506"
_DOT: Final = "#070809"
_CLASSES: Final = {_INK: "plot-ink", _LINE: "plot-line", _DOT: "plot-dot"}
_WIDTH, _ROW, _MARGINS = 9.0, 0.34, 1.15  # inches
_FONT: Final = 11  # points
_AREAS: Final = (14, 32, 58, 92, 134)  # of a dot for each step of words.ODDS, in square points
_OPACITIES: Final = (0.66, 0.73, 0.8, 0.88, 0.95)  # the least still has a contrast of 3 to 1
_MOST_TICKS: Final = 8
_LEFT_OUT: Final = frozenset({"metadata", "style", "clipPath"})
_PRESENTATION: Final = ("fill", "font-size", "opacity", "stroke", "text-anchor")  # beginnings of attributes to keep


@dataclass(frozen=True, slots=True)
class Dot:
    """A label that an entry holds.

    row
        Number of the label in the list of names that `over_time` gets.
    """

    date: date
    row: int
    probability: float


def over_time(
    dots: Sequence[Dot], *, names: Sequence[str], dates: Sequence[date], ident: str, title: str, description: str
) -> str:
    """Return an `<svg>` element: a row a label, a dot an entry, larger and bolder the likelier the label.

    Parameters
    ----------
    dots
        One for each label of each entry.
    names
        The names of the rows, from the top.
    dates
        The dates of all entries, with tags or without: short strokes along the foot.
    ident
        A prefix for ids, unlike that of any other picture on the page.
    title, description
        What a screen reader says.
    """
    with mpl.rc_context(
        {
            "svg.fonttype": "none",  # text stays text, in the page's font
            "svg.hashsalt": "thoughtmark",  # the same picture twice has the same ids
            "font.size": _FONT,
            "text.parse_math": False,
        }
    ):
        figure = _figure(dots, names=names, dates=dates)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _for_page(out.getvalue(), ident=ident, title=title, description=description)


def _figure(dots: Sequence[Dot], *, names: Sequence[str], dates: Sequence[date]) -> Figure:
    height = _MARGINS + _ROW * (len(names) + 1)
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.25, 0.5 / height, 0.73, 1 - _MARGINS / height))
    axes.set_axisbelow(True)
    foot = len(names)
    for step, (area, opacity) in enumerate(zip(_AREAS, _OPACITIES, strict=True)):
        chosen = [dot for dot in dots if words.step(dot.probability) == step]
        axes.scatter(
            [dot.date.toordinal() for dot in chosen],
            [dot.row for dot in chosen],
            s=area,
            alpha=opacity,
            color=_DOT,
            linewidths=0,
            label=words.ODDS[step],
            clip_on=False,
        )
    days = sorted(set(dates))
    axes.plot([day.toordinal() for day in days], [foot] * len(days), "|", color=_INK, markersize=7, markeredgewidth=1)
    axes.set_yticks(range(foot + 1), [*names, "entries written"])
    axes.set_ylim(foot + 0.5, -0.6)
    _dates(axes, days[0], days[-1])
    _plain(axes)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=len(_AREAS),
        frameon=False,
        labelcolor=_INK,
        handletextpad=0.2,
    )
    return figure


def _dates(axes: Axes, first: date, last: date) -> None:
    margin = max((last - first).days * 0.03, 1)
    axes.set_xlim(first.toordinal() - margin, last.toordinal() + margin)
    days = ticks(first, last)
    with_years = (last - first).days > 300 or first.year != last.year
    labels = [f"{day.day} {day:%b %Y}" if with_years else f"{day.day} {day:%b}" for day in days]
    axes.set_xticks([day.toordinal() for day in days], labels)


def ticks(first: date, last: date) -> list[date]:
    """Return at most eight days to write under the axis: even steps of days or weeks, or the first of months.

    >>> [day.isoformat() for day in ticks(date(2026, 1, 30), date(2026, 12, 2))]
    ['2026-03-01', '2026-05-01', '2026-07-01', '2026-09-01', '2026-11-01']
    """
    span = (last - first).days
    for days in (1, 2, 7, 14):
        if span // days < _MOST_TICKS:
            return [first + timedelta(days=n) for n in range(0, span + 1, days)]
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 600, 6000, 24000):
        if len(chosen := [month for month in months if month % step == 0]) <= _MOST_TICKS:
            break
    return [date(month // 12, month % 12 + 1, 1) for month in chosen]


def _plain(axes: Axes) -> None:
    """Leave what a reader needs: rows, ticks, no frame."""
    axes.spines[:].set_visible(False)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    axes.tick_params(axis="both", length=0, colors=_INK, labelsize=_FONT, pad=8)
    axes.patch.set_visible(False)
    axes.figure.patch.set_visible(False)


def _for_page(svg: str, *, ident: str, title: str, description: str) -> str:
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.removeprefix(f"{{{_SVG}}}") in _LEFT_OUT:
                parent.remove(child)
    used = set(re.findall(r'href="#([^"]+)', svg))
    for element in root.iter():
        _clean(element, used=used, ident=ident)
    view_box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update(
        {
            "class": "plot",
            "viewBox": view_box,
            "role": "img",
            "aria-labelledby": f"{ident}-title {ident}-desc",
            "focusable": "false",
        }
    )
    for tag, text in (("desc", description), ("title", title)):
        element = ET.Element(tag, {"id": f"{ident}-{tag}"})
        element.text = text
        root.insert(0, element)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element, *, used: set[str], ident: str) -> None:
    """Make an element of matplotlib's one of the page: no namespace, no style attribute, classes for colours."""
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    declared = [part.split(":", 1) for part in element.attrib.pop("style", "").split(";") if ":" in part]
    style = {name.strip(): value.strip() for name, value in declared}
    attributes = {**element.attrib, **{name: value for name, value in style.items() if name.startswith(_PRESENTATION)}}
    classes = []
    for name in ("fill", "stroke"):
        if found := _CLASSES.get(attributes.get(name, "")):
            classes.append(f"{found}-{name}")
            del attributes[name]
    if classes:
        attributes["class"] = " ".join(classes)
    element_id = attributes.pop("id", None)
    if element_id in used:
        attributes["id"] = f"{ident}-{element_id}"
    for name in ("href", f"{{{_XLINK}}}href"):
        if name in attributes:
            attributes["href"] = f"#{ident}-{attributes.pop(name).removeprefix('#')}"
    attributes.pop("clip-path", None)
    element.attrib.clear()
    element.attrib.update(attributes)
