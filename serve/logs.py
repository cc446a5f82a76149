"""What is told of a request, as one JSON object a line on stderr: ids, sizes, times and counts, never text.

A record of this package is written whole. Of others' records only what cannot hold a text is: of uvicorn's the
message before its arguments are put in, of all others none; and of exceptions the type and the place, since their
messages may quote what they were about.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

log = logging.getLogger("serve")

_METHODS: Final = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT QUERY".split())
_ROUTES: Final = frozenset("/v1/predict /v1/labels /v1/model /livez /readyz /metrics /openapi.json /docs".split())
_PROBES: Final = frozenset({"/livez", "/readyz", "/metrics"})


@dataclass(slots=True)
class Line:
    """One request, filled in on its way and written at its end.

    key
        Name of the API key, `local` where none is configured, None where none was recognized.
    route
        A path that is served, or `none`: into a path anybody may write a text.
    ms
        Milliseconds from the first byte to the answer.
    bytes_in
        Of the body; None where it was not read to its end.
    """

    request_id: str
    method: str
    route: str
    key: str | None = None
    status: int | None = None
    problem: str | None = None
    ms: float = 0.0
    bytes_in: int | None = None
    bytes_out: int = 0
    entries: int | None = None
    characters: int | None = None
    tags: int | None = None
    cannot_judge: int | None = None
    started: float = field(default_factory=time.perf_counter)

    def write(self) -> None:
        """Log it; a probe that has nothing to tell only at the level debug."""
        fields = {name: value for name, value in asdict(self).items() if value is not None and name != "started"}
        routine = self.route in _PROBES and self.problem is None
        log.log(logging.DEBUG if routine else logging.INFO, "request", extra={"fields": fields})


def route(path: str) -> str:
    """Return a path that is served, or `none`."""
    if path.startswith("/docs/"):
        return "/docs"
    return path if path in _ROUTES else "none"


def method(name: str) -> str:
    """Return an HTTP method, or `other` for a word that somebody made up."""
    return name if name in _METHODS else "other"


def where(error: BaseException) -> dict[str, Any]:
    """Return the type of an exception and where it came from, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name == "serve":
            line |= {"event": record.getMessage()} | getattr(record, "fields", {})
        elif record.name.startswith("uvicorn"):
            line["event"] = str(record.msg).strip()
        if record.exc_info and record.exc_info[1] is not None:
            line |= where(record.exc_info[1])
        return json.dumps(line)


def config(level: str) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`; uvicorn's lines of access are off."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"level": "DEBUG" if level == "debug" else "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "serve": {"level": level.upper(), "propagate": True},
            "uvicorn": {"level": level.upper(), "propagate": True},
        },
    }
