"""Lines of JSON in, validated records out. Errors name file, line and field, and never repeat a value.

No error is raised from its cause: those of json and pydantic quote what they were given, which may be an entry's text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from classifier.journal.decoding import without_surrogates
from training.corpus.entries import CorpusError


class Record(BaseModel):
    """Base of the objects that files hold; other fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)


def well_formed(value: Any) -> Any:
    """Replace half surrogate pairs, which JSON may hold and no file can be written with, by U+FFFD."""
    return without_surrogates(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(well_formed)]

_SHOWN = {"start", "end", "label", "labels", "reason"}
_NOT_AN_OBJECT = ("model_type", "dataclass_type")  # pydantic's messages for these name our classes

AnyRecord = TypeVar("AnyRecord")


def load_object(line: str, source: str) -> dict[str, Any]:
    """Return the JSON object on a line; raise `CorpusError` naming `source` if there is none."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise CorpusError(f"{source}: not valid JSON; each line is one object") from None
    if not isinstance(fields, dict):
        raise CorpusError(f"{source}: not a JSON object; each line is one object")
    return fields


def parse_record(adapter: TypeAdapter[AnyRecord], fields: Mapping[str, Any], source: str, advice: str) -> AnyRecord:
    """Validate an object; raise `CorpusError` naming `source` and the first faulty field, and ending in `advice`."""
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field, *inside = fault["loc"]
    # Other names inside a field may be keys from the file, and so may be text.
    shown = [part for part in inside if isinstance(part, int) or part in _SHOWN]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in shown)
    reason = "expected an object" if fault["type"] in _NOT_AN_OBJECT else fault["msg"].removeprefix("Value error, ")
    reason = reason.replace("tuple", "list").replace("dictionary", "object")  # the names in JSON
    raise CorpusError(f"{source}: {field}{place}: {reason[0].lower()}{reason[1:]}; {advice}")
