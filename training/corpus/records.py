"""Parses and validates lines of JSON. Errors name file, line and field, and never quote a value.

All errors are raised `from None`: the errors of json and pydantic quote their input, which may be an entry's text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from classifier.journal.decoding import without_surrogates
from training.corpus.entries import CorpusError


class Record(BaseModel):
    """Base class of JSON objects in files. Unknown fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)


def well_formed(value: Any) -> Any:
    """Replace lone surrogates in a string by U+FFFD. JSON may contain them, but no file can be written with them."""
    return without_surrogates(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(well_formed)]

# Inner fields that messages may name.
_SHOWN = {"start", "end", "label", "labels", "reason"}
_NOT_AN_OBJECT = ("model_type", "dataclass_type")  # for these errors, pydantic's messages name our classes

AnyRecord = TypeVar("AnyRecord")


def load_object(line: str, source: str) -> dict[str, Any]:
    """Return the JSON object on a line. If the line is not an object, raise a `CorpusError` that names `source`."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise CorpusError(f"{source}: not valid JSON; each line must be one JSON object") from None
    if not isinstance(fields, dict):
        raise CorpusError(f"{source}: not a JSON object; each line must be one JSON object")
    return fields


def parse_record(adapter: TypeAdapter[AnyRecord], fields: Mapping[str, Any], source: str, advice: str) -> AnyRecord:
    """Return the validated object, or raise a `CorpusError` with `source`, the first faulty field and `advice`."""
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field, *inside = fault["loc"]
    # Show only known names inside a field: other names may be keys from the file, and so may contain its text.
    shown = [part for part in inside if isinstance(part, int) or part in _SHOWN]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in shown)
    reason = "expected an object" if fault["type"] in _NOT_AN_OBJECT else fault["msg"].removeprefix("Value error, ")
    reason = reason.replace("tuple", "list").replace("dictionary", "object")  # JSON's words for Python's types
    raise CorpusError(f"{source}: {field}{place}: {reason[0].lower()}{reason[1:]}; {advice}")
