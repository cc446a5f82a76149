"""Loads the labels from a TOML file as a frozen `Taxonomy`. No other module contains a list of labels."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from classifier.errors import TaxonomyError, UnknownName

_FORMAT = 1
_REQUIRED = ("id", "name", "definition", "is_not", "question", "source")


@dataclass(frozen=True, slots=True)
class Label:
    """One thinking pattern.

    Parameters
    ----------
    id
        The id in lower case with underscores, as it is written in the corpus and in results.
    is_not
        Descriptions of sentences that look like this label but do not have it.
    question
        A question that a therapist may ask about a sentence with this label.
    source
        The document that describes the label.
    kind
        Always `distortion` so far. Other kinds may be added to the file later.
    aliases
        Maps the name of a public data set to its label names that mean this label.
    """

    id: str
    name: str
    definition: str
    is_not: str
    question: str
    source: str
    example: str
    kind: str
    aliases: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All labels in order. A model's outputs have the same order.

    Examples
    --------
    >>> taxonomy = Taxonomy.load()
    >>> len(taxonomy), taxonomy["mind_reading"].name
    (17, 'Mind reading')
    """

    name: str
    version: str
    labels: tuple[Label, ...]

    @classmethod
    def load(cls, path: str | Path | None = None) -> Taxonomy:
        """Load a taxonomy file. Without a path, load the project's own taxonomy.

        Raises
        ------
        TaxonomyError
            The file cannot be read, is not TOML, lacks a field or uses an id twice.
        """
        source: Traversable = resources.files(__package__) / "taxonomy.toml" if path is None else Path(path)
        try:
            with source.open("rb") as file:
                table = tomllib.load(file)
        except (OSError, UnicodeDecodeError) as error:
            raise TaxonomyError(
                f"{source}: cannot be read as a taxonomy; give the path of a UTF-8 TOML file"
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise TaxonomyError(f"{source}: not valid TOML: {error}") from error
        return cls.from_dict(table, source=str(source))

    @classmethod
    def from_dict(cls, table: Mapping[str, Any], *, source: str = "taxonomy") -> Taxonomy:
        """Build a taxonomy from plain data, as `as_dict` returns it. Error messages begin with `source`."""
        return _parse(table, source)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data. `from_dict` builds an equal taxonomy from it."""
        fields = ("id", "kind", "name", "definition", "is_not", "example", "question", "source")
        return {
            "format": _FORMAT,
            "name": self.name,
            "version": self.version,
            "labels": [
                {field: getattr(label, field) for field in fields}
                | {"aliases": {data_set: list(names) for data_set, names in label.aliases.items()}}
                for label in self.labels
            ],
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """The label ids, in order."""
        return tuple(label.id for label in self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __getitem__(self, label_id: str) -> Label:
        """Return the label with this id. Raise `UnknownName` if there is no such label."""
        for label in self.labels:
            if label.id == label_id:
                return label
        raise UnknownName("label", label_id, self.ids)

    def check(self, label_ids: Iterable[str]) -> tuple[str, ...]:
        """Return each id once, in the taxonomy's order. Raise `UnknownName` if an id does not exist."""
        wanted = {self[label_id].id for label_id in label_ids}
        return tuple(label_id for label_id in self.ids if label_id in wanted)

    def from_alias(self, data_set: str, alias: str) -> tuple[str, ...]:
        """Return the ids of the labels that a label name of a public data set means. It may mean no label."""
        return tuple(label.id for label in self.labels if alias.strip() in label.aliases.get(data_set, ()))


def _parse(table: Mapping[str, Any], source: str) -> Taxonomy:
    """Check the content of a taxonomy file, and build the taxonomy."""
    if table.get("format") != _FORMAT:
        raise TaxonomyError(
            f"{source}: format is {table.get('format')!r}, expected {_FORMAT}; "
            "copy the project's taxonomy.toml and edit it"
        )
    rows = table.get("labels")
    if not isinstance(rows, list) or not rows:
        raise TaxonomyError(f"{source}: no labels; a taxonomy has at least one [[labels]] block")
    labels: list[Label] = []
    for number, row in enumerate(rows, start=1):
        label = _label(row, f"{source}: label {number}")
        if any(other.id == label.id for other in labels):
            raise TaxonomyError(f"{source}: label {number}: id {label.id!r} is used twice; give each label its own")
        labels.append(label)
    return Taxonomy(name=str(table.get("name", "")), version=str(table.get("version", "")), labels=tuple(labels))


def _label(row: Any, where: str) -> Label:
    """Build a label from one block of the file. Error messages begin with `where`."""
    if not isinstance(row, Mapping):
        raise TaxonomyError(f"{where} is not a table; write it as a [[labels]] block")
    missing = [field for field in _REQUIRED if not isinstance(row.get(field), str) or not row[field].strip()]
    if missing:
        raise TaxonomyError(f"{where} lacks {', '.join(missing)}; each is a non-empty text")
    if not row["id"].isidentifier() or row["id"] != row["id"].lower():
        raise TaxonomyError(f"{where}: id {row['id']!r} is not lower case with underscores, such as 'mind_reading'")
    aliases = row.get("aliases", {})
    if not isinstance(aliases, Mapping) or not all(_is_list_of_texts(names) for names in aliases.values()):
        raise TaxonomyError(
            f'{where}: aliases are lists of texts by data set, such as therapist_qa = ["Magnification"]'
        )
    return Label(
        **{field: row[field] for field in _REQUIRED},
        example=str(row.get("example", "")),
        kind=str(row.get("kind", "distortion")),
        aliases=MappingProxyType({data_set: tuple(names) for data_set, names in aliases.items()}),
    )


def _is_list_of_texts(names: Any) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)
