"""Defines the subcommands `train`, `evaluate`, `benchmark` and `corpus`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click

from classifier.errors import requires_extra

# Each command imports its modules only when it runs, so that --help is quick.

_EXISTING = click.Path(exists=True, path_type=Path)
_EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_ANY_FILE = click.Path(path_type=Path)
_PICTURES = (".png", ".svg", ".pdf")

_FORMS = click.Choice(("table", "json"))
_format = click.option(
    "--format", "form", type=_FORMS, default="table", show_default=True, help="Print tables or JSON."
)
_model = click.option("--model", type=_ANY_FILE, help="Model to use [default: default]: default, fast or a file.")
_trained_on = click.option(
    "--corpus", type=_EXISTING, help="Corpus that the model was trained on [default: the project's]."
)


def _in_existing_folder(context: click.Context, option: click.Parameter, file: Path | None) -> Path | None:
    """Raise an error if the file's folder does not exist, before minutes are spent on the file's contents."""
    if file is not None and not file.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {file.parent}; create it first", context, option)
    return file


_new_file = partial(click.option, type=_NEW_FILE, callback=_in_existing_folder)


@click.command()
@click.option(
    "--corpus",
    type=_EXISTING,
    multiple=True,
    help="File or folder of annotated entries; can be repeated [default: the project's corpus].",
)
@click.option("--taxonomy", type=_ANY_FILE, help="Taxonomy file with the labels to train [default: the project's].")
@click.option(
    "--pipeline", default="blank:en", show_default=True, help="Installed spaCy pipeline that prepares the text."
)
@click.option("--out", type=_NEW_FILE, required=True, help="File to save the model to.")
def train(corpus: tuple[Path, ...], taxonomy: Path | None, pipeline: str, out: Path) -> None:
    """Train a model from annotated entries and save it.

    Reads the project's own JSONL format, tables (CSV, TSV) with columns "text" and "label", and exports of doccano
    and Prodigy. The command recognizes the format by the content. A text without a label is a negative example. A
    label may be the id, the name or an alias of a label in the taxonomy.
    """
    from classifier.taxonomy import Taxonomy
    from training import trainer

    manifest = trainer.train(out, corpus=corpus or None, taxonomy=Taxonomy.load(taxonomy), pipeline=pipeline)
    counts = manifest.corpus
    click.echo(
        f"Trained {manifest.version} on {counts['entries']} entries, {counts['sentences']} sentences "
        f"({counts['tagged_sentences']} tagged). Saved to {out}; use it with --model {out}."
    )


@click.command()
@click.argument("annotated", required=False, type=_EXISTING)
@_format
@_model
@click.option("--corpus", type=_EXISTING, help="Corpus for the cross-validation [default: the project's].")
@click.option("--taxonomy", type=_ANY_FILE, help="Taxonomy file of that corpus [default: the project's].")
def evaluate(annotated: Path | None, form: str, model: Path | None, corpus: Path | None, taxonomy: Path | None) -> None:
    """Measure a model.

    ANNOTATED is a file of annotated entries that the model was not trained on. The command measures the model on these
    entries. Without ANNOTATED, it cross-validates on a corpus. All sentences of an entry stay in the same part.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy
    from training.corpus.files import default_corpus
    from training.evaluation import cross_validate, evaluate_file
    from training.measure.tables import show_evaluation

    if annotated is None and model is not None:
        raise click.UsageError(
            "--model needs a file of annotated entries that the model was not trained on; add the file"
        )
    if annotated is not None and (corpus is not None or taxonomy is not None):
        raise click.UsageError(
            "--corpus and --taxonomy apply only to the cross-validation; run the command without them, or without "
            "ANNOTATED"
        )
    if annotated is not None:
        title = f"{annotated.name}, entries that the model is not trained on"
        figures = evaluate_file(Classifier.load(model), annotated)
    else:
        title = "The corpus by cross-validation: synthetic entries, much easier than real ones"
        figures = cross_validate(corpus or default_corpus(), taxonomy=Taxonomy.load(taxonomy), progress=_progress)
    if form == "json":
        click.echo(json.dumps(figures, indent=1))
    else:
        show_evaluation(figures, title=title)


