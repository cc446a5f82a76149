"""The subcommands `train`, `evaluate` and `corpus`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

_CORPUS = click.Path(exists=True, path_type=Path)


@click.command()
@click.option(
    "--corpus",
    type=_CORPUS,
    multiple=True,
    help="Annotated entries, a file or folder; may be given several times [default: the project's corpus].",
)
@click.option("--taxonomy", type=click.Path(path_type=Path), help="Labels to train [default: the project's].")
@click.option(
    "--pipeline",
    default="blank:en",
    show_default=True,
    help="spaCy pipeline that prepares the text; any installed one.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Artifact to write [default: the default model of this environment].",
)
def train(corpus: tuple[Path, ...], taxonomy: Path | None, pipeline: str, out: Path | None) -> None:
    """Train a model from annotated entries and save it.

    Reads the project's own JSONL, tables (CSV, TSV) with columns "text" and "label", and exports of
    doccano and Prodigy, told by their content. Labels go by id, name or alias of the taxonomy.
    """
    from classifier import default
    from classifier.taxonomy import Taxonomy
    from training.train import train as run

    if out is None and (taxonomy is not None or corpus or pipeline != "blank:en"):
        raise click.UsageError(
            "a model of your own needs a file of its own; name it with --out, and use it with `mindmark tag --model`"
        )
    target = default.path() if out is None else out
    manifest = run(target, corpus=corpus or None, taxonomy=Taxonomy.load(taxonomy), pipeline=pipeline)
    counts = manifest.corpus
    click.echo(
        f"Trained {manifest.version} on {counts['entries']} entries, {counts['sentences']} sentences "
        f"({counts['tagged_sentences']} tagged). Saved to {target}."
    )


@click.command()
@click.argument("annotated", required=False, type=_CORPUS)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="Form of the figures.",
)
@click.option("--model", type=click.Path(path_type=Path), help="Artifact to measure instead of the default model.")
@click.option("--corpus", type=_CORPUS, help="Corpus for the cross-validation [default: the project's].")
@click.option("--taxonomy", type=click.Path(path_type=Path), help="Labels of that corpus [default: the project's].")
def evaluate(annotated: Path | None, form: str, model: Path | None, corpus: Path | None, taxonomy: Path | None) -> None:
    """Measure a model.

    On a file of annotated entries that the model has not seen, where one is given; otherwise the way
    of training is measured on its own corpus by cross-validation, grouped by entry.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy
    from training.corpus import default_corpus
    from training.evaluate import cross_validate, evaluate_file
    from training.figures import show

    if annotated is None and model is not None:
        raise click.UsageError("--model is measured on entries that it has not seen; name a file of them")
    if annotated is not None and (corpus is not None or taxonomy is not None):
        raise click.UsageError("--corpus and --taxonomy are for the cross-validation; leave them out, or the file")
    if annotated is not None:
        title = f"{annotated.name}, entries that the model is not trained on"
        figures = evaluate_file(Classifier.load(model), annotated)
    else:
        title = "The corpus by cross-validation: synthetic entries, much easier than real ones"
        figures = cross_validate(corpus or default_corpus(), taxonomy=Taxonomy.load(taxonomy), progress=_progress)
    if form == "json":
        click.echo(json.dumps(figures, indent=1))
    else:
        show(figures, title=title)


@click.group()
def corpus() -> None:
    """Look after the corpus."""


@corpus.command()
@click.argument("path", required=False, type=_CORPUS)
@click.option("--taxonomy", type=click.Path(path_type=Path), help="Labels of the corpus [default: the project's].")
@click.option(
    "--no-minimum", is_flag=True, help="Do not ask for the counts of a corpus fit to train the default model."
)
def check(path: Path | None, taxonomy: Path | None, no_minimum: bool) -> None:
    """Check a corpus: labels, offsets, ids, duplicates, counts, repetition.

    Names file and line of each fault; exit code 2 where there is one.
    """
    from classifier.taxonomy import Taxonomy
    from training.check import check_corpus
    from training.corpus import default_corpus

    report = check_corpus(path or default_corpus(), Taxonomy.load(taxonomy), minimum=not no_minimum)
    for fault in report.faults:
        click.echo(fault, err=True)
    for line in report.summary():
        click.echo(line)
    if report.faults:
        click.echo(
            f"mindmark: {len(report.faults)} fault{'s' * (len(report.faults) > 1)}; mend the lines named above",
            err=True,
        )
        click.get_current_context().exit(2)


def _progress(items: Iterable[Any], total: int) -> Iterable[Any]:
    """A progress bar, on a terminal only."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description="Folds", total=total, console=Console(stderr=True), transient=True)
