"""Read files in a test: as entries, as their texts, or with a mark for each row that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries

CANARY = "the heron kept my secret"

Write = Callable[..., Path]
"""The fixture `write`: `write(name, content, encoding="utf-8")` writes a file and returns its path."""


def entries(*paths: str | Path, **options: Any) -> list[Entry]:
    """Read files in which everything is readable."""
    items = list(read_entries(paths, **options))
    assert [item for item in items if isinstance(item, Unreadable)] == []
    return [item for item in items if isinstance(item, Entry)]


def texts(*paths: str | Path, **options: Any) -> list[str]:
    """Read files in which everything is readable, and return the text of each entry."""
    return [entry.text for entry in entries(*paths, **options)]


def outcomes(*paths: str | Path, **options: Any) -> list[str]:
    """Return the text of each entry, and `!line` or `!` for a row or file that could not be read."""
    return [
        item.text if isinstance(item, Entry) else "!" + item.source.removeprefix(str(paths[0])).removeprefix(":")
        for item in read_entries(paths, **options)
    ]


def only_problem(*paths: str | Path) -> str:
    """Return why the only file could not be read."""
    (item,) = read_entries(paths)
    assert isinstance(item, Unreadable)
    return item.problem
