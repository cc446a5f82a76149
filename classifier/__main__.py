"""Runs the command `thoughtmark`. Its subcommands are the entry points of the group `thoughtmark.commands`.

This module imports a subcommand only when it is called, so that each loads only the libraries that it needs.

Exit codes: 0 means success; 2 means a wrong call or a file error; 3 means that some entries could not be read. Then the
other entries are processed, and the unreadable ones are listed.
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
    """Finds subcommands through entry points, and reports errors that a user can fix without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands of the installed packages."""
        return sorted(entry_points(group="thoughtmark.commands").names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one subcommand; return None if no installed package has it."""
        matching = entry_points(group="thoughtmark.commands", name=cmd_name)
        return next(iter(matching)).load() if matching else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand. For a `ThoughtmarkError` or `OSError`, print its message and exit with code 2."""
        try:
            return super().invoke(ctx)
        except ThoughtmarkError as error:
            click.echo(f"thoughtmark: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:  # the reader of the output has stopped, as `head` does
            _discard_output()
            ctx.exit(0)
        except OSError as error:  # such as a full disk
            wrong = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or type(error).__name__
            click.echo(f"thoughtmark: {wrong}. Free disk space or check permissions.", err=True)
            _discard_output()
            ctx.exit(2)


def _discard_output() -> None:
    """Discard the buffered output. Otherwise, the interpreter would report the same error again at exit."""
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
