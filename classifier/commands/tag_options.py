"""Declares the options of `thoughtmark tag`, grouped into `Options`, `ColumnOptions`, `Output` and `Execution`.

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
    """The format and the destination of the result.

    Parameters
    ----------
    out
        File or folder to write. None means the screen.
    format
        Name of the format. None means the format for the file name in `out`.
    with_text
        Whether JSONL, CSV, Parquet and the screen contain the tagged sentences.
    overwrite
        Whether to replace an existing result.
    """

    out: str | None
    format: str | None
    with_text: bool
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """The processes that tag: `jobs` processes on this machine, or the workers of a Dask scheduler."""

    jobs: int
    engine: str
    scheduler: str | None


def _grouped(name: str, value: Callable[..., Any], *options: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorator that declares `options`, calls `value` with them, and passes the result to the command.

    The result is the command's parameter `name`. The options must be the parameters of `value`.
    """
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
        raise click.UsageError(
            "--labels names none; give ids such as denial,bargaining, or leave the option out for all labels"
        )
    return Options(operating_point=operating_point, labels=ids, min_probability=min_probability)


def _columns(
    text_column: str | None, id_column: str | None, date_column: str | None, day_first: bool | None
) -> ColumnOptions:
    return ColumnOptions(text_column, id_column, date_column, day_first)


_ORDER_HELP = "Read 03/04/2026 as 3 April, or as March 4 [default: as the other dates of the file show]."
_FORMAT_HELP = "Format of the result [default: by the ending of --out, else table]."
_TEXT_HELP = "Also write (JSONL, CSV, Parquet) or show (on the screen) the tagged sentences."
_POINT_HELP = "balanced sets fewer tags and is right more often; sensitive sets more tags and misses less."
_ENGINE_HELP = (
    "dask tags Parquet and JSONL files on any file system into a folder of partitions (docs/guides/scale.md)."
)
_SCHEDULER_HELP = "Address of a Dask scheduler [default: start one on this machine, with --jobs workers]."

output_options: Final = _grouped(
    "output",
    Output,
    click.option("--format", type=click.Choice(tuple(OUTPUT_FORMATS)), help=_FORMAT_HELP),
    click.option("--out", metavar="FILE", help="Write the result to this file (dask: folder), not to the screen."),
    click.option("--with-text", "--show", "with_text", is_flag=True, help=_TEXT_HELP),
    click.option("--overwrite", is_flag=True, help="Replace an existing result or interrupted run at --out."),
)
tagging_options: Final = _grouped(
    "options",
    _tagging,
    click.option("--operating-point", default="balanced", show_default=True, help=_POINT_HELP),
    click.option("--labels", metavar="ID,ID", help="Set tags for these labels only (see `thoughtmark labels`)."),
    click.option(
        "--min-probability", type=click.FloatRange(0, 1), default=0.0, help="Set no tag with a lower probability."
    ),
)
column_options: Final = _grouped(
    "columns",
    _columns,
    click.option("--text-column", help="Column of a table, or field of a JSONL file, that holds the text."),
    click.option("--id-column", help="Column or field that holds the entry's id."),
    click.option("--date-column", help="Column or field that holds the entry's date."),
    click.option("--day-first/--month-first", default=None, help=_ORDER_HELP),
)
execution_options: Final = _grouped(
    "execution",
    Execution,
    click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Number of tagging processes."),
    click.option(
        "--engine", type=click.Choice(("local", "dask")), default="local", show_default=True, help=_ENGINE_HELP
    ),
    click.option("--scheduler", metavar="ADDRESS", help=_SCHEDULER_HELP),
)
