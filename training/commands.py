"""The subcommands `train`, `evaluate`, `benchmark`, `card` and `corpus`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

_CORPUS = click.Path(exists=True, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_PICTURES = (".png", ".svg", ".pdf")


def _in_a_folder(context: click.Context, option: click.Parameter, file: Path | None) -> Path | None:
    """Refuse a file that cannot be written before minutes are spent on what should stand in it."""
    if file is not None and not file.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {file.parent}; make it first", context, option)
    return file


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
    from classifier.model import default
    from classifier.taxonomy import Taxonomy
    from training.trainer import train as run

    if out is None and (taxonomy is not None or corpus or pipeline != "blank:en"):
        raise click.UsageError(
            "a model of your own needs a file of its own; name it with --out, and use it with `thoughtmark tag --model`"
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
    from training.corpus.entries import default_corpus
    from training.evaluation import cross_validate, evaluate_file
    from training.measure.tables import show

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


@click.command()
@click.argument("data", metavar="DATA_DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", type=click.Path(path_type=Path), help="Artifact to measure instead of the default model.")
@click.option(
    "--corpus",
    type=_CORPUS,
    help="What that model was trained on, for the baseline [default: the project's corpus].",
)
@click.option(
    "--tasks",
    metavar="NAME,NAME",
    default="real,zero-shot,supervised",
    show_default=True,
    help="What to measure: tags on real posts, the top label on sets never seen, training on a set itself.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="Form of the figures on the screen.",
)
@click.option("--out", type=_NEW_FILE, callback=_in_a_folder, help="File to write the figures to, as JSON.")
@click.option(
    "--plot",
    "picture",
    type=_NEW_FILE,
    callback=_in_a_folder,
    help="File to draw the figures to; ends in .png, .svg or .pdf.",
)
def benchmark(
    data: Path, model: Path | None, corpus: Path | None, tasks: str, form: str, out: Path | None, picture: Path | None
) -> None:
    """Measure a model on public labelled sets that it was not trained on.

    Each figure stands beside a trivial floor, a textbook baseline, what others published, and what this
    project sets out to reach. The sets are not part of the project; a set that is not in DATA_DIR is skipped.
    Takes some minutes.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy
    from training.benchmark.tables import plot, show
    from training.benchmark.tasks import benchmark as run
    from training.corpus.entries import default_corpus

    if picture is not None and picture.suffix not in _PICTURES:
        raise click.UsageError(f"--plot {picture} ends in none of {', '.join(_PICTURES)}; give it one of these endings")
    result = run(
        Classifier.load(model, taxonomy=Taxonomy.load()),
        data,
        corpus=corpus or default_corpus(),
        tasks=[name.strip() for name in tasks.split(",")],
    )
    text = json.dumps(result.as_dict(), indent=1)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if picture is not None:
        plot(result, picture)
    if form == "json":
        click.echo(text)
    else:
        show(result)


@click.command()
@click.argument("data", metavar="DATA_DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    type=_NEW_FILE,
    callback=_in_a_folder,
    default="docs/model-card.md",
    show_default=True,
    help="The page; its JSON and a folder of pictures are written beside it.",
)
@click.option("--model", type=click.Path(path_type=Path), help="Artifact to describe instead of the default model.")
@click.option("--corpus", type=_CORPUS, help="What that model was trained on [default: the project's corpus].")
def card(data: Path, out: Path, model: Path | None, corpus: Path | None) -> None:
    """Measure a model from all sides and write its model card.

    On the public sets in DATA_DIR, first of all the real posts, and on its own corpus by cross-validation.
    Takes some ten minutes.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy
    from training.card.page import measure, write
    from training.corpus.entries import default_corpus

    classifier = Classifier.load(model, taxonomy=Taxonomy.load())
    figures = measure(classifier, data, corpus=corpus or default_corpus(), progress=_progress)
    write(figures, out)
    click.echo(f"Saved to {out}.")


@click.group()
def corpus() -> None:
    """Look after the corpus."""


@corpus.command()
@click.argument("path", required=False, type=_CORPUS)
@click.option("--taxonomy", type=click.Path(path_type=Path), help="Labels of the corpus [default: the project's].")
@click.option(
    "--no-minimum",
    is_flag=True,
    help="Do not ask for the counts, and the variety, of a corpus fit to train the default model.",
)
@click.option(
    "--apart-from",
    type=_CORPUS,
    multiple=True,
    help="Texts that the corpus must not repeat, as .csv, .json or .jsonl; can be given again.",
)
def check(path: Path | None, taxonomy: Path | None, no_minimum: bool, apart_from: tuple[Path, ...]) -> None:
    """Check a corpus: labels, offsets, ids, duplicates, counts, repetition, words of other texts.

    Names file and line of each fault; exit code 2 where there is one.
    """
    from classifier.taxonomy import Taxonomy
    from training.corpus.check import check_corpus
    from training.corpus.entries import default_corpus

    report = check_corpus(
        path or default_corpus(), Taxonomy.load(taxonomy), minimum=not no_minimum, apart_from=apart_from
    )
    for fault in report.faults:
        click.echo(fault, err=True)
    for line in report.summary():
        click.echo(line)
    if report.faults:
        click.echo(
            f"thoughtmark: {len(report.faults)} fault{'s' * (len(report.faults) > 1)}; mend the lines named above",
            err=True,
        )
        click.get_current_context().exit(2)


def _progress(items: Iterable[Any], total: int) -> Iterable[Any]:
    """A progress bar, on a terminal only."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description="Measuring", total=total, console=Console(stderr=True), transient=True)
