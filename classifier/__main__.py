"""The command `thoughtmark`.

Its subcommands are entry points of the group `thoughtmark.commands`, so this module imports none of them.

Exit codes: 0 done; 2 wrong call; 3 some entries could not be read (the rest is done, and named).
"""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import entry_points
from typing import Any

import click

from classifier.errors import ThoughtmarkError


class Thoughtmark(click.Group):
    """Finds subcommands by entry point, and turns errors that a user can mend into one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all subcommands of the installed packages."""
        return sorted(entry_points(group="thoughtmark.commands").names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one subcommand; only that one's imports are paid for."""
        matching = entry_points(group="thoughtmark.commands", name=cmd_name)
        return next(iter(matching)).load() if matching else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run; a `ThoughtmarkError` ends with exit code 2 and its sentence."""
        try:
            return super().invoke(ctx)
        except ThoughtmarkError as error:
            click.echo(f"thoughtmark: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:  # the reader of our output has gone, as `head` does
            _write_no_more()
            ctx.exit(0)
        except OSError as error:  # such as a full disk
            wrong = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or type(error).__name__
            click.echo(f"thoughtmark: {wrong}; make room, or see to its rights", err=True)
            _write_no_more()
            ctx.exit(2)


def _write_no_more() -> None:
    """Let what is still to be written to the screen go nowhere, or the interpreter tells of it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Thoughtmark, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="thoughtmark")
def main() -> None:
    """Tag journal entries with the thinking patterns that a CBT therapist would underline.

    A screening aid, not a diagnosis. Everything runs on this machine; no text leaves it.

    Exit codes: 0 done; 2 wrong call; 3 some entries could not be read (the rest is done, and named).
    """
    logging.basicConfig(level=logging.WARNING, format="thoughtmark: %(message)s", stream=sys.stderr)
    for package in ("classifier", "training", "serve"):
        logging.getLogger(package).setLevel(logging.INFO)


if __name__ == "__main__":
    main(prog_name="thoughtmark")
