"""Defines the subcommands that train the models of the package, for maintainers who have the texts of real posts."""

from __future__ import annotations

from pathlib import Path

import click

from classifier.errors import requires_extra

_TEXTS = click.argument("texts", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.command("train-default")
@_TEXTS
@click.option(
    "--out-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder to save the models to [default: replace those of the package].",
)
def train_default(texts: Path, out_dir: Path | None) -> None:
    """Train the default and the fast model of the package on real posts.

    The project keeps the labels of the posts, but not their text. TEXTS is a folder of .jsonl files with "id" and
    "sentences"; the data card says where the texts are from. Takes some minutes. Run it after every change of
    preprocessing or features.
    """
    from training.default_model import train_default as train

    for manifest in train(texts, folder=out_dir):
        counts = manifest.corpus
        click.echo(
            f"Trained {manifest.version} on {counts['entries']} posts and picked sentences, {counts['sentences']} "
            f"sentences ({counts['tagged_sentences']} tagged). Experimental: {', '.join(manifest.experimental) or '-'}."
        )


@click.command("train-encoder")
@_TEXTS
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Number of processor threads.")
def train_encoder(texts: Path, threads: int) -> None:
    """Train the encoder of the default model on real posts, and keep its outputs out of fold.

    TEXTS is the folder of `thoughtmark train-default`. Takes an hour on two cores. Run it after labels have changed,
    and then `thoughtmark train-default`.
    """
    with requires_extra("training the encoder", "encoder"):
        from training.encoder import train_encoder as train

    train(texts, threads=threads, progress=click.echo)


@click.command("measure-default")
@_TEXTS
def measure_default(texts: Path) -> None:
    """Measure the models of the package on real posts that they have never seen.

    TEXTS is the folder of `thoughtmark train-default`. The figures go into the models, from which reports, the API and
    the model card take them. Do this rarely: a test that steers choices is no test any more.
    """
    from training.default_model import measure_default as measure

    for manifest in measure(texts):
        for test in ("locked_test", "transfer_test"):
            figures = manifest.quality[test]
            point = figures["operating_points"]["balanced"]
            click.echo(
                f"{manifest.version}, {test}: micro-F1 {point['micro_f1']:.3f}, "
                f"marked or discussed {point['marked_or_discussed']:.0%}, found {point['any_tag']['recall']:.0%}, "
                f"untagged posts flagged {point['over_flagging']:.1%}, "
                f"sentence AP {figures['tagged_at_all']['sentence_ap']:.3f}."
            )


@click.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default="docs/records/model-card.md",
    show_default=True,
    help="File to write the card to.",
)
def card(out: Path) -> None:
    """Write the model card of the models of the package, from the figures that they carry."""
    from classifier.model import artifact
    from classifier.model.packaged import model_file

    with requires_extra("the model card", "train"):
        from training.card.page import render_card
    try:
        out.write_text(render_card(artifact.check(model_file("default")), artifact.check(model_file("fast"))), "utf-8")
    except OSError as error:
        raise click.UsageError(f"--out {out}: cannot be written ({error.strerror}); name another file") from None
    click.echo(f"Saved to {out}.")
