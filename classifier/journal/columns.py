"""Chooses the columns of a table that hold text, id, date and author, and builds an `Entry` from a row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from classifier.journal.dates import Dates, WrittenDate, date_in_cell, date_in_text
from classifier.journal.decoding import without_surrogates
from classifier.journal.entry import Entry, Unreadable

# Usual column names, spelled as `_normalized` returns them. If a table has several of them, the first in the list wins.
_TEXT = (
    *("text", "entry", "entry text", "journal", "journal entry", "content", "body", "note", "notes"),
    *("message", "post", "selftext", "question", "patient question"),
)
_ID = ("id", "entry id", "id number", "uuid")
_DATE = (
    *("date", "full date", "entry date", "datetime", "date time", "date and time", "creation date", "date created"),
    *("created at", "created", "timestamp", "day"),
)
_AUTHOR = ("author", "user", "username", "writer", "patient", "client")

_PLAIN_NAME = re.compile(r"(?!(?:\S+\s+){4})[^\W\d][\w ()/-]{0,31}")
"""A column name that messages may show: at most four words, the first of which starts with a letter. A table
without a header has private text in its first row. This pattern keeps that text out of the messages."""

_SAMPLE = 200  # the cells in this number of rows show which columns hold prose
_PIECES = re.compile(r"[|;,\n]")  # between the items of a list, which is no prose
_PROSE_WORDS = 4  # the lowest number of words, one after the other, in prose

_NO_STRING = "has no text: expected a string in the field 'text'; name another field with --text-column"


class ColumnOptions(NamedTuple):
    """The column names and the order of dates that the caller asked for, for example with `--text-column`.

    None for a column means that the caller named no column. Then a column with a usual name is chosen. `day_first` is
    whether the day comes before the month in dates such as 03/04/2026. None means that each file shows its order.
    """

    text: str | None = None
    id: str | None = None
    date: str | None = None
    day_first: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Columns:
    """The column names of a table, and the columns that entries are made from.

    Parameters
    ----------
    names
        All column names of the table, in order.
    texts
        The names of the columns that hold text. If there are several, each of their cells is an entry of its own.
    id, author
        The name of the column that holds the entry's id or author. None if the table has no such column.
    dates
        The names of the columns that may hold the entry's date. In each row, the first cell that is a date is used.
    unread
        The names of the columns that hold text too, but are not read.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]
    id: str | None
    dates: tuple[str, ...]
    author: str | None
    unread: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """The first column that holds text. None if the table has none."""
        return next(iter(self.texts), None)

    @property
    def date(self) -> str | None:
        """The first column that may hold the entry's date. None if the table has none."""
        return next(iter(self.dates), None)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of all columns that entries are made from, each once."""
        names = (*self.texts, self.id, *self.dates, self.author)
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def __str__(self) -> str:
        """Describe the columns for an error message. Names that may be private text are not shown."""
        names = [name for name in self.names if name]
        if all(map(is_plain_name, names)):
            return f"its columns are {', '.join(map(repr, names))}"
        return (
            f"its {len(self.names)} column names are not shown, because they may be journal text; "
            "check that the first row holds the column names"
        )


def choose_columns(names: Sequence[str], wanted: ColumnOptions) -> Columns:
    """Choose the columns that the caller asked for. Where the caller named none, choose a column with a usual name.

    Names are compared in lower case, and a hyphen or underscore counts as a space. If several columns have the same
    name, the first is chosen.
    """
    # Later keys overwrite earlier ones. In reversed order, the first of several columns with the same name is kept.
    by_normalized = {_normalized(name): name for name in reversed(names)}

    def choose(named: str | None, usual: Sequence[str]) -> tuple[str, ...]:
        if named and named in names:  # an exact match wins over one that differs in case or separators
            return (named,)
        candidates = [_normalized(named)] if named else usual
        return tuple(by_normalized[name] for name in candidates if name in by_normalized)

    return Columns(
        names=tuple(names),
        texts=choose(wanted.text, _TEXT)[:1],
        id=next(iter(choose(wanted.id, _ID)), None),
        dates=choose(wanted.date, _DATE),
        author=next(iter(choose(None, _AUTHOR)), None),
    )


def choose_table_columns(names: Sequence[str], wanted: ColumnOptions) -> Columns:
    """Choose the columns of a table as `choose_columns` does.

    A table of one column may use any name for its text, except a usual name of an id or date column.
    """
    columns = choose_columns(names, wanted)
    if not (wanted.text or columns.text or columns.id or columns.date) and len(names) == 1 and is_plain_name(names[0]):
        return replace(columns, texts=tuple(names))
    return columns


def with_prose(columns: Columns, wanted: ColumnOptions, rows: Iterable[Mapping[str, object]]) -> Columns:
    """If a table has no text column by its name, choose all columns whose cells are mostly prose.

    Columns with prose that are not read are `Columns.unread`. Nothing changes if the caller named a text column.

    Parameters
    ----------
    columns
        The columns of the table that are chosen by their names.
    wanted
        The column names that the caller asked for.
    rows
        The cells of each row by column name. The first rows are used as a sample.
    """
    # A table without a header has an entry in its first row, which must not be taken for column names.
    has_header = bool(columns.chosen) or all(map(is_plain_name, filter(None, columns.names)))
    if wanted.text is not None or len(columns.names) == 1 or not has_header:
        return columns
    shares = _shares_of_prose(rows)
    others = [name for name in dict.fromkeys(columns.names) if name not in columns.chosen]
    mostly = tuple(name for name in others if shares.get(name, 0) > 1 / 2)
    if columns.texts:
        return replace(columns, unread=mostly)
    partly = tuple(name for name in others if 0 < shares.get(name, 0) <= 1 / 2)
    return replace(columns, texts=mostly, unread=partly if mostly else ())


def _shares_of_prose(rows: Iterable[Mapping[str, object]]) -> dict[str, float]:
    """Return for each column how many of its cells are prose, from 0 to 1, in a sample of rows.

    Blank cells do not count, and prose that is repeated counts once: answers to choose from may be long, too.
    """
    filled: dict[str, int] = {}
    prose: dict[str, set[int]] = {}
    for fields in itertools.islice(rows, _SAMPLE):
        for name, cell in fields.items():
            if not isinstance(cell, str) or cell.strip():
                filled[name] = filled.get(name, 0) + 1
            if isinstance(cell, str) and _is_prose(cell):
                prose.setdefault(name, set()).add(hash(cell))
    return {name: len(prose.get(name, ())) / count for name, count in filled.items()}


def _is_prose(cell: str) -> bool:
    """Return whether a cell has at least four words in a row, and is no date. The items of a list are no prose."""
    lengths = (sum(any(map(str.isalpha, word)) for word in piece.split()) for piece in _PIECES.split(cell))
    return date_in_text(cell) is None and any(length >= _PROSE_WORDS for length in lengths)


def is_plain_name(name: str) -> bool:
    """Return whether a column name is short enough to be a name. A longer one may be private text of a journal."""
    return _PLAIN_NAME.fullmatch(name) is not None


def no_text_column(columns: Columns) -> str:
    """Return the error message for a table in which no text column was found."""
    return f"has no column with a usual name for the text; {columns}; name the right one with --text-column"


def text_not_read(columns: Columns, source: str) -> Iterator[Unreadable]:
    """Yield an `Unreadable` for the file `source` if it has columns with text that are not read."""
    if columns.unread:
        named = ", ".join(map(repr, columns.unread))
        yield Unreadable(source, f"has columns with text that were not read: {named}; name one with --text-column")


def entries_of(
    fields: Mapping[str, object], columns: Columns, *, source: str, default_id: str, dates: Dates
) -> Iterator[Entry | Unreadable]:
    """Yield the entry of a row or, if the table has several text columns, the entry of each cell that is not blank.

    Then the name of the column is the end of the id. A row whose cells are all blank is one entry, without text. The
    parameters are those of `entry_of`.
    """
    if len(columns.texts) < 2:
        yield entry_of(fields, columns, source=source, default_id=default_id, dates=dates)
        return
    filled = [name for name in columns.texts if str(fields[name]).strip()]
    date = dates.read(date_of(fields, columns))
    for name in filled or columns.texts[:1]:
        item = entry_of(fields, replace(columns, texts=(name,), dates=()), source=source, default_id=default_id)
        yield replace(item, id=f"{item.id}:{name}", date=date) if isinstance(item, Entry) else item


def entry_of(
    fields: Mapping[str, object], columns: Columns, *, source: str, default_id: str, dates: Dates | None = None
) -> Entry | Unreadable:
    """Build the entry of a row from its first text column, or an `Unreadable` if that cell holds no string.

    Parameters
    ----------
    fields
        The row's cells by column name. Must include every chosen column.
    columns
        The chosen columns.
    source
        The place of the row, which becomes `Entry.source`, such as `diary.csv:12`.
    default_id
        The id of the entry if the row has no id.
    dates
        Reads the dates of the file. By default, a date whose order of day and month is ambiguous is left out.
    """
    text, id_, author = (
        None if column is None else fields[column] for column in (columns.text, columns.id, columns.author)
    )
    if not isinstance(text, str):
        return Unreadable(source, _NO_STRING)
    date = (dates or Dates()).read(date_of(fields, columns))
    return Entry(_as_label(id_) or default_id, without_surrogates(text), date, _as_label(author), source)


def date_of(fields: Mapping[str, object], columns: Columns) -> WrittenDate | None:
    """Return the date of a row as it is written: the first cell of the date columns that is a date. None if none is."""
    return next((date for column in columns.dates if (date := date_in_cell(fields[column]))), None)


def _normalized(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _as_label(value: object) -> str | None:
    """Convert a string or number to a stripped string. Return None for a blank string and for any other type."""
    return without_surrogates(str(value)).strip() or None if isinstance(value, str | int | float) else None
