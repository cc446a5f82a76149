"""The subcommands `train`, `evaluate`, `benchmark`, `card` and `corpus`: arguments in, one call of the library each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from classifier.errors import requires_extra

# Each command imports what it needs when it runs, so that --help is quick.

_EXISTING = click.Path(exists=True, path_type=Path)
_EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_ANY_FILE = click.Path(path_type=Path)
_PICTURES = (".png", ".svg", ".pdf")

_FORMS = click.Choice(("table", "json"))
_format = click.option("--format", "form", type=_FORMS, default="table", show_default=True, help="Form of the figures.")
_model = click.option("--model", type=_ANY_FILE, help="Model to use instead of the default one.")
_trained_on = click.option("--corpus", type=_EXISTING, help="The model's training corpus [default: the project's].")


def _in_existing_folder(context: click.Context, option: click.Parameter, file: Path | None) -> Path | None:
    """Refuse a file that cannot be written, before minutes are spent on its contents."""
    if file is not None and not file.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {file.parent}; create it first", context, option)
    return file


_new_file = partial(click.option, type=_NEW_FILE, callback=_in_existing_folder)


@click.command()
@click.option("--corpus", type=_EXISTING, multiple=True, help="Annotated entries [default: the project's corpus].")
@click.option("--taxonomy", type=_ANY_FILE, help="Labels to train [default: the project's].")
@click.option("--pipeline", default="blank:en", show_default=True, help="Installed spaCy pipeline to prepare the text.")
@click.option("--out", type=_NEW_FILE, help="File of the model [default: the default model of this environment].")
def train(corpus: tuple[Path, ...], taxonomy: Path | None, pipeline: str, out: Path | None) -> None:
    """Train a model from annotated entries and save it.

    --corpus names a file or folder, and can be given several times. Reads the project's own JSONL format, tables
    (CSV, TSV) with columns "text" and "label", and exports of doccano and Prodigy; the format is recognized by
    the content. An unlabelled row is a negative example. Labels may go by id, name or alias of the taxonomy.
    """
    from classifier.model import default
    from classifier.taxonomy import Taxonomy
    from training import trainer

    if out is None and (taxonomy is not None or corpus or pipeline != "blank:en"):
        raise click.UsageError(
            "a model of your own needs its own file; name it with --out, and use it with `thoughtmark tag --model`"
        )
    target = default.path() if out is None else out
    manifest = trainer.train(target, corpus=corpus or None, taxonomy=Taxonomy.load(taxonomy), pipeline=pipeline)
    counts = manifest.corpus
    click.echo(
        f"Trained {manifest.version} on {counts['entries']} entries, {counts['sentences']} sentences "
        f"({counts['tagged_sentences']} tagged). Saved to {target}."
    )


@click.command()
@click.argument("annotated", required=False, type=_EXISTING)
@_format
@_model
@click.option("--corpus", type=_EXISTING, help="Corpus for the cross-validation [default: the project's].")
@click.option("--taxonomy", type=_ANY_FILE, help="Labels of that corpus [default: the project's].")
def evaluate(annotated: Path | None, form: str, model: Path | None, corpus: Path | None, taxonomy: Path | None) -> None:
    """Measure a model.

    With a file of annotated entries that the model was not trained on, measures the model on it. Without one,
    measures the training by cross-validation on a corpus, grouped by entry.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy
    from training.corpus.files import default_corpus
    from training.evaluation import cross_validate, evaluate_file
    from training.measure.tables import show_evaluation

    if annotated is None and model is not None:
        raise click.UsageError("--model is measured on entries that it was not trained on; name a file of them")
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
    help="real: tags on real posts. zero-shot: the label of texts of other sets. supervised: training on a set alone.",
)
@_format
@_new_file("--out", help="File to write the figures to, as JSON.")
@_new_file("--plot", "picture", help="Picture to draw of them: .png, .svg or .pdf.")
def benchmark(
    data: Path, model: Path | None, corpus: Path | None, tasks: str, form: str, out: Path | None, picture: Path | None
) -> None:
    """Measure a model on public labelled data sets that it was not trained on.

    Compares each figure with a trivial floor, a textbook baseline, published figures and this project's targets.
    The data sets are not part of the project; those missing in DATA_DIR are skipped. Takes some minutes.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy

    with requires_extra("the benchmark", "train"):
        from training.benchmark.display import plot_benchmark, show_benchmark
    from training.benchmark.tasks import run_benchmark
    from training.corpus.files import default_corpus

    if picture is not None and picture.suffix not in _PICTURES:
        raise click.UsageError(f"--plot {picture} ends in none of {', '.join(_PICTURES)}; give it one of these endings")
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


@click.command()
@click.argument("data", metavar="DATA_DIR", type=_EXISTING_FOLDER)
@_new_file(
    "--out", default="docs/records/model-card.md", show_default=True, help="The page; JSON and pictures go beside it."
)
@_model
@_trained_on
def card(data: Path, out: Path, model: Path | None, corpus: Path | None) -> None:
    """Measure a model and write its model card.

    Measures on the public sets in DATA_DIR, above all on the real posts, and by cross-validation on the model's
    corpus. Takes about ten minutes.
    """
    from classifier.pipeline import Classifier
    from classifier.taxonomy import Taxonomy

    with requires_extra("the model card", "train"):
        from training.card.collect import collect_figures
        from training.card.page import write_card
    from training.corpus.files import default_corpus

    classifier = Classifier.load(model, taxonomy=Taxonomy.load())
    figures = collect_figures(classifier, data, corpus=corpus or default_corpus(), progress=_progress)
    write_card(figures, out)
    click.echo(f"Saved to {out}.")


@click.group()
def corpus() -> None:
    """Look after the corpus."""


@corpus.command("check")
@click.argument("path", required=False, type=_EXISTING)
@click.option("--taxonomy", type=_ANY_FILE, help="Labels of the corpus [default: the project's].")
@click.option("--no-minimum", is_flag=True, help="Do not require the counts and variety of the default model's corpus.")
@click.option("--apart-from", type=_EXISTING, multiple=True, help="Texts not to repeat, as .csv, .json or .jsonl.")
def corpus_check(path: Path | None, taxonomy: Path | None, no_minimum: bool, apart_from: tuple[Path, ...]) -> None:
    """Check a corpus: labels, offsets, ids, duplicates, counts, repetition, words of other texts.

    Names file and line of each fault. The exit code is 2 if there is one. --apart-from names a file of texts that the
    corpus must not repeat, such as those that models are measured on; it can be given several times.
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
    """Show a progress bar, on a terminal only."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description="Measuring", total=total, console=Console(stderr=True), transient=True)
