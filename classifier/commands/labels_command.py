"""The command `thoughtmark labels`: shows the labels of a taxonomy."""

from __future__ import annotations

import json
from pathlib import Path

import click

from classifier.taxonomy import Taxonomy


@click.command()
@click.option(
    "--taxonomy", type=click.Path(path_type=Path), help="Show the labels of this file, not the default labels."
)
@click.option(
    "--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True, help="Output format."
)
def labels(taxonomy: Path | None, form: str) -> None:
    """Show each label: its definition, what it is not, a question to ask, and its source."""
    loaded = Taxonomy.load(taxonomy)
    if form == "json":
        click.echo(json.dumps(loaded.as_dict(), indent=2, ensure_ascii=False))
        return
    for label in loaded:
        click.echo(click.style(f"{label.name} ({label.id})", bold=True))
        for line in (label.definition, f"Not: {label.is_not}", f"Ask: {label.question}", f"Source: {label.source}"):
            click.echo(click.wrap_text(line, width=96, initial_indent="  ", subsequent_indent="    "))
        click.echo()
