"""A file of annotations in, its rows out: tables, exports of doccano and of Prodigy, and the project's own form.

A file is a table unless it begins as JSON does; of JSON Lines, each line says by its fields what wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, NamedTuple

from classifier.journal.columns import ColumnOptions, Columns
from classifier.journal.decoding import without_surrogates
from classifier.journal.delimited import read_table
from classifier.journal.entry import FileProblem
from classifier.taxonomy import Taxonomy
from training.corpus.entries import KINDS, AnnotatedEntry, CorpusError, json_object, parse_row, read_lines

_PROJECT = {"kind", "sentences"}
_PRODIGY = {"answer", "accept", "spans", "_input_hash", "_task_hash"}
_DOCCANO = ("label", "labels", "entities", "annotations")
_ANSWERS = ("accept", "reject", "ignore")


class Mark(NamedTuple):
    """A label's name at a place of a text, in code points; `whole` where the label was given to all of the text."""

    start: int
    end: int
    name: str
    whole: bool


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """What an annotator said of a text.

    key
        Rows of one file with the same key are one entry.
    answer
        Prodigy's: what is not accepted is left out.
    """

    text: str
    marks: tuple[Mark, ...]
    source: str
    key: tuple[str, ...]
    id: str = ""
    group: str = ""
    kind: str = ""
    answer: str = "accept"


def read_rows(file: Path, taxonomy: Taxonomy) -> Iterator[AnnotatedEntry | Row]:
    """Yield what stands in a file: entries of the project's form as they are, rows of the others.

    Raises
    ------
    CorpusError
        At the first line that cannot be used.
    """
    return _table(file) if is_table(file) else _objects(file, taxonomy)


def is_table(file: Path) -> bool:
    """Tell a table, which begins with the names of its columns, from JSON, blank files and what cannot be opened."""
    try:
        with file.open("rb") as stream:
            head = stream.read(4096).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    except OSError:
        return False
    return head[:1] not in (b"", b"{", b"[")


def _objects(file: Path, taxonomy: Taxonomy) -> Iterator[AnnotatedEntry | Row]:
    for line, source in read_lines(file):
        fields = json_object(line, source)
        if fields.keys() & _PROJECT:
            yield parse_row(fields, source, taxonomy)
        elif fields.keys() & _PRODIGY:
            yield _prodigy(fields, source)
        elif fields.keys() & set(_DOCCANO):
            yield _doccano(fields, source)
        else:
            raise CorpusError(
                f"{source}: no field tells what was annotated; expected the project's form ('kind' or 'sentences'), "
                f"Prodigy's ('spans' or 'accept') or doccano's ({', '.join(map(repr, _DOCCANO))})"
            )


def _doccano(fields: Mapping[str, Any], source: str) -> Row:
    """One text with `label`, `labels`, `entities` or `annotations`: names, [start, end, name], or objects of these."""
    text = _text(fields.get("text", fields.get("data")), source)
    names: list[str] = []
    places: list[tuple[int, int, str]] = []
    for mark in chain.from_iterable(_list(fields.get(field), source) for field in _DOCCANO):
        match mark:
            case str(name):
                names.append(name)
            case [int(start), int(end), str(name), *_]:
                places.append((start, end, name))
            case {"start_offset": int(start), "end_offset": int(end), "label": str(name)}:
                places.append((start, end, name))
            case _:
                raise CorpusError(
                    f"{source}: a label is neither a name, nor [start, end, name], nor start_offset, end_offset and "
                    "label; export the labels by name"
                )
    id_ = _id(fields.get("id"))
    return Row(text, _marks(text, _in_code_points(text, places), names, source), source, key=(id_, text), id=id_)


def _prodigy(fields: Mapping[str, Any], source: str) -> Row:
    """One task: `spans` with start, end and label, the options in `accept`, or one `label`; and the `answer` to it."""
    answer = fields.get("answer", "accept")
    if answer not in _ANSWERS:
        raise CorpusError(f"{source}: 'answer' is none of Prodigy's; expected one of {', '.join(_ANSWERS)}")
    text = _text(fields.get("text"), source)
    names = [*_list(fields.get("label"), source), *_accepted(fields, source)]
    places: list[tuple[int, int, str]] = []
    for span in _list(fields.get("spans"), source):
        match span:
            case {"start": int(start), "end": int(end), "label": str(name)}:
                places.append((start, end, name))
            case {"start": int(), "end": int()} if "label" not in span and fields.keys() & {"label", "accept"}:
                pass  # words that a pattern found, shown with a label for the whole text
            case _:
                raise CorpusError(f"{source}: a span lacks its start, its end or its label; each is to have all three")
    if not all(isinstance(name, str) for name in names):
        raise CorpusError(f"{source}: a label is not a text; expected its name")
    return Row(text, _marks(text, places, names, source), source, key=("", text), answer=answer)


