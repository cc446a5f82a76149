"""The command `thoughtmark tag`: tags journal files and writes the tags to the screen or to a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import StringIO, TextIOWrapper
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
"""Number of entries that are tagged and then written together. The number is low so that results appear soon."""

_NAMED: Final = 20
"""Highest number of unreadable rows that the screen names for a large result. A side file lists all of them."""


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@tag_options.output_options
@tag_options.tagging_options
@tag_options.column_options
@click.option("--model", metavar="MODEL", help="default, fast (several times as fast, but misses more), or a file.")
@tag_options.execution_options
def tag(
    paths: tuple[str, ...],
    output: Output,
    options: Options,
    columns: ColumnOptions,
    model: str | None,
    execution: Execution,
) -> None:
    """Tag journal entries. Each PATH is a file, a folder, or - for standard input.

    Reads documents with one entry per file, or several below their dates (.txt, .md, .docx, .odt, .rtf,
    .pdf, .html), e-mail (.eml, .mbox), tables with one entry per row (.xlsx, .csv, .tsv, .parquet) or per
    line (.jsonl), and exports of Day One, Journey, Google Keep and Evernote (.json, .zip, .enex). The
    result goes to the screen, or to the file named with --out. With --out report.html, the result is a
    page to open in a browser. If a run for --out tags.jsonl, .csv or .parquet is interrupted, run the same
    command again to resume it.

    Exit codes: 0 done; 2 wrong call; 3 some entries could not be read. These are named, and the others
    are tagged.
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
    """Return the format to write: the one that --format names, or else the one for the file name of --out."""
    if not partitions:
        return OUTPUT_FORMATS[output.format] if output.format else format_for_file(Path(output.out or ""))
    form = OUTPUT_FORMATS[output.format or "parquet"]
    if not form.standalone_parts:
        possible = " or ".join(other.name for other in OUTPUT_FORMATS.values() if other.standalone_parts)
        raise click.UsageError(f"--engine dask writes --format {possible}")
    return form


def _target(out: Path, paths: Iterable[str]) -> Path:
    """Return the file to write. For a symbolic link, this is the file that the link leads to.

    Raises `UsageError` if the file would replace a journal, if the next run would read it as a journal, or if the path
    cannot be a file.
    """
    from classifier.journal.webpage import is_own_report

    target = out.resolve()
    # A report of this program is never read as a journal, so it may be replaced in a folder that is read.
    is_read = target.exists() and not is_own_report(target)
    for path in (Path(path).resolve() for path in paths if path != "-"):
        if target == path or (is_read and path in target.parents):
            raise click.UsageError(f"--out {out} is one of the files to read; name another, outside of them")
    if out.is_dir() or not out.parent.is_dir() or (out.exists() and not out.is_file()):
        wrong = "is a directory" if out.is_dir() else "is not a file" if out.exists() else "is in no existing folder"
        raise click.UsageError(f"--out {out}: {wrong}; name a file in a folder that exists")
    return target if out.is_symlink() else out


def _tag_to_stream(paths: Sequence[str], out: Path | None, job: Job) -> None:
    """Tag entries in small batches and write each batch to a stream: the screen, or a file of a format for people."""
    from classifier.bulk.model_cache import cached_classifier

    read = _reader(paths, job.columns)
    entries = read()
    classifier = cached_classifier(job.model)
    card = ModelCard.from_manifest(classifier.manifest, job.options)
    settings = ReportSettings(taxonomy=classifier.taxonomy, model=card, with_text=job.with_text)
    unreadable: list[Unreadable] = []
    screen = StringIO()
    with _opened(out) as stream, entries_bar(entries, None if "-" in paths else read) as shown:
        reports = [OUTPUT_FORMATS[job.format].writer(stream, settings)]
        if out is not None:  # when the file is complete, the screen shows what is in it, without sentences
            reports.append(OUTPUT_FORMATS["table"].writer(screen, replace(settings, with_text=False)))
        while batch := list(islice(shown, _BATCH)):
            readable = [item for item in batch if isinstance(item, Entry)]
            unreadable.extend(item for item in batch if not isinstance(item, Entry))
            tagged = classifier.tag_many((entry.text for entry in readable), job.options)
            for pair in zip(readable, tagged, strict=True):
                for report in reports:
                    report.write(*pair)
        for report in reports:
            report.close()
    if out is not None:
        click.echo(f"{screen.getvalue()}thoughtmark: wrote {out}.", err=True)
    _say_unreadable(unreadable)


def _tag_to_file(paths: Sequence[str], out: Path, job: Job, *, jobs: int, overwrite: bool) -> None:
    """Tag entries into a file that is written in parts, or resume an interrupted run."""
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
    """Tag entries into a folder of partitions, with Dask workers."""
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
    """Return a function that reads the entries. A progress bar calls the function again, to count the entries."""
    from classifier.journal.reader import read_entries

    text, id_, date, day_first = columns
    return partial(read_entries, paths, text_column=text, id_column=id_, date_column=date, day_first=day_first)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    """Yield the stream to write to. A file gets its name only when it is complete, so nobody mistakes a part for it."""
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with atomic_file(out) as file:
        stream = TextIOWrapper(file, encoding="utf-8", newline="")
        yield stream
        stream.detach()  # writes the rest, but leaves the file open for `atomic_file`


def _say_written(out: Path | str) -> None:
    click.echo(f"thoughtmark: wrote {out}. {words.NOT_A_DIAGNOSIS} {words.LIMITS}", err=True)


def _say_unreadable(items: Sequence[Unreadable], *, total: int = 0, listed_in: object = None) -> None:
    """Name what was not read, or only in part. If `total` is higher, also name the full list. Then exit with 3."""
    for item in items:
        click.echo(f"thoughtmark: {item.source}: {item.problem}", err=True)
    if total > len(items):
        in_all = " in all" if items else ""
        click.echo(f"thoughtmark: not read: {total} rows{in_all}; they are listed in {listed_in}", err=True)
    if items or total:
        click.get_current_context().exit(SOME_UNREADABLE)
