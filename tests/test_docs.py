"""The documents keep up with the program: commands, options, labels and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from classifier.__main__ import main
from classifier.taxonomy import Taxonomy
from training.corpus.files import corpus_fingerprint, default_corpus

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*names, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)


COMMANDS = dict(commands(main))
OPTIONS = [
    (names, option)
    for names, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
]


def shown(*arguments: str) -> str:
    """Return what the command prints, its lines and hyphens joined."""
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return "".join(result.stdout.split())


def test_the_usual_commands_are_there() -> None:
    """The commands that documents and scripts name exist, each under its own name."""
    assert {("tag",), ("labels",), ("train",), ("evaluate",), ("corpus", "check")} <= set(COMMANDS)
    assert set(entry_points(group="thoughtmark.commands").names) == {names[0] for names in COMMANDS}
    assert [names[-1] for names in COMMANDS] == [command.name for command in COMMANDS.values()]


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_command_is_documented(names: tuple[str, ...]) -> None:
    """A command says what it does, in the list of commands and in its own help."""
    help_ = COMMANDS[names].help
    assert help_
    first = help_.split("\n\n", maxsplit=1)[0]
    assert first.rstrip().endswith((".", ":"))
    assert "".join(first.split()) in shown(*names, "--help")
    assert names[-1] in shown(*names[:-1], "--help")


@pytest.mark.parametrize(("names", "option"), OPTIONS, ids=lambda value: getattr(value, "name", None))
def test_option_is_documented(names: tuple[str, ...], option: click.Option) -> None:
    """An option is explained in the command's help, or in the README."""
    assert option.help or any(name in README for name in option.opts)
    assert all(name in shown(*names, "--help") for name in option.opts)


@pytest.mark.parametrize("command", [(), ("tag",)], ids=["thoughtmark", "tag"])
def test_exit_codes_stand_in_the_help(command: tuple[str, ...]) -> None:
    """The help says what 0, 2 and 3 mean."""
    text = shown(*command, "--help")
    assert "Exitcodes:0done;2wrongcall;3someentriescouldnotberead" in text


def test_help_says_what_it_is_not() -> None:
    """The first help that anybody reads says that this is no diagnosis, and that no text leaves the machine."""
    text = shown("--help")
    assert "notadiagnosis" in text
    assert "notextleavesit" in text


def test_labels_shows_each_label() -> None:
    """Every label of the taxonomy stands in `thoughtmark labels`, with its limits, its question and its source."""
    text = shown("labels")
    for label in Taxonomy.load():
        for part in (f"{label.name} ({label.id})", label.definition, label.is_not, label.question, label.source):
            assert "".join(part.split()) in text


def test_readme_names_each_command() -> None:
    """The README leads to each command."""
    assert [" ".join(names) for names in COMMANDS if f"thoughtmark {names[0]}" not in README] == []


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_options_that_the_readme_names_exist(names: tuple[str, ...]) -> None:
    """A line of the README that calls a command gives it no option that it lacks."""
    known = {name for _, option in OPTIONS for name in option.opts} | {"--help"}
    called = [line for line in README.splitlines() if f"thoughtmark {' '.join(names)}" in line]
    given = {word.strip("`.,;()") for line in called for word in line.split() if word.lstrip("`(").startswith("--")}
    assert {word.strip("`(") for word in given} <= known


def test_figures_are_those_of_this_corpus() -> None:
    """The kept figures were measured with the corpus as it is, and the README quotes them."""
    figures = json.loads((ROOT / "data" / "samples" / "measured.json").read_text(encoding="utf-8"))
    assert figures["corpus"] == corpus_fingerprint(default_corpus())
    for point in figures["operating_points"].values():
        assert f"{point['micro_f1']:.3f}" in README
    for name in ("sentence_auc", "sentence_ap", "entry_auc", "entry_ap"):
        assert f"{figures['tagged_at_all'][name]:.3f}" in README


def test_example_of_the_readme_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The README's example for developers runs as it stands, and its last comment is its output."""
    example = README.split("```python\n")[1].split("```")[0]
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == example.strip().splitlines()[-1].removeprefix("# ")
