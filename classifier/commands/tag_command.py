"""`thoughtmark tag`: journal files in, tags on the screen or in a file out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import click

from classifier.bulk.job import Job
from classifier.commands import tag_options
from classifier.commands.progress import entries_bar, partitions_bar
from classifier.commands.tag_options import Execution, Output
from classifier.files import atomic_file
from classifier.journal.columns import ColumnOptions
from classifier.journal.entry import Entry, Unreadable
from classifier.options import Options
from classifier.report import ModelCard, ReportSettings, words
from classifier.report.formats import OUTPUT_FORMATS, OutputFormat, format_for_file

SOME_UNREADABLE: Final = 3
"""Exit code if some entries could not be read."""

_BATCH: Final = 32
"""Entries that are tagged and then written together: few enough that a person sees results at once."""

_NAMED: Final = 20
"""Unreadable rows of a large result that are named on the screen; a side file lists them all."""


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@tag_options.output_options
@tag_options.tagging_options
@tag_options.column_options
@click.option("--model", metavar="FILE", help="Artifact to use instead of the default model.")
@tag_options.execution_options
def tag(
    paths: tuple[str, ...],
    output: Output,
    options: Options,
    columns: ColumnOptions,
    model: str | None,
    execution: Execution,
) -> None:
    """Tag journal entries: files, folders, or - for standard input.

    Reads .txt and .md (one entry a file), .csv, .tsv and .parquet (one entry a row) and .jsonl (one
    object with "text" a line). The result goes to the screen, or to the file named with --out; with
    --out report.html it is a page to open in a browser. An interrupted run for --out tags.jsonl, .csv
    or .parquet is resumed by running the same command again.

    Exit codes: 0 done; 2 wrong call; 3 some entries could not be read (the rest is done, and named).
    """
    form = _format_of(output, partitions=execution.engine == "dask")
    job = Job(format=form.name, model=model, options=options, with_text=output.with_text, columns=columns)
    if execution.engine == "dask":
        _tag_with_dask(paths, output.out, job, execution, overwrite=output.overwrite)
        return
    if execution.scheduler is not None:
        raise click.UsageError("--scheduler is for --engine dask")
    out = None if output.out is None else _target(Path(output.out), paths)
    if out is not None and form.grows:
        _tag_to_file(paths, out, job, jobs=execution.jobs, overwrite=output.overwrite)
        return
    if not form.streams:
        raise click.UsageError(f"{form.name} needs a file; name it, such as --out tags.{form.name}")
    if execution.jobs > 1:
        raise click.UsageError("--jobs is for results that grow in parts; name one, such as --out tags.jsonl")
    if form.name == "html" and out is None and sys.stdout.isatty():
        raise click.UsageError("the HTML report is a file; name it, such as --out report.html")
    _tag_to_stream(paths, out, job)


def _format_of(output: Output, *, partitions: bool) -> OutputFormat:
    """Return the format to write, by name or by the name of the file."""
    if not partitions:
        return OUTPUT_FORMATS[output.format] if output.format else format_for_file(Path(output.out or ""))
    form = OUTPUT_FORMATS[output.format or "parquet"]
    if not form.standalone_parts:
        possible = " or ".join(other.name for other in OUTPUT_FORMATS.values() if other.standalone_parts)
        raise click.UsageError(f"--engine dask writes --format {possible}")
    return form


def _target(out: Path, paths: Iterable[str]) -> Path:
    """Return the file to write; for a link, the file that it leads to.

    Raises `UsageError` if the file would replace a journal, would be read as one in the next run, or cannot be a file.
    """
    target = out.resolve()
    is_read = format_for_file(out).name != "html"  # a page is never read as a journal, so its folder does not matter
    for path in (Path(path).resolve() for path in paths if path != "-"):
        if target == path or (is_read and path in target.parents and target.exists()):
            raise click.UsageError(f"--out {out} is one of the files to read; name another, outside of them")
    if out.is_dir() or not out.parent.is_dir() or (out.exists() and not out.is_file()):
        wrong = "is a directory" if out.is_dir() else "is not a file" if out.exists() else "is in no existing folder"
        raise click.UsageError(f"--out {out}: {wrong}; name a file in a folder that exists")
    return target if out.is_symlink() else out


def _tag_to_stream(paths: Sequence[str], out: Path | None, job: Job) -> None:
    """Tag entry by entry, for a person who reads along, or into one page."""
    from classifier.bulk.model_cache import cached_classifier

    read = _reader(paths, job.columns)
    entries = read()
    classifier = cached_classifier(job.model)
    card = ModelCard.from_manifest(classifier.manifest, job.options)
    settings = ReportSettings(taxonomy=classifier.taxonomy, model=card, with_text=job.with_text)
    unreadable: list[Unreadable] = []
    with _opened(out) as stream, entries_bar(entries, None if "-" in paths else read) as shown:
        report = OUTPUT_FORMATS[job.format].writer(stream, settings)
        while batch := list(islice(shown, _BATCH)):
            readable = [item for item in batch if isinstance(item, Entry)]
            unreadable.extend(item for item in batch if not isinstance(item, Entry))
            tagged = classifier.tag_many((entry.text for entry in readable), job.options)
            for pair in zip(readable, tagged, strict=True):
                report.write(*pair)
        report.close()
    if out is not None:
        _say_written(out)
    _say_unreadable(unreadable)


def _tag_to_file(paths: Sequence[str], out: Path, job: Job, *, jobs: int, overwrite: bool) -> None:
    """Tag into a file that grows in parts, or resume an interrupted run."""
    from classifier.bulk.run import rejected_file, rejected_rows, tag_to_file
    from classifier.journal.files import file_stamps

    read = _reader(paths, job.columns)
    entries, files = read(), file_stamps(paths)
    with entries_bar(entries, None if "-" in paths else read) as shown:
        tag_to_file(shown, out, job, files=files, jobs=jobs, overwrite=overwrite)
    _say_written(out)
    total, first = rejected_rows(out, most=_NAMED)
    _say_unreadable(first, total=total, listed_in=rejected_file(out))


def _tag_with_dask(paths: Sequence[str], out: str | None, job: Job, execution: Execution, *, overwrite: bool) -> None:
    """Tag into a folder of partitions, by Dask workers."""
    from classifier.bulk.dask import tag_with_dask

    if out is None:
        raise click.UsageError("--engine dask writes a folder; name it with --out")
    with partitions_bar() as progress:
        scheduler, workers = execution.scheduler, execution.jobs
        rejected = tag_with_dask(
            paths, out, job, scheduler=scheduler, workers=workers, overwrite=overwrite, progress=progress
        )
    _say_written(out)
    _say_unreadable([], total=rejected, listed_in=f"{out}/part-*.rejected.jsonl")


def _reader(paths: Sequence[str], columns: ColumnOptions) -> Callable[[], Iterator[Entry | Unreadable]]:
    """Return a function that reads the entries; a second call reads them again, to count them for a progress bar."""
    from classifier.journal.reader import read_entries

    return partial(read_entries, paths, text_column=columns.text, id_column=columns.id, date_column=columns.date)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    """Yield the stream to write to. A file appears only when it is complete, because a part of it would look whole."""
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with atomic_file(out) as file:
        stream = TextIOWrapper(file, encoding="utf-8", newline="")
        yield stream
        stream.detach()


def _say_written(out: Path | str) -> None:
    click.echo(f"thoughtmark: wrote {out}. {words.NOT_A_DIAGNOSIS} {words.LIMITS}", err=True)


def _say_unreadable(items: Sequence[Unreadable], *, total: int = 0, listed_in: object = None) -> None:
    """Name what could not be read, or say where it is listed if there is more; end with the exit code for it."""
    for item in items:
        click.echo(f"thoughtmark: not read: {item.source}: {item.problem}", err=True)
    if total > len(items):
        in_all = " in all" if items else ""
        click.echo(f"thoughtmark: not read: {total} rows{in_all}; they are listed in {listed_in}", err=True)
    if items or total:
        click.get_current_context().exit(SOME_UNREADABLE)
