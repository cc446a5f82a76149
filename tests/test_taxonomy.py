"""Taxonomy files: the project's own is complete, and faulty ones are refused with a reason."""

from __future__ import annotations

import copy
import dataclasses
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from classifier.errors import TaxonomyError, UnknownName
from classifier.taxonomy import Label, Taxonomy

TAXONOMY = Taxonomy.load()
BLOCK = """
[[labels]]
id = "all_or_nothing"
name = "All-or-nothing thinking"
definition = "Only two values are allowed."
is_not = "An absolute word without a verdict."
question = "What lies between?"
source = "003"
"""
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a taxonomy file and returns its path."""

    def write_file(content: str | bytes) -> Path:
        path = tmp_path / "labels.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def table(**changes: Any) -> dict[str, Any]:
    """Return the project's table with other values in its second label."""
    plain = copy.deepcopy(TAXONOMY.as_dict())
    plain["labels"][1] |= changes
    return plain


# The project's labels


def test_order_of_the_labels() -> None:
    """The labels come in the order of the file, which is also the order of a model's outputs."""
    with (resources.files("classifier") / "taxonomy.toml").open("rb") as file:
        written = [row["id"] for row in tomllib.load(file)["labels"]]
    assert list(TAXONOMY.ids) == written == [label.id for label in TAXONOMY]
    assert len(TAXONOMY) == 17


@pytest.mark.parametrize("label", TAXONOMY.labels, ids=TAXONOMY.ids)
def test_every_label_is_documented(label: Label) -> None:
    """Each label has a definition, a limit, an example, a question for the person and a source."""
    for field in dataclasses.fields(label):
        value = getattr(label, field.name)
        assert field.name == "aliases" or (isinstance(value, str) and value == value.strip() != "")
    assert label.question.endswith("?")
    assert label.kind == "distortion"
    assert label.definition.endswith(".")


def test_names_are_distinct() -> None:
    """No two labels share a name, a definition or an example."""
    for field in ("name", "definition", "example", "question"):
        assert len({getattr(label, field) for label in TAXONOMY}) == len(TAXONOMY)


def test_aliases_are_texts() -> None:
    """Aliases are trimmed names from the three public data sets, and each leads to its label."""
    for label in TAXONOMY:
        assert label.aliases.keys() <= {"therapist_qa", "pattern_reframe", "thinking_traps"}
        for data_set, names in label.aliases.items():
            for name in names:
                assert isinstance(name, str)
                assert name == name.strip() != ""
                assert label.id in TAXONOMY.from_alias(data_set, f" {name}\n")


def test_names_that_mean_no_label() -> None:
    """A public name without a counterpart here, or from another data set, means no label."""
    assert TAXONOMY.from_alias("therapist_qa", "No Distortion") == ()
    assert TAXONOMY.from_alias("elsewhere", "Magnification") == ()


# Looking labels up


def test_label_by_id() -> None:
    """A label is found by its id."""
    assert TAXONOMY["mind_reading"].name == "Mind reading"


@pytest.mark.parametrize("wrong", ["mind_raeding", "Mind_reading"])
def test_unknown_id_suggests_the_closest(wrong: str) -> None:
    """The message for an unknown id suggests the closest one."""
    with pytest.raises(UnknownName, match=rf"unknown label '{wrong}'; did you mean 'mind_reading'\?"):
        TAXONOMY[wrong]


def test_unknown_id_close_to_none() -> None:
    """The message for an id that is close to none lists all."""
    with pytest.raises(UnknownName, match=r"known: catastrophizing, .*should_statements"):
        TAXONOMY["xyz"]


def test_check_puts_ids_in_order() -> None:
    """Ids are returned once each, in the order of the taxonomy, and an unknown one is refused."""
    assert TAXONOMY.check(["labeling", "bargaining", "labeling"]) == ("bargaining", "labeling")
    assert TAXONOMY.check([]) == ()
    with pytest.raises(UnknownName):
        TAXONOMY.check(["labeling", "nothing"])


# Reading and writing


def test_round_trip() -> None:
    """Plain data of a taxonomy gives an equal taxonomy."""
    assert Taxonomy.from_dict(TAXONOMY.as_dict()) == TAXONOMY


def test_smallest_file(write: Write) -> None:
    """Kind, example and aliases may be left out."""
    [label] = Taxonomy.load(write("format = 1" + BLOCK))
    assert (label.kind, label.example, dict(label.aliases)) == ("distortion", "", {})


def test_labels_cannot_be_changed() -> None:
    """Nothing in a taxonomy can be changed, because it is shared."""
    label: Any = TAXONOMY["labeling"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        label.name = "other"
    with pytest.raises(TypeError):
        label.aliases["therapist_qa"] = ()


# Errors


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BLOCK, "format is None, expected 1; copy the project's taxonomy.toml and edit it"),
        ("format = 2" + BLOCK, "format is 2, expected 1"),
        ("format = 1", "no labels; a taxonomy has at least one"),
        ("format = 1\nlabels = []", "no labels"),
        ('format = 1\nlabels = "all"', "no labels"),
        ('format = 1\nlabels = ["all"]', "label 1 is not a table; write it as a"),
        ("format = 1" + BLOCK + BLOCK, "label 2: id 'all_or_nothing' is used twice; give each label its own"),
        ("format = 1\n[[labels]]\nid = 'x'", "label 1 lacks name, definition, is_not, question, source; each is"),
        ("format =", "not valid TOML"),
        (b"format = 1 # \xff\xfe", "cannot be read as a taxonomy; give the path of a UTF-8 TOML file"),
    ],
)
def test_faulty_file(write: Write, content: str | bytes, message: str) -> None:
    """The message for a faulty file gives its path, the fault and what to do."""
    path = write(content)
    with pytest.raises(TaxonomyError, match=message) as caught:
        Taxonomy.load(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_no_file(tmp_path: Path, name: str) -> None:
    """A path without a file is refused."""
    with pytest.raises(TaxonomyError, match="cannot be read as a taxonomy"):
        Taxonomy.load(tmp_path / name)


@pytest.mark.parametrize("field", ["id", "name", "definition", "is_not", "question", "source"])
@pytest.mark.parametrize("value", [None, "", "  ", 7])
def test_required_fields(field: str, value: object) -> None:
    """Each required field is a text that is not blank."""
    with pytest.raises(TaxonomyError, match=f"taxonomy: label 2 lacks {field}; "):
        Taxonomy.from_dict(table(**{field: value}))


@pytest.mark.parametrize("label_id", ["Mind_reading", "mind reading", "mind-reading", "1st"])
def test_form_of_an_id(label_id: str) -> None:
    """An id is lower case with underscores, because it becomes a column and a key."""
    with pytest.raises(TaxonomyError, match="is not lower case with underscores, such as 'mind_reading'"):
        Taxonomy.from_dict(table(id=label_id))


@pytest.mark.parametrize("aliases", ["Labeling", {"therapist_qa": "Labeling"}, {"therapist_qa": [1]}])
def test_form_of_aliases(aliases: object) -> None:
    """Aliases are lists of texts. A single text is refused and not read as a list of letters."""
    with pytest.raises(TaxonomyError, match="taxonomy: label 2: aliases are lists of texts by data set"):
        Taxonomy.from_dict(table(aliases=aliases))
