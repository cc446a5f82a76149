"""Files of annotations in, their texts with named labels out: tables, exports of doccano and Prodigy, our own format.

A file is a table unless it begins like JSON. Among JSON Lines, the fields of each line show which tool wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AliasChoices, BeforeValidator, Field, PlainValidator, TypeAdapter

from classifier.journal.columns import ColumnOptions, Columns
from classifier.journal.delimited import read_table
from classifier.journal.entry import FileProblem
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedEntry, CorpusError, EntryKind
from training.corpus.files import lines_with_source
from training.corpus.project_format import parse_entry
from training.corpus.records import Record, Text, load_object, parse_record

_PROJECT_FIELDS = {"kind", "sentences"}
_PRODIGY_FIELDS = {"answer", "accept", "spans", "_input_hash", "_task_hash"}
_DOCCANO_FIELDS = ("label", "labels", "entities", "annotations")

_KINDS: dict[str, EntryKind | None] = {"": None, "entry": "entry", "thought": "thought"}

PlacedName = tuple[str, tuple[int, int] | None]
"""A label's name and its place, start and end; None for the whole text."""


class NamedSpan(NamedTuple):
    """A label's name on a part of a text, offsets in code points; `whole` if the label was given to the whole text."""

    start: int
    end: int
    name: str
    whole: bool


@dataclass(frozen=True, slots=True, repr=False)
class AnnotatedText:
    """A text with the labels that one row of a table, or one line of an export, gives it.

    key
        Texts of one file with the same key are one entry.
    answer
        Prodigy's answer to the question; only `accept` counts.
    """

    text: str
    spans: tuple[NamedSpan, ...]
    source: str
    key: tuple[str, ...]
    id: str = ""
    group: str = ""
    kind: EntryKind | None = None
    answer: str = "accept"


def read_annotated_texts(file: Path, taxonomy: Taxonomy) -> Iterator[AnnotatedEntry | AnnotatedText]:
    """Yield the contents of a file: whole entries from the project's own format, annotated texts from the others.

    Raises
    ------
    CorpusError
        A line cannot be used; the message names the first one.
    """
    return _from_table(file) if is_table(file) else _from_json_lines(file, taxonomy)


def is_table(file: Path) -> bool:
    """Return whether a file begins like a table and not like JSON; empty and unreadable files are no tables."""
    try:
        with file.open("rb") as stream:
            # Without byte order marks, blanks, and the zero bytes of UTF-16.
            head = stream.read(4096).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    except OSError:
        return False
    return head[:1] not in (b"", b"{", b"[")


def _from_json_lines(file: Path, taxonomy: Taxonomy) -> Iterator[AnnotatedEntry | AnnotatedText]:
    for line, source in lines_with_source(file):
        fields = load_object(line, source)
        if fields.keys() & _PROJECT_FIELDS:
            yield parse_entry(fields, source, taxonomy)
        elif fields.keys() & _PRODIGY_FIELDS:
            yield _from_prodigy(fields, source)
        elif fields.keys() & set(_DOCCANO_FIELDS):
            yield _from_doccano(fields, source)
        else:
            raise CorpusError(
                f"{source}: no field with annotations; expected the project's format ('kind' or 'sentences'), "
                f"Prodigy's ('spans' or 'accept') or doccano's ({', '.join(map(repr, _DOCCANO_FIELDS))})"
            )


# Prodigy and doccano


def _as_list(value: object) -> object:
    """Tools write a single value bare, and leave the field empty where there is none."""
    return ([value] if value else []) if value is None or isinstance(value, str) else value


def _doccano_label(value: object) -> PlacedName:
    """Read the three forms that versions of doccano write."""
    match value:
        case str(name):
            return name, None
        case [int(start), int(end), str(name), *_]:
            return name, (start, end)
        case {"start_offset": int(start), "end_offset": int(end), "label": str(name)}:
            return name, (start, end)
    raise ValueError("expected a name, or [start, end, name], or an object with start_offset, end_offset and label")


_DoccanoLabels = Annotated[tuple[Annotated[PlacedName, PlainValidator(_doccano_label)], ...], BeforeValidator(_as_list)]
_AnyValues = Annotated[tuple[Any, ...], BeforeValidator(_as_list)]


class _DoccanoText(Record):
    id: Any = None
    text: Text = Field(validation_alias=AliasChoices("text", "data"))
    label: _DoccanoLabels = ()
    labels: _DoccanoLabels = ()
    entities: _DoccanoLabels = ()
    annotations: _DoccanoLabels = ()


class _ProdigySpan(Record, strict=True):
    start: int
    end: int
    label: str | None = None


class _ProdigyTask(Record):
    text: Text
    spans: Annotated[tuple[_ProdigySpan, ...], BeforeValidator(_as_list)] = ()
    label: _AnyValues = ()
    accept: _AnyValues = ()
    options: _AnyValues = ()
    answer: Literal["accept", "reject", "ignore"] = "accept"


_DOCCANO, _PRODIGY = TypeAdapter(_DoccanoText), TypeAdapter(_ProdigyTask)
_PRODIGY_ADVICE = "export tasks as Prodigy writes them: a text, and spans with start, end and label"


def _from_doccano(fields: Mapping[str, Any], source: str) -> AnnotatedText:
    record = parse_record(_DOCCANO, fields, source, "export the labels by name, with the text in 'text'")
    labels = _in_code_points(record.text, [*record.label, *record.labels, *record.entities, *record.annotations])
    id_ = str(record.id) if isinstance(record.id, str | int) else ""
    spans = _named_spans(record.text, labels, source)
    return AnnotatedText(record.text, spans, source, key=(id_, record.text), id=id_)


