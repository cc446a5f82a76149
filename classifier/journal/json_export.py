"""Reads entries from a JSON file: an export of Day One, Journey or Google Keep, or another list of objects.

Day One writes one object with a list of entries; Journey and Keep write one object in each file. Another file is read
if it is a list of objects, an object with one list of objects, or an object with a text. The fields of each object are
chosen as in JSON Lines.
"""

from __future__ import annotations

import datetime
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from classifier.journal.columns import ColumnOptions, Columns, choose_columns, date_of, entry_of
from classifier.journal.dates import Dates, is_day_first
from classifier.journal.decoding import INVALID_BYTES
from classifier.journal.document import with_title
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.webpage import html_text

MAX_BYTES = 2**28
"""The greatest size of a JSON file. All of it is in memory at once."""

_TOO_LARGE = f"is larger than {MAX_BYTES >> 20} MiB, the limit for JSON; save it as JSON Lines (.jsonl)"
_NO_JSON = "is not valid JSON; export it again, or name it .jsonl if each line is an object"
_NO_ENTRIES = (
    "is JSON without entries that can be told apart; expected an export of Day One, Journey or Google Keep, or one "
    'list of objects, such as [{"text": "..."}]'
)
_NO_OBJECT = 'is not a JSON object; expected one such as {"text": "..."}'

_SAMPLE = 1000  # the fields in this number of objects count as the columns of the file
_DAY_ONE, _JOURNEY, _KEEP = "creationDate", "date_journal", ("userEditedTimestampUsec", "createdTimestampUsec")
_SINGLE = frozenset((_JOURNEY, *_KEEP))  # an object with one of these fields is an entry
_HTML = re.compile(r"\s*<(?:p|div|h[1-6]|ul|ol)\b")


def read_json(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entry of each object. The parameters are those of `formats.Read`."""
    value = _load(stream)
    objects = _objects(value)
    is_whole_file = objects[0] is value
    rows = [_with_usual_names(fields) if isinstance(fields, dict) else None for fields in objects]
    tables = [None if fields is None else (fields, choose_columns(list(fields), wanted)) for fields in rows]
    day_first = wanted.day_first
    if day_first is None:
        day_first = is_day_first(date for table in tables if table and (date := date_of(*table)))
    dates = Dates(day_first)
    for number, table in enumerate(tables, start=1):
        place = source if is_whole_file else f"{source}:{number}"
        if table is None:
            yield Unreadable(place, _NO_OBJECT)
        else:
            default_id = name if is_whole_file else f"{name}:{number}"
            yield entry_of(*table, source=place, default_id=default_id, dates=dates)
    yield from dates.problems(source)


def json_columns(stream: BinaryIO, wanted: ColumnOptions) -> Columns:
    """Return the columns of a file. They are the fields of its first objects."""
    objects = [fields for fields in itertools.islice(_objects(_load(stream)), _SAMPLE) if isinstance(fields, dict)]
    return choose_columns(list(dict.fromkeys(name for fields in objects for name in _with_usual_names(fields))), wanted)


def _load(stream: BinaryIO) -> object:
    """Return the value in a file."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise FileProblem(_TOO_LARGE)
    try:
        value: object = json.loads(data)
    except UnicodeError:
        raise FileProblem(INVALID_BYTES) from None
    except (ValueError, RecursionError):
        raise FileProblem(_NO_JSON) from None
    return value


def _objects(value: object) -> list[object]:
    """Return the objects that are entries. Raise `FileProblem` if there are none, or more than one list of them."""
    if isinstance(value, dict) and not _SINGLE.isdisjoint(value):
        return [value]
    candidates = [value] if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    lists = [items for items in candidates if isinstance(items, list) and any(isinstance(item, dict) for item in items)]
    if isinstance(value, dict):
        text = choose_columns(list(value), ColumnOptions()).text
        lists.extend([[value]] if text is not None and isinstance(value[text], str) else [])
    if len(lists) != 1:
        raise FileProblem(_NO_ENTRIES)
    return lists[0]


def _with_usual_names(fields: dict[str, object]) -> dict[str, object]:
    """Return the fields of an entry, and for an app that is known also its `text` and `date` as in JSON Lines."""
    if _DAY_ONE in fields:
        return {**fields, "date": _local_date(fields[_DAY_ONE], fields.get("timeZone"))}
    if _JOURNEY in fields:
        text = fields.get("text")
        text = html_text(text) if isinstance(text, str) and _HTML.match(text) else text
        return {**fields, "text": text, "date": _date_of(fields[_JOURNEY], 1000, fields.get("timezone"))}
    if not fields.keys().isdisjoint(_KEEP):
        microseconds = next(fields[key] for key in _KEEP if key in fields)
        return {**fields, "text": _keep_text(fields), "date": _date_of(microseconds, 10**6, None)}
    return fields


def _keep_text(fields: dict[str, object]) -> str | None:
    """Return the title and the text of a note of Google Keep, whose text may be a list of items."""
    text, items = fields.get("textContent"), fields.get("listContent")
    if not isinstance(text, str) and isinstance(items, list):
        lines = [item.get("text") for item in items if isinstance(item, dict)]
        text = "\n".join(line for line in lines if isinstance(line, str))
    return with_title(fields.get("title"), text) if isinstance(text, str) else None


def _local_date(written: object, zone: object) -> datetime.date | None:
    """Return the date of an ISO 8601 time in a time zone, such as `Europe/London`."""
    with suppress(ValueError, TypeError, OverflowError):
        return _in_zone(datetime.datetime.fromisoformat(written), zone)  # type: ignore[arg-type]
    return None


def _date_of(ticks: object, per_second: int, zone: object) -> datetime.date | None:
    """Return the date of a number of ticks since 1970. The number may be written as a string."""
    with suppress(ValueError, TypeError, OverflowError, OSError):
        return _in_zone(datetime.datetime.fromtimestamp(int(ticks) / per_second, datetime.UTC), zone)  # type: ignore[call-overload]
    return None


def _in_zone(moment: datetime.datetime, zone: object) -> datetime.date:
    """Return the date of a moment where the entry was written; in UTC, if the zone is missing or not known."""
    from zoneinfo import ZoneInfo

    with suppress(ValueError, TypeError, OSError, KeyError):
        return moment.astimezone(ZoneInfo(zone)).date()  # type: ignore[arg-type]
    return moment.date()
