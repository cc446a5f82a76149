"""The documents keep up with the program: commands, options, labels and exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from classifier.__main__ import main
from classifier.model import artifact
from classifier.model.packaged import MODELS, model_file
from classifier.taxonomy import Taxonomy

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


@pytest.mark.parametrize("name", MODELS)
def test_figures_are_those_of_the_models(name: str) -> None:
    """The README quotes the figures of the tests that are in the model's manifest, and its experimental labels."""
    manifest = artifact.check(model_file(name))
    for test in ("locked_test", "transfer_test"):
        figures = manifest.quality[test]
        at_all = figures["tagged_at_all"]
        for value in (figures["operating_points"]["balanced"]["micro_f1"], at_all["sentence_ap"], at_all["entry_ap"]):
            assert f"{value:.3f}" in README
    assert [label for label in manifest.experimental if f"`{label}`" not in README] == []


def test_example_of_the_readme_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The README's example for developers runs as it stands, and its last comment is its output."""
    example = README.split("```python\n")[1].split("```")[0]
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == example.strip().splitlines()[-1].removeprefix("# ")


def test_files_that_the_architecture_names_exist() -> None:
    """Every file that docs/architecture.md sends a reader to exists, except places for new parts at its end."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Where new parts go")[0]
    named = re.findall(r"`((?:classifier|training|serve|tests)/[\w./-]+)`", page)
    assert len(named) > 40
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_links_of_the_docs_lead_somewhere() -> None:
    """A relative link in the README or in docs/ leads to a file that exists."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
