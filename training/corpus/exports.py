"""Reads annotated texts from tables, exports of doccano and Prodigy, and files in the project's own format.

A file is a table unless it begins like JSON. In JSON Lines, the fields of each line show which tool wrote the line.
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

RawLabel = tuple[str, tuple[int, int] | None]
"""A label's name and its span (start and end). The span is None if the label applies to the whole text."""


class NamedSpan(NamedTuple):
    """A span with a label's name. Offsets count code points; `whole` says whether the file gave no span."""

    start: int
    end: int
    name: str
    whole: bool


@dataclass(frozen=True, slots=True, repr=False)
class AnnotatedText:
    """A text and its labels, from one row of a table or one line of an export.

    key
        Texts of one file with the same key are merged into one entry.
    answer
        The annotator's answer to Prodigy's question. Texts with another answer than `accept` are skipped.
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
    """Yield finished entries from a file in the project's own format, and annotated texts from any other file.

    Raises
    ------
    CorpusError
        A line cannot be used. The message names the first such line.
    """
    return _from_table(file) if is_table(file) else _from_json_lines(file, taxonomy)


def is_table(file: Path) -> bool:
    """Return whether a file does not begin like JSON. Returns False for an empty or unreadable file."""
    try:
        with file.open("rb") as stream:
            # Strip byte order marks, blanks, and the zero bytes of UTF-16.
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
                f"{source}: no field with annotations; expected those of the project ('kind' or 'sentences'), "
                f"of Prodigy ('spans' or 'accept') or of doccano ({', '.join(map(repr, _DOCCANO_FIELDS))})"
            )


# Prodigy and doccano


def _as_list(value: object) -> object:
    """Return a list for a single string or an empty value, which the tools write without a list."""
    return ([value] if value else []) if value is None or isinstance(value, str) else value


def _doccano_label(value: object) -> RawLabel:
    """Parse a label in any of the three forms that versions of doccano write."""
    match value:
        case str(name):
            return name, None
        case [int(start), int(end), str(name), *_]:
            return name, (start, end)
        case {"start_offset": int(start), "end_offset": int(end), "label": str(name)}:
            return name, (start, end)
    raise ValueError("expected a name, or [start, end, name], or an object with start_offset, end_offset and label")


_DoccanoLabels = Annotated[tuple[Annotated[RawLabel, PlainValidator(_doccano_label)], ...], BeforeValidator(_as_list)]
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
    # In a question about the whole text, spans without a label are only highlighted matches. Elsewhere they are faults.
    if any(span.label is None for span in task.spans) and not fields.keys() & {"label", "accept"}:
        raise CorpusError(f"{source}: a span has no label; {_PRODIGY_ADVICE}")
    if not all(isinstance(name, str) for name in names):
        raise CorpusError(f"{source}: a label is not a string; export the labels by name")
    labels: list[RawLabel] = [(span.label, (span.start, span.end)) for span in task.spans if span.label is not None]
    spans = _named_spans(task.text, [*labels, *((name, None) for name in names)], source)
    return AnnotatedText(task.text, spans, source, key=("", task.text), answer=task.answer)


def _accepted(task: _ProdigyTask) -> Iterator[Any]:
    """Yield the id of each accepted option, or its text if the id is a number; None if there is no such option."""
    texts = [(option.get("id"), option.get("text")) for option in task.options if isinstance(option, dict)]
    for accepted in task.accept:
        yield accepted if isinstance(accepted, str) else next((text for id_, text in texts if id_ == accepted), None)


# Tables


def _from_table(file: Path) -> Iterator[AnnotatedText]:
    """Yield one text per row.

    The table must have the columns `text` and `label` or `labels`. It may have start, end, id, group and kind.
    """
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
                # Reversed, so that the first of two columns with the same name takes precedence.
                cells = {bare_name(name): cell for name, cell in reversed(row.fields.items())}
                yield _from_row(cells, columns, source)
    except FileProblem as problem:
        raise CorpusError(f"{file}: {problem}") from None
    except OSError:
        raise CorpusError(f"{file}: cannot be read; check that you may read it") from None


def _from_row(cells: Mapping[str, str], columns: Columns, source: str) -> AnnotatedText:
    text = cells[bare_name(columns.text or "")]
    labels = ";".join(cells.get(column, "") for column in ("label", "labels"))
    # A cell may hold several labels, separated by semicolons, bars or commas.
    names = [name.strip() for name in re.split(r"[;|,]", labels) if name.strip()]
    kind = cells.get("kind", "").strip().lower()
    if kind not in _KINDS:
        raise CorpusError(f"{source}: 'kind' is neither 'entry' nor 'thought'; leave it empty for an entry")
    id_ = (cells.get("entryid") or cells.get(bare_name(columns.id or ""), "")).strip()
    bounds, span = [cells.get(column, "").strip() for column in ("start", "end")], None
    if any(bounds):
        offsets = [re.fullmatch(r"(\d{1,15})(?:\.0*)?", cell) for cell in bounds]  # some spreadsheets write 9.0 for 9
        if not all(offsets) or not names:
            raise CorpusError(f"{source}: expected whole numbers in both 'start' and 'end', and a label with them")
        start, end = (int(offset[1]) for offset in offsets if offset)
        span = (start, end)
    spans, group = _named_spans(text, [(name, span) for name in names], source), cells.get("group", "").strip()
    return AnnotatedText(text, spans, source, key=(id_ or text,), id=id_, group=group, kind=_KINDS[kind])


def bare_name(name: str) -> str:
    """Return the letters and digits of a name in lower case. Names of labels and columns are compared in this form."""
    return re.sub(r"[\W_]+", "", name).casefold()


# Offsets


def _named_spans(text: str, labels: Iterable[RawLabel], source: str) -> tuple[NamedSpan, ...]:
    """Return the spans, trimmed of blanks and punctuation at both ends. Drop a span that contains nothing else."""
    spans = []
    for name, span in labels:
        start, end = (0, len(text)) if span is None else span
        if span is not None and not 0 <= start < end <= len(text):
            raise CorpusError(
                f"{source}: span {start}-{end} is not within the text of {len(text)} code points; "
                "offsets count code points from 0, and the end is exclusive"
            )
        while start < end and _is_filler(text[start]):
            start += 1
        while start < end and _is_filler(text[end - 1]):
            end -= 1
        if start < end:
            spans.append(NamedSpan(start, end, name, whole=span is None))
    return tuple(spans)


def _is_filler(character: str) -> bool:
    # Punctuation, separators, controls. Symbols are kept, because an annotator may label an emoji.
    return unicodedata.category(character)[0] in "PZC"


def _in_code_points(text: str, labels: list[RawLabel]) -> list[RawLabel]:
    """Convert doccano's offsets to code points.

    Most versions of doccano count an emoji as two (UTF-16), others as one. The text does not show which version wrote
    it, so the function returns the interpretation whose offsets fall inside fewer words.
    """
    if max(text, default="") <= "\uffff":
        return labels
    # From UTF-16 offset to code point; -1 below marks an offset outside the text or inside an emoji.
    points = {unit: i for i, unit in enumerate(accumulate((1 + (c > "\uffff") for c in text), initial=0))}
    converted: list[RawLabel] = [
        (name, span and (points.get(span[0], -1), points.get(span[1], -1))) for name, span in labels
    ]
    return min(
        (converted, labels), key=lambda labels: sum(_cuts(text, offset) for _, span in labels for offset in span or ())
    )


def _cuts(text: str, offset: int) -> bool:
    """Return whether an offset is inside a word, or outside the text."""
    inside = 0 < offset < len(text)
    return text[offset - 1].isalnum() and text[offset].isalnum() if inside else offset not in (0, len(text))
