"""The options of `thoughtmark tag` in, a few values out: `Options`, `ColumnOptions`, `Output` and `Execution`.

Each `..._options` is a decorator that declares some options and passes them to the command as one value.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import click

from classifier.journal.columns import ColumnOptions
from classifier.options import Options
from classifier.report.formats import OUTPUT_FORMATS


@dataclass(frozen=True, slots=True)
class Output:
    """What to write, and where.

    Parameters
    ----------
    out
        File or folder to write; None for the screen.
    format
        Name of the format; None to choose it by the name of the file.
    with_text
        Whether formats for programs contain the tagged sentences.
    overwrite
        Whether to replace a result that is there.
    """

    out: str | None
    format: str | None
    with_text: bool
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """Which processes tag: `jobs` processes on this machine, or the workers of a Dask scheduler."""

    jobs: int
    engine: str
    scheduler: str | None


def _grouped(name: str, value: Callable[..., Any], *options: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorator for options that are parameters of `value`; the command gets what `value` returns."""
    parameters = inspect.signature(value).parameters

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_value(**given: Any) -> Any:
            own = {parameter: given.pop(parameter) for parameter in parameters}
            return command(**given, **{name: value(**own)})

        for option in reversed(options):
            option(with_value)
        return with_value

    return decorate


def _tagging(operating_point: str, labels: str | None, min_probability: float) -> Options:
    ids = None if labels is None else tuple(label.strip() for label in labels.split(",") if label.strip())
    if ids == ():
        raise click.UsageError("--labels names none; give ids such as denial,bargaining, or leave it out for all")
    return Options(operating_point=operating_point, labels=ids, min_probability=min_probability)


def _columns(text_column: str | None, id_column: str | None, date_column: str | None) -> ColumnOptions:
    return ColumnOptions(text_column, id_column, date_column)


_FORMAT_HELP = "Format of the result [default: by the ending of --out, else table]."
_POINT_HELP = "balanced sets fewer tags and is right more often; sensitive misses less."
_ENGINE_HELP = "dask tags Parquet and JSONL on any file system into a folder of partitions (docs/guides/scale.md)."
_SCHEDULER_HELP = "Dask's scheduler [default: a new one with --jobs workers, here]."

output_options: Final = _grouped(
    "output",
    Output,
    click.option("--format", type=click.Choice(tuple(OUTPUT_FORMATS)), help=_FORMAT_HELP),
    click.option("--out", metavar="FILE", help="File to write instead of the screen."),
    click.option("--with-text", is_flag=True, help="Put the tagged sentences into JSONL, CSV and Parquet too."),
    click.option("--overwrite", is_flag=True, help="Replace a JSONL, CSV or Parquet file that --out names."),
)
tagging_options: Final = _grouped(
    "options",
    _tagging,
    click.option("--operating-point", default="balanced", show_default=True, help=_POINT_HELP),
    click.option("--labels", metavar="ID,ID", help="Look for these labels only (see `thoughtmark labels`)."),
    click.option("--min-probability", type=click.FloatRange(0, 1), default=0.0, help="Lowest probability of a tag."),
)
column_options: Final = _grouped(
    "columns",
    _columns,
    click.option("--text-column", help="Column of a table, or field of a JSONL file, that holds the text."),
    click.option("--id-column", help="Column or field that holds the entry's id."),
    click.option("--date-column", help="Column or field that holds the entry's date."),
)
execution_options: Final = _grouped(
    "execution",
    Execution,
    click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes that tag, for --out."),
    click.option(
        "--engine", type=click.Choice(("local", "dask")), default="local", show_default=True, help=_ENGINE_HELP
    ),
    click.option("--scheduler", metavar="ADDRESS", help=_SCHEDULER_HELP),
)
