"""Writes the model card of the models of the package as a Markdown page.

The page follows Mitchell et al., Model Cards for Model Reporting (2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from classifier.model.artifact import Manifest
from training.measure.tables import format_number

_TESTS: Final = {
    "locked_test": "locked test",
    "transfer_test": "transfer test",
    "cross_validated": "cross-validation",
}

_ROWS: Final = (
    (
        "sentences that it marks: marked or doubted by the reader",
        "operating_points.balanced.marked_or_discussed",
        "percent",
    ),
    ("sentences marked by the reader: found", "operating_points.balanced.any_tag.recall", "percent"),
    ("posts without a mark: tagged all the same", "operating_points.balanced.over_flagging", "percent"),
    ("micro-F1 of labels on sentences, `balanced`", "operating_points.balanced.micro_f1", "number"),
    ("the same at `sensitive`: marked or doubted", "operating_points.sensitive.marked_or_discussed", "percent"),
    ("the same at `sensitive`: found", "operating_points.sensitive.any_tag.recall", "percent"),
    ("the same at `sensitive`: tagged all the same", "operating_points.sensitive.over_flagging", "percent"),
    ("ranking of sentences: AUC", "tagged_at_all.sentence_auc", "number"),
    ("ranking of sentences: average precision", "tagged_at_all.sentence_ap", "number"),
    ("ranking of posts: AUC", "tagged_at_all.entry_auc", "number"),
    ("ranking of posts: average precision", "tagged_at_all.entry_ap", "number"),
)
"""For each row of the main table: its name, the path of the metric in `summarize`'s result, and its form."""


def render_card(default: Manifest, fast: Manifest) -> str:
    """Return the page in Markdown. Both manifests must have the figures that `measure_default` attaches."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "measured": _measured,
        "number": format_number,
        "percent": _percent,
        "tenths": _tenths,
        "thousands": "{:,}".format,
    }
    template = resources.files("training.card").joinpath("card.md.j2").read_text(encoding="utf-8")
    columns = [("default", name, default.quality[test]) for test, name in _TESTS.items()]
    columns.append(("fast", _TESTS["locked_test"], fast.quality["locked_test"]))
    return environment.from_string(template).render(default=default, columns=columns, rows=_ROWS) + "\n"


def _measured(figures: Mapping[str, Any], path: str, form: str) -> str:
    """Return a metric as text, with its 95% interval."""
    shown = {"percent": _percent, "number": format_number}[form]
    value: Any = reduce(lambda table, key: table[key], path.split("."), figures)
    low, high = (shown(bound) for bound in figures["intervals"][path])
    return f"{shown(value)} [{low.removesuffix('%')} to {high}]"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _tenths(value: float) -> str:
    return f"{10 * value:.0f}"
