"""The subcommands `tag` and `labels`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from classifier.options import Options

if TYPE_CHECKING:
    from rich.progress import Progress

    from classifier.journal.reader import Unreadable
    from classifier.pipeline import Classifier
    from classifier.report.formats import Format, ModelCard
    from classifier.report.rowwise import RowFormat

SOME_UNREADABLE = 3
_FORMATS = ("table", "jsonl", "csv", "parquet", "html")
_BATCH = 32


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--format",
    "chosen",
    type=click.Choice(_FORMATS),
    help="Form of the result [default: by the ending of --out, else table].",
)
@click.option("--out", "result", metavar="FILE", help="File to write instead of the screen.")
@click.option(
    "--operating-point",
    default="balanced",
    show_default=True,
    help="balanced marks less and is right more often; sensitive misses less.",
)
@click.option("--labels", "wanted", metavar="ID,ID", help="Look for these labels only (see `thoughtmark labels`).")
@click.option(
    "--min-probability", type=click.FloatRange(0, 1), default=0.0, help="Least probability of a tag, from 0 to 1."
)
@click.option("--text-column", help="Column of a CSV file, or field of a JSONL file, that holds the text.")
@click.option("--id-column", help="Column or field that holds the entry's id.")
@click.option("--date-column", help="Column or field that holds the entry's date.")
@click.option("--model", metavar="FILE", help="Artifact to use instead of the default model.")
@click.option("--with-text", is_flag=True, help="Put the tagged sentences into JSONL, CSV and Parquet too.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes that tag, for --out.")
@click.option("--overwrite", is_flag=True, help="Replace a JSONL, CSV or Parquet file that --out names.")
@click.option(
    "--engine",
    type=click.Choice(("local", "dask")),
    default="local",
    show_default=True,
    help="dask tags Parquet and JSONL on any file system into a folder of partitions (docs/scale.md).",
)
@click.option("--scheduler", metavar="ADDRESS", help="Dask's scheduler [default: one with --jobs workers here].")
def tag(
    paths: tuple[str, ...],
    chosen: Format | RowFormat | None,
    result: str | None,
    operating_point: str,
    wanted: str | None,
    min_probability: float,
    text_column: str | None,
    id_column: str | None,
    date_column: str | None,
    model: str | None,
    with_text: bool,
    jobs: int,
    overwrite: bool,
    engine: str,
    scheduler: str | None,
) -> None:
    """Tag journal entries: files, folders, or - for standard input.

    Reads .txt and .md (one entry a file), .csv, .tsv and .parquet (one entry a row) and .jsonl (one
    object with "text" a line). The result goes to the screen, or to the file named with --out; with
    --out report.html it is a page to open in a browser. A run for --out tags.jsonl, .csv or .parquet
    that is broken off goes on where it was when it is called again.

    Exit codes: 0 done; 2 wrong call; 3 some entries could not be read (the rest is done, and named).
    """
    labels = None if wanted is None else [label.strip() for label in wanted.split(",") if label.strip()]
    if labels == []:
        raise click.UsageError("--labels names none; give ids such as denial,bargaining, or leave it out for all")
    options = Options(
        operating_point=operating_point,
        labels=None if labels is None else tuple(labels),
        min_probability=min_probability,
    )
    columns: dict[str, Any] = {"text_column": text_column, "id_column": id_column}
    if engine == "dask":
        how = {"scheduler": scheduler, "workers": jobs, "overwrite": overwrite}
        _tag_with_dask(paths, result, chosen, model, columns, options, how, with_text=with_text)
        return
    if scheduler is not None:
        raise click.UsageError("--scheduler is for --engine dask")
    out = None if result is None else Path(result)
    form = chosen or (_form_of(out) if out else "table")
    columns["date_column"] = date_column
    if out is not None:
        out = _target(out, paths)
    match form:
        case "jsonl" | "csv" | "parquet" if out is not None:
            how = {"jobs": jobs, "overwrite": overwrite}
            _tag_to_file(paths, out, form, model, columns, options, how, with_text=with_text)
        case "parquet":
            raise click.UsageError("Parquet is a file; name it, such as --out tags.parquet")
        case _:
            if jobs > 1:
                raise click.UsageError("--jobs is for results that grow in parts; name one, such as --out tags.jsonl")
            if form == "html" and out is None and sys.stdout.isatty():
                raise click.UsageError("the HTML report is a file; name it, such as --out report.html")
            _tag_to_stream(paths, out, form, model, columns, options, with_text=with_text)


def _tag_to_stream(
    paths: Sequence[str],
    out: Path | None,
    form: Format,
    model: str | None,
    columns: dict[str, Any],
    options: Options,
    *,
    with_text: bool,
) -> None:
    """Tag entry by entry, as they come, for a person who reads along, or one page."""
    from classifier.bulk.frames import classifier_of
    from classifier.journal.reader import Entry, read_entries
    from classifier.report.formats import writer

    entries = read_entries(paths, **columns)
    classifier = classifier_of(model)
    card = _card(classifier, options)
    unreadable: list[Unreadable] = []
    with _opened(out) as stream, _progress(entries, _again(paths, columns)) as shown:
        report = writer(form, stream, taxonomy=classifier.taxonomy, model=card, with_text=with_text)
        while batch := list(islice(shown, _BATCH)):
            readable = [item for item in batch if isinstance(item, Entry)]
            unreadable.extend(item for item in batch if not isinstance(item, Entry))
            for entry, tagged in zip(readable, classifier.tag_many((e.text for e in readable), options), strict=True):
                report.write(entry, replace(tagged, id=entry.id))
        report.close()
    if out is not None:
        _say_written(out)
    _say_unreadable(unreadable)


def _tag_to_file(
    paths: Sequence[str],
    out: Path,
    form: RowFormat,
    model: str | None,
    columns: dict[str, Any],
    options: Options,
    how: dict[str, Any],
    *,
    with_text: bool,
) -> None:
    """Tag into a file that grows in parts, and goes on where it was broken off."""
    from classifier.bulk.parts import Parts
    from classifier.bulk.run import Job, tag_to_file
    from classifier.journal.reader import fingerprint, read_entries

    entries = read_entries(paths, **columns)
    plan = {"files": fingerprint(paths), "columns": columns}
    job = Job(model, form, options, with_text)
    parts = Parts(out)
    with _progress(entries, _again(paths, columns)) as shown:
        refused, unreadable = tag_to_file(shown, parts, job, plan=plan, **how)
    _say_written(out)
    more = f"{refused} rows in all; they are listed in {parts.rejected}" if refused > len(unreadable) else ""
    _say_unreadable(unreadable, more)


def _tag_with_dask(
    paths: Sequence[str],
    out: str | None,
    form: Any,
    model: str | None,
    columns: dict[str, Any],
    options: Options,
    how: dict[str, Any],
    *,
    with_text: bool,
) -> None:
    """Tag into a folder of partitions, by the workers of Dask."""
    from classifier.bulk.dask import Job, tag_with_dask

    if out is None:
        raise click.UsageError("--engine dask writes a folder; name it with --out")
    if form not in {None, "jsonl", "parquet"}:
        raise click.UsageError("--engine dask writes --format jsonl or parquet")
    job = Job(out=out, form=form or "parquet", model=model, options=options, with_text=with_text, **columns)
    with _partitions() as tell:
        rejected = tag_with_dask(paths, job, tell=tell, **how)
    _say_written(out)
    if rejected:
        click.echo(f"thoughtmark: not read: {rejected} rows; they are listed in {out}/part-*.rejected.jsonl", err=True)
        click.get_current_context().exit(SOME_UNREADABLE)


def _again(paths: Sequence[str], columns: dict[str, Any]) -> Callable[[], Iterator[Any]] | None:
    """What reads the entries once more, to know how many they are; None where they can be read only once."""
    from classifier.journal.reader import read_entries

    return None if "-" in paths else partial(read_entries, paths, **columns)


def _say_unreadable(unreadable: Sequence[Unreadable], more: str = "") -> None:
    """Name what could not be read, and end with the exit code for it."""
    for item in unreadable:
        click.echo(f"thoughtmark: not read: {item.source}: {item.problem}", err=True)
    if more:
        click.echo(f"thoughtmark: not read: {more}", err=True)
    if unreadable:
        click.get_current_context().exit(SOME_UNREADABLE)


def _say_written(out: Path | str) -> None:
    from classifier.report.words import LIMITS, NOT_A_DIAGNOSIS

    click.echo(f"thoughtmark: wrote {out}. {NOT_A_DIAGNOSIS} {LIMITS}", err=True)


def _form_of(out: Path) -> Format | RowFormat:
    forms: dict[str, Format | RowFormat] = {
        **{".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet"},
        **{".html": "html", ".htm": "html"},
    }
    return forms.get(out.suffix.lower(), "table")


def _target(out: Path, paths: Iterable[str]) -> Path:
    """The file to write: of a link the one that it leads to.

    Raises where it would take the place of a journal, be read as one the next time, or where it is no file.
    """
    target = out.resolve()
    for path in (Path(path).resolve() for path in paths if path != "-"):
        if target == path or (path in target.parents and target.exists() and _form_of(out) != "html"):
            raise click.UsageError(f"--out {out} is one of the files to read; name another, outside of them")
    if out.is_dir() or not out.parent.is_dir() or (out.exists() and not out.is_file()):
        wrong = "is a directory" if out.is_dir() else "is no file" if out.exists() else "lies in no folder"
        raise click.UsageError(f"--out {out}: {wrong}; name a file in a folder that exists")
    return target if out.is_symlink() else out


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    """The stream to write to. Of a file that is broken off nothing stays, since it would look whole."""
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    from classifier.bulk.parts import written

    with written(out, beside=out.parent) as file:
        stream = TextIOWrapper(file, encoding="utf-8", newline="")
        yield stream
        stream.detach()


@contextmanager
def _progress(entries: Iterator[Any], count: Any) -> Iterator[Iterator[Any]]:
    """The entries, with a progress bar on a terminal; `count` reads them once more, to know how many they are."""
    if not sys.stderr.isatty():
        yield entries
        return
    with _bar() as progress:
        total = sum(1 for _ in count()) if count else None
        yield iter(progress.track(entries, total=total))


@contextmanager
def _partitions() -> Iterator[Callable[[int, int, int], None]]:
    """What is told how many partitions are done, and shows it on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, all_, rows: None
        return
    with _bar() as progress:
        task = progress.add_task("")
        yield lambda done, all_, rows: progress.update(task, completed=done, total=all_)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Left
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f}/s" if task.speed else "")

    columns = (TextColumn("Tagging"), BarColumn(), MofNCompleteColumn(), Rate(), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress


def _card(classifier: Classifier, options: Options) -> ModelCard:
    """What the report says of the model."""
    from classifier.report.formats import ModelCard

    thresholds = classifier.thresholds(options)
    real = classifier.manifest.quality.get("on_real_posts")
    measured = ""
    steps: tuple[tuple[int, int], ...] = ()
    if real:
        at = real["operating_points"][options.operating_point]
        point = at["any_tag"]
        steps = tuple((row["tags"], row["right"]) for row in at["by_probability"])
        measured = (
            f"On {real['counts']['entries']} forum posts by people in recovery, which the model was not trained on, "
            f"{point['precision']:.0%} of the sentences it marked were marked by two annotators too, "
            f"and it found {point['recall']:.0%} of theirs."
        )
    return ModelCard(
        version=classifier.version,
        operating_point=options.operating_point,
        thresholds=thresholds,
        measured=measured,
        steps=steps,
    )


@click.command()
@click.option("--taxonomy", type=click.Path(path_type=Path), help="Taxonomy file to show instead of the project's.")
@click.option("--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True)
def labels(taxonomy: Path | None, form: str) -> None:
    """Show the labels: what each is, what it is not, and a question to ask."""
    import json

    from classifier.taxonomy import Taxonomy

    loaded = Taxonomy.load(taxonomy)
    if form == "json":
        click.echo(json.dumps(loaded.as_dict(), indent=2, ensure_ascii=False))
        return
    for label in loaded:
        click.echo(click.style(f"{label.name} ({label.id})", bold=True))
        for line in (label.definition, f"Not: {label.is_not}", f"Ask: {label.question}", f"Source: {label.source}"):
            click.echo(click.wrap_text(line, width=96, initial_indent="  ", subsequent_indent="    "))
        click.echo()