def _accepted(fields: Mapping[str, Any], source: str) -> Iterator[Any]:
    """The options that were taken: their ids, or their texts where the ids are numbers."""
    options = _list(fields.get("options"), source)
    texts = [(option.get("id"), option.get("text")) for option in options if isinstance(option, dict)]
    for taken in _list(fields.get("accept"), source):
        yield taken if isinstance(taken, str) else next((text for id_, text in texts if id_ == taken), taken)


def _table(file: Path) -> Iterator[Row]:
    """One text a row, with the columns `text`, `label` or `labels`, and perhaps start, end, id, group and kind."""
    try:
        with file.open("rb") as stream:
            columns, rows = read_table(stream, ColumnOptions())
            if columns.text is None or not {"label", "labels"} & set(map(plain, columns.names)):
                raise CorpusError(
                    f"{file}: a table of annotations has the columns 'text' and 'label' (empty where there is none); "
                    f"{columns}"
                )
            for row in rows:
                source = f"{file}:{row.line}"
                if row.problem:
                    raise CorpusError(f"{source}: {row.problem}")
                # In reverse, so that of two columns with the same plain name the first is kept.
                cells = {plain(name): cell for name, cell in reversed(row.fields.items())}
                yield _table_row(cells, columns, source)
    except FileProblem as problem:
        raise CorpusError(f"{file}: {problem}") from None
    except OSError:
        raise CorpusError(f"{file}: cannot be read; check that you may read it") from None


def _table_row(cells: Mapping[str, str], columns: Columns, source: str) -> Row:
    text = cells[plain(columns.text or "")]
    given = ";".join(cells.get(column, "") for column in ("label", "labels"))
    names = [name.strip() for name in re.split(r"[;|,]", given) if name.strip()]
    kind = cells.get("kind", "").strip().lower()
    if kind and kind not in KINDS:
        raise CorpusError(f"{source}: 'kind' is neither {' nor '.join(KINDS)}; leave it empty for an entry")
    id_ = (cells.get("entryid") or cells.get(plain(columns.id or ""), "")).strip()
    place = [cells.get(column, "").strip() for column in ("start", "end")]
    if any(place):
        offsets = [re.fullmatch(r"(\d{1,15})(?:\.0*)?", cell) for cell in place]  # spreadsheets write 9.0 for 9
        if not all(offsets) or not names:
            raise CorpusError(f"{source}: expected whole numbers in both 'start' and 'end', and a label with them")
        start, end = (int(offset[1]) for offset in offsets if offset)
        marks = _marks(text, [(start, end, name) for name in names], [], source)
    else:
        marks = _marks(text, [], names, source)
    return Row(text, marks, source, key=(id_ or text,), id=id_, group=cells.get("group", "").strip(), kind=kind)


def plain(name: str) -> str:
    """Return a name as names are compared: its letters and digits, in lower case."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _text(value: object, source: str) -> str:
    if not isinstance(value, str):
        raise CorpusError(f"{source}: lacks the text; expected it as a text in the field 'text'")
    return without_surrogates(value)


def _id(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _list(value: object, source: str) -> list[Any]:
    if value is None or isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list):
        raise CorpusError(f"{source}: labels or spans are not a list; export them as the tool writes them")
    return value


def _marks(text: str, places: Iterable[tuple[int, int, str]], names: Iterable[str], source: str) -> tuple[Mark, ...]:
    """Labels with their places, without white space and punctuation at the ends; none where there is nothing else."""
    marks = [
        *(Mark(*place, whole=False) for place in places),
        *(Mark(0, len(text), name, whole=True) for name in names),
    ]
    trimmed = []
    for mark in marks:
        start, end = mark.start, mark.end
        if not mark.whole and not 0 <= start < end <= len(text):
            raise CorpusError(
                f"{source}: {start}-{end} is not a place in the text of {len(text)} code points; offsets count "
                "code points from 0, and the end is the first one after it"
            )
        while start < end and _is_filler(text[start]):
            start += 1
        while start < end and _is_filler(text[end - 1]):
            end -= 1
        if start < end:
            trimmed.append(mark._replace(start=start, end=end))
    return tuple(trimmed)


def _is_filler(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZC"  # punctuation, separators, controls; an emoji may be meant


def _in_code_points(text: str, places: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Offsets of doccano, which counts an emoji as two in most versions and as one in others: what cuts fewer words."""
    if max(text, default="") <= "\uffff":
        return places
    points = {unit: i for i, unit in enumerate(accumulate((1 + (c > "\uffff") for c in text), initial=0))}
    converted = [(points.get(start, -1), points.get(end, -1), name) for start, end, name in places]
    return min(
        (converted, places), key=lambda read: sum(_cuts(text, start) + _cuts(text, end) for start, end, _ in read)
    )


def _cuts(text: str, offset: int) -> bool:
    """Whether an offset lies within a word, or not in the text at all."""
    inside = 0 < offset < len(text)
    return text[offset - 1].isalnum() and text[offset].isalnum() if inside else offset not in (0, len(text))