@click.command()
@click.argument("data", metavar="DATA_DIR", type=_EXISTING_FOLDER)
@_model
@_trained_on
@click.option(
    "--tasks",
    metavar="NAME,NAME",
    default="real,zero-shot,supervised",
    show_default=True,
    help="real: tags on real posts. zero-shot: labels of texts of other sets. supervised: training on one set alone.",
)
@_format
@_new_file("--out", help="JSON file to write the results to.")
@_new_file("--plot", "picture", help="Picture file to draw the results into: .png, .svg or .pdf.")
def benchmark(
    data: Path, model: Path | None, corpus: Path | None, tasks: str, form: str, out: Path | None, picture: Path | None
) -> None:
    """Measure a model on public labelled data sets that it was not trained on.

    Compares each result with a trivial floor, a textbook baseline, published results and this project's targets.
    The data sets are not part of the project. Sets that are missing in DATA_DIR are skipped. Takes some minutes.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy

    with requires_extra("the benchmark", "train"):
        from training.benchmark.display import plot_benchmark, show_benchmark
    from training.benchmark.tasks import run_benchmark
    from training.corpus.files import default_corpus

    if picture is not None and picture.suffix not in _PICTURES:
        raise click.UsageError(f"--plot {picture} must end in one of {', '.join(_PICTURES)}; rename it")
    result = run_benchmark(
        Classifier.load(model, taxonomy=Taxonomy.load()),
        data,
        corpus=corpus or default_corpus(),
        tasks=[name.strip() for name in tasks.split(",")],
    )
    text = json.dumps(result.as_dict(), indent=1)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if picture is not None:
        plot_benchmark(result, picture)
    if form == "json":
        click.echo(text)
    else:
        show_benchmark(result)


@click.group()
def corpus() -> None:
    """Check the corpus."""


@corpus.command("check")
@click.argument("path", required=False, type=_EXISTING)
@click.option("--taxonomy", type=_ANY_FILE, help="Taxonomy file of the corpus [default: the project's].")
@click.option("--no-minimum", is_flag=True, help="Skip the limits on counts and repetition.")
@click.option(
    "--apart-from",
    type=_EXISTING,
    multiple=True,
    help="File of texts that the corpus must not repeat (.csv, .json, .jsonl); can be repeated.",
)
def corpus_check(path: Path | None, taxonomy: Path | None, no_minimum: bool, apart_from: tuple[Path, ...]) -> None:
    """Check labels, offsets, ids, duplicates, counts and repetition of a corpus.

    Prints each fault with its file and line. The exit code is 2 if there is any fault. Use --apart-from with the texts
    that models are measured on: an entry that shares eight words in a row with one of them is a fault.
    """
    from classifier.taxonomy import Taxonomy
    from training.corpus.check import check_corpus
    from training.corpus.files import default_corpus

    report = check_corpus(
        path or default_corpus(), Taxonomy.load(taxonomy), minimum=not no_minimum, apart_from=apart_from
    )
    for fault in report.faults:
        click.echo(fault, err=True)
    for line in report.summary():
        click.echo(line)
    if report.faults:
        click.echo(
            f"thoughtmark: {len(report.faults)} fault{'s' * (len(report.faults) > 1)}; fix the lines named above",
            err=True,
        )
        click.get_current_context().exit(2)


def _progress(items: Iterable[Any], total: int) -> Iterable[Any]:
    """Show a progress bar if stderr is a terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description="Measuring", total=total, console=Console(stderr=True), transient=True)


@corpus.command("join")
@click.argument("texts", type=_EXISTING_FOLDER)
@_new_file("--out", required=True, help="The corpus to write, as .jsonl.")
@click.option(
    "--part",
    type=click.Choice(("training", "locked", "transfer")),
    default="training",
    show_default=True,
    help="training: posts to train on. locked: the locked test. transfer: a community that is never trained on.",
)
@click.option("--labels", type=_ANY_FILE, help="Labels of real posts [default: the project's].")
def corpus_join(texts: Path, out: Path, part: Literal["training", "locked", "transfer"], labels: Path | None) -> None:
    """Join the labels of real posts with their texts, to train or measure on.

    The project keeps labels of real posts without their text. TEXTS is a folder of .jsonl files with "id" and
    "sentences". The result contains people's own words: keep it on this machine.
    """
    from training.corpus.real import join_texts, read_post_labels

    posts = [post for post in read_post_labels(labels) if post.part == part]
    joined = join_texts(posts, texts, part=part)
    for ids, problem in ((joined.missing, "have no text in"), (joined.changed, "differ from the labelled text in")):
        if ids:
            click.echo(f"thoughtmark: {len(ids)} of {len(posts)} posts {problem} {texts}, such as {ids[0]}", err=True)
    if not joined.rows:
        raise click.UsageError(
            f"{texts} has no text of a labelled post of this part; name the folder with the texts of these posts"
        )
    out.write_text("".join(json.dumps(row) + "\n" for row in joined.rows), encoding="utf-8")
    click.echo(f"Saved {len(joined.rows)} rows to {out}.")
