"""`thoughtmark labels`: a taxonomy in, its labels on the screen out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from classifier.taxonomy import Taxonomy


@click.command()
@click.option("--taxonomy", type=click.Path(path_type=Path), help="Taxonomy file to show instead of the project's.")
@click.option("--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True)
def labels(taxonomy: Path | None, form: str) -> None:
    """Show the labels: what each is, what it is not, and a question to ask."""
    loaded = Taxonomy.load(taxonomy)
    if form == "json":
        click.echo(json.dumps(loaded.as_dict(), indent=2, ensure_ascii=False))
        return
    for label in loaded:
        click.echo(click.style(f"{label.name} ({label.id})", bold=True))
        for line in (label.definition, f"Not: {label.is_not}", f"Ask: {label.question}", f"Source: {label.source}"):
            click.echo(click.wrap_text(line, width=96, initial_indent="  ", subsequent_indent="    "))
        click.echo()
