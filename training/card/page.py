"""Writes a model card as a Markdown page, with its JSON and its pictures.

The page follows Mitchell et al., Model Cards for Model Reporting (2019).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from training.card.collect import CardError
from training.card.plots import draw_pictures
from training.measure.tables import format_number


def write_card(figures: Mapping[str, Any], out: Path) -> None:
    """Write the page, a JSON file beside it, and the pictures into the folder `pictures` beside it.

    Raises
    ------
    CardError
        A file cannot be written.
    """
    pictures = out.parent / "pictures"
    try:
        pictures.mkdir(exist_ok=True)
        out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        out.write_text(render_card(figures), encoding="utf-8")
        draw_pictures(figures, pictures)
    except OSError as error:
        raise CardError(
            f"{error.filename or out}: cannot be written ({error.strerror}); name another file with --out"
        ) from None


def render_card(figures: Mapping[str, Any]) -> str:
    """Return the page in Markdown. `figures` is the result of `collect_figures`."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "percent": _percent,
        "interval": _interval,
        "number": format_number,
        "verbatim": _verbatim,
        "thousands": "{:,}".format,
    }
    template = resources.files("training.card").joinpath("card.md.j2").read_text(encoding="utf-8")
    humans = {row["data"]: row["human"] for row in figures["benchmark"]["figures"] if row["human"]}
    return environment.from_string(template).render(figures, humans=humans) + "\n"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _interval(estimate: Mapping[str, float | None], form: str = "percent") -> str:
    """Return an estimate as text, with its 95% interval if there is one."""
    shown = {"percent": _percent, "number": format_number}[form]
    value, low, high = (shown(estimate[name]) for name in ("value", "low", "high"))
    return value if estimate["low"] is None else f"{value} [{low.removesuffix('%')} to {high}]"


def _verbatim(text: str) -> str:
    """Escape a sentence so that Markdown shows it unchanged inside a table."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|~$" else c for c in text)
