"""Draws the labels of dated entries over time, as an SVG picture for an HTML page.

matplotlib draws the picture. Its output is then cleaned for a page with a strict content security policy. Style
attributes, unused ids and external addresses are removed. Colours become classes, so that the style sheet of the page
can set the colours for light and dark mode.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from xml.etree import ElementTree as ET

from classifier.errors import MissingExtra
from classifier.report import words

try:
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError:
    raise MissingExtra("a picture of the labels", "report") from None

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
# Placeholder colours that matplotlib never uses by itself; each is replaced by a class of the style sheet.
_INK: Final = "#010203"
_LINE: Final = "#040506"
_DOT: Final = "#070809"
_CLASSES: Final = {_INK: "plot-ink", _LINE: "plot-line", _DOT: "plot-dot"}
_WIDTH, _ROW_HEIGHT, _MARGINS = 9.0, 0.34, 1.15  # inches
_FONT: Final = 11  # points
_AREAS: Final = (14, 32, 58, 92, 134)  # areas of dots for the steps of words.ODDS, in square points
# Opacities of the same dots; even the lowest gives a contrast of 3 to 1.
_OPACITIES: Final = (0.66, 0.73, 0.8, 0.88, 0.95)
_MOST_TICKS: Final = 8
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",  # text stays text, in the font of the page
    "svg.hashsalt": "thoughtmark",  # the same picture twice has the same ids
    "font.size": _FONT,
    "text.parse_math": False,
}
_DROPPED: Final = frozenset({"metadata", "style", "clipPath"})
_KEPT_STYLES: Final = ("fill", "font-size", "opacity", "stroke", "text-anchor")  # prefixes of properties to keep


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot in the picture: one label of one entry.

    Parameters
    ----------
    row
        Index of the label in the parameter `names` of `over_time`.
    """

    date: date
    row: int
    probability: float


def over_time(
    dots: Sequence[Dot],
    *,
    names: Sequence[str],
    dates: Sequence[date],
    limits: tuple[date, date],
    id_prefix: str,
    title: str,
    description: str,
) -> str:
    """Return an `<svg>` element with a row for each label. Dots are larger and darker for higher probabilities.

    Parameters
    ----------
    dots
        One dot for each label of each entry.
    names
        The names of the rows, from top to bottom.
    dates
        The dates of all entries, with or without tags. They are drawn as short strokes at the bottom.
    limits
        The first and the last date of the horizontal axis.
    id_prefix
        Prefix for ids. Each picture on a page needs a prefix of its own.
    title, description
        Texts for screen readers.
    """
    with mpl.rc_context(_STYLE):
        figure = _figure(dots, names=names, dates=dates, limits=limits)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _for_page(out.getvalue(), id_prefix=id_prefix, title=title, description=description)


def _figure(dots: Sequence[Dot], *, names: Sequence[str], dates: Sequence[date], limits: tuple[date, date]) -> Figure:
    height = _MARGINS + _ROW_HEIGHT * (len(names) + 1)
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.25, 0.5 / height, 0.73, 1 - _MARGINS / height))
    axes.set_axisbelow(True)
    bottom = len(names)
    for step, (area, opacity) in enumerate(zip(_AREAS, _OPACITIES, strict=True)):
        chosen = [dot for dot in dots if words.step(dot.probability) == step]
        x, y = [dot.date.toordinal() for dot in chosen], [dot.row for dot in chosen]
        label = words.ODDS[step]
        axes.scatter(x, y, s=area, alpha=opacity, color=_DOT, linewidths=0, label=label, clip_on=False)
    days = sorted(set(dates))
    axes.plot([day.toordinal() for day in days], [bottom] * len(days), "|", color=_INK, markersize=7, markeredgewidth=1)
    axes.set_yticks(range(bottom + 1), [*names, "entries written"])
    axes.set_ylim(bottom + 0.5, -0.6)  # row 0 is at the top
    _dates(axes, *limits)
    _remove_frame(axes)
    place = (-0.02, 1.0)  # above the plot
    axes.legend(
        loc="lower left", bbox_to_anchor=place, ncols=len(_AREAS), frameon=False, labelcolor=_INK, handletextpad=0.2
    )
    return figure


def _dates(axes: Axes, first: date, last: date) -> None:
    """Set the limits and the labels of the horizontal axis."""
    margin = max((last - first).days * 0.03, 1)
    axes.set_xlim(first.toordinal() - margin, last.toordinal() + margin)
    days = ticks(first, last)
    with_years = (last - first).days > 300 or first.year != last.year
    labels = [f"{day.day} {day:%b %Y}" if with_years else f"{day.day} {day:%b}" for day in days]
    axes.set_xticks([day.toordinal() for day in days], labels)


def ticks(first: date, last: date) -> list[date]:
    """Return at most eight dates for the labels of the axis.

    The dates are one or several days or weeks apart, or they are first days of months.

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


def _remove_frame(axes: Axes) -> None:
    """Remove the frame, the tick marks and the backgrounds."""
    axes.spines[:].set_visible(False)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    axes.tick_params(axis="both", length=0, colors=_INK, labelsize=_FONT, pad=8)
    axes.patch.set_visible(False)
    axes.figure.patch.set_visible(False)


def _for_page(svg: str, *, id_prefix: str, title: str, description: str) -> str:
    """Return the picture of matplotlib as an element for the page, cleaned and with texts for screen readers."""
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.removeprefix(f"{{{_SVG}}}") in _DROPPED:
                parent.remove(child)
    used = set(re.findall(r'href="#([^"]+)', svg))
    for element in root.iter():
        _clean(element, used=used, id_prefix=id_prefix)
    view_box, names = root.get("viewBox", ""), f"{id_prefix}-title {id_prefix}-desc"
    root.attrib.clear()
    root.attrib |= {"class": "plot", "viewBox": view_box, "role": "img"}
    root.attrib |= {"aria-labelledby": names, "focusable": "false"}
    for tag, text in (("desc", description), ("title", title)):
        element = ET.Element(tag, {"id": f"{id_prefix}-{tag}"})
        element.text = text
        root.insert(0, element)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element, *, used: set[str], id_prefix: str) -> None:
    """Remove an element's namespace, style attribute and unused id, and replace its colours by classes."""
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    declared = [part.split(":", 1) for part in element.attrib.pop("style", "").split(";") if ":" in part]
    style = {name.strip(): value.strip() for name, value in declared}
    attributes = {**element.attrib, **{name: value for name, value in style.items() if name.startswith(_KEPT_STYLES)}}
    classes = []
    for name in ("fill", "stroke"):
        if colour_class := _CLASSES.get(attributes.get(name, "")):
            classes.append(f"{colour_class}-{name}")
            del attributes[name]
    if classes:
        attributes["class"] = " ".join(classes)
    element_id = attributes.pop("id", None)
    if element_id in used:
        attributes["id"] = f"{id_prefix}-{element_id}"
    for name in ("href", f"{{{_XLINK}}}href"):
        if name in attributes:
            attributes["href"] = f"#{id_prefix}-{attributes.pop(name).removeprefix('#')}"
    attributes.pop("clip-path", None)
    element.attrib.clear()
    element.attrib.update(attributes)
