"""Column names in, the columns of text, id, date and author out; a row's cells in, its `Entry` out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from classifier.journal.dates import parse_date
from classifier.journal.decoding import without_surrogates
from classifier.journal.entry import Entry, Unreadable

# Usual names, the most preferred first, as `_normalized` returns them.
_TEXT = (
    *("text", "entry", "entry text", "journal", "journal entry", "content", "body", "note", "notes"),
    *("message", "post", "selftext", "question", "patient question"),
)
_ID = ("id", "entry id", "id number", "uuid")
_DATE = ("date", "entry date", "datetime", "created at", "created", "timestamp", "day")
_AUTHOR = ("author", "user", "username", "writer", "patient", "client")

_PLAIN_NAME = re.compile(r"(?!(?:\S+\s+){4})[^\W\d][\w ()/-]{0,31}")
"""A column name that messages may show: up to four words. In a table without a header, the first row is private text
and would otherwise be shown as its column names."""

_NO_STRING = "has no text: expected a string in the field 'text'; name another field with --text-column"


class ColumnOptions(NamedTuple):
    """Columns that the caller asked for, as with `--text-column`. None stands for the usual names."""

    text: str | None = None
    id: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Columns:
    """The column names of a table, and which of them are used for an entry; None where there is none."""

    names: tuple[str, ...]
    text: str | None
    id: str | None
    date: str | None
    author: str | None

    def __str__(self) -> str:
        """Describe the columns for a message, without their names where those may be private text."""
        names = [name for name in self.names if name]
        if all(map(is_plain_name, names)):
            return f"its columns are {', '.join(map(repr, names))}"
        return f"its {len(self.names)} column names do not look like names; the first row must hold the names"


def choose_columns(names: Sequence[str], wanted: ColumnOptions) -> Columns:
    """Choose the columns that the caller asked for, or else those with the usual names.

    Upper and lower case, and the separator between words, make no difference. Of columns with the same name the first
    is chosen.
    """
    # Reversed, so that of columns with the same name the first is kept.
    by_normalized = {_normalized(name): name for name in reversed(names)}

    def choose(named: str | None, usual: Sequence[str]) -> str | None:
        if named in names:
            return named
        candidates = [_normalized(named)] if named else usual
        return next((by_normalized[name] for name in candidates if name in by_normalized), None)

    text, id_, date = choose(wanted.text, _TEXT), choose(wanted.id, _ID), choose(wanted.date, _DATE)
    return Columns(tuple(names), text, id_, date, author=choose(None, _AUTHOR))


def is_plain_name(name: str) -> bool:
    """Return whether a column name looks like a name, and not like a piece of a journal."""
    return _PLAIN_NAME.fullmatch(name) is not None


def no_text_column(columns: Columns) -> str:
    """Return the problem of a table without a column for the text."""
    return f"has no column with a usual name for the text; {columns}; name the right one with --text-column"


def entry_of(fields: Mapping[str, object], columns: Columns, *, source: str, default_id: str) -> Entry | Unreadable:
    """Return the entry of a row.

    Parameters
    ----------
    fields
        Column name and cell; at least the chosen columns.
    columns
        The chosen columns.
    source
        Where the row is, as in `Entry`.
    default_id
        Id for a row that has none.
    """
    text, id_, date, author = (
        None if column is None else fields[column]
        for column in (columns.text, columns.id, columns.date, columns.author)
    )
    if not isinstance(text, str):
        return Unreadable(source, _NO_STRING)
    return Entry(_as_label(id_) or default_id, without_surrogates(text), parse_date(date), _as_label(author), source)


def _normalized(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _as_label(value: object) -> str | None:
    """Return a string or number as a string; None for an empty string and for anything else."""
    return without_surrogates(str(value)).strip() or None if isinstance(value, str | int | float) else None