def _from_prodigy(fields: Mapping[str, Any], source: str) -> AnnotatedText:
    task = parse_record(_PRODIGY, fields, source, _PRODIGY_ADVICE)
    names = [*task.label, *_accepted(task)]
    # A span without a label is a pattern's match, shown beside a question about the whole text.
    if any(span.label is None for span in task.spans) and not fields.keys() & {"label", "accept"}:
        raise CorpusError(f"{source}: a span has no label; {_PRODIGY_ADVICE}")
    if not all(isinstance(name, str) for name in names):
        raise CorpusError(f"{source}: a label is not a text; export the labels by name")
    labels: list[PlacedName] = [(span.label, (span.start, span.end)) for span in task.spans if span.label is not None]
    spans = _named_spans(task.text, [*labels, *((name, None) for name in names)], source)
    return AnnotatedText(task.text, spans, source, key=("", task.text), answer=task.answer)


def _accepted(task: _ProdigyTask) -> Iterator[Any]:
    """Yield the accepted options: their ids, or their texts if the ids are numbers."""
    texts = [(option.get("id"), option.get("text")) for option in task.options if isinstance(option, dict)]
    for accepted in task.accept:
        yield accepted if isinstance(accepted, str) else next((text for id_, text in texts if id_ == accepted), None)


# Tables


def _from_table(file: Path) -> Iterator[AnnotatedText]:
    """Yield one text per row: columns `text`, `label` or `labels`, and optionally start, end, id, group and kind."""
    try:
        with file.open("rb") as stream:
            columns, rows = read_table(stream, ColumnOptions())
            if columns.text is None or not {"label", "labels"} & set(map(bare_name, columns.names)):
                raise CorpusError(
                    f"{file}: a table of annotations needs the columns 'text' and 'label' (empty for an unlabelled "
                    f"text); {columns}"
                )
            for row in rows:
                source = f"{file}:{row.line}"
                if row.problem:
                    raise CorpusError(f"{source}: {row.problem}")
                # Reversed, so that the first of two columns with the same name counts.
                cells = {bare_name(name): cell for name, cell in reversed(row.fields.items())}
                yield _from_row(cells, columns, source)
    except FileProblem as problem:
        raise CorpusError(f"{file}: {problem}") from None
    except OSError:
        raise CorpusError(f"{file}: cannot be read; check that you may read it") from None


def _from_row(cells: Mapping[str, str], columns: Columns, source: str) -> AnnotatedText:
    text = cells[bare_name(columns.text or "")]
    labels = ";".join(cells.get(column, "") for column in ("label", "labels"))
    # Spreadsheets have no lists, so several labels share a cell.
    names = [name.strip() for name in re.split(r"[;|,]", labels) if name.strip()]
    kind = cells.get("kind", "").strip().lower()
    if kind not in _KINDS:
        raise CorpusError(f"{source}: 'kind' is neither entry nor thought; leave it empty for an entry")
    id_ = (cells.get("entryid") or cells.get(bare_name(columns.id or ""), "")).strip()
    bounds, place = [cells.get(column, "").strip() for column in ("start", "end")], None
    if any(bounds):
        offsets = [re.fullmatch(r"(\d{1,15})(?:\.0*)?", cell) for cell in bounds]  # spreadsheets write 9.0 for 9
        if not all(offsets) or not names:
            raise CorpusError(f"{source}: expected whole numbers in both 'start' and 'end', and a label with them")
        start, end = (int(offset[1]) for offset in offsets if offset)
        place = (start, end)
    spans, group = _named_spans(text, [(name, place) for name in names], source), cells.get("group", "").strip()
    return AnnotatedText(text, spans, source, key=(id_ or text,), id=id_, group=group, kind=_KINDS[kind])


def bare_name(name: str) -> str:
    """Return the form in which names of labels and columns are compared: letters and digits only, in lower case."""
    return re.sub(r"[\W_]+", "", name).casefold()


# Offsets


def _named_spans(text: str, labels: Iterable[PlacedName], source: str) -> tuple[NamedSpan, ...]:
    """Return spans without blanks and punctuation at their ends, and none where nothing else is left."""
    spans = []
    for name, place in labels:
        start, end = (0, len(text)) if place is None else place
        if place is not None and not 0 <= start < end <= len(text):
            raise CorpusError(
                f"{source}: {start}-{end} is not a place in the text of {len(text)} code points; offsets count "
                "code points from 0, and the end is the first one after the place"
            )
        while start < end and _is_filler(text[start]):
            start += 1
        while start < end and _is_filler(text[end - 1]):
            end -= 1
        if start < end:
            spans.append(NamedSpan(start, end, name, whole=place is None))
    return tuple(spans)


def _is_filler(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZC"  # punctuation, separators, controls; an emoji may be meant


def _in_code_points(text: str, labels: list[PlacedName]) -> list[PlacedName]:
    """Convert doccano's offsets: most versions count an emoji as two, others as one. Take what cuts fewer words."""
    if max(text, default="") <= "\uffff":
        return labels
    points = {unit: i for i, unit in enumerate(accumulate((1 + (c > "\uffff") for c in text), initial=0))}
    converted: list[PlacedName] = [
        (name, place and (points.get(place[0], -1), points.get(place[1], -1))) for name, place in labels
    ]
    return min(
        (converted, labels), key=lambda read: sum(_cuts(text, offset) for _, place in read for offset in place or ())
    )


def _cuts(text: str, offset: int) -> bool:
    """Return whether an offset is inside a word, or outside the text."""
    inside = 0 < offset < len(text)
    return text[offset - 1].isalnum() and text[offset].isalnum() if inside else offset not in (0, len(text))
