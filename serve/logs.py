"""Writes log records as JSON, one object per line on stderr: IDs, sizes, times and counts, but never journal text.

Arguments of log messages may hold text. So only records of the logger `serve` are written with all their fields. For
uvicorn's records the message template is written without its arguments. For other libraries' records no message is
written. For an exception only the type and the location are written, because the message may quote the wrong value.
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


@dataclass(slots=True)
class RequestRecord:
    """The fields of one request for the access log. The middleware and the route fill them in.

    Parameters
    ----------
    route
        Path template of the matched route, or `none`. The path of the request is not logged, because it may hold text.
    key
        Name of the API key, `local` if no keys are configured, or None if the request had no valid key.
    status
        Status of the answer, or None if the client closed the connection before the answer.
    problem
        Name of the problem in an error answer, see `serve.problems`.
    ms
        Milliseconds from the first byte of the request to the end of the answer.
    bytes_in
        Size of the request's body in bytes, or None if the body was not read completely.
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

    def write(self, level: int) -> None:
        """Write a log line with the fields that are set."""
        fields = {name: value for name, value in asdict(self).items() if value is not None and name != "started"}
        log.log(level, "request", extra={"fields": fields})


def method_label(method: str) -> str:
    """Return the method if it is a standard HTTP method, or else `other`, because a client can send any word."""
    return method if method in _METHODS else "other"


def exception_fields(error: BaseException) -> dict[str, Any]:
    """Return the type of an exception and the last locations of its stack, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        # The last frames are the closest to the fault.
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }


class JsonFormatter(logging.Formatter):
    """Formats a log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Leaves out the parts of the record that may hold text."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name == log.name:
            line |= {"event": record.getMessage()} | getattr(record, "fields", {})
        elif record.name.startswith("uvicorn"):
            line["event"] = str(record.msg).strip()  # the template, without its arguments
        if record.exc_info and record.exc_info[1] is not None:
            line |= exception_fields(record.exc_info[1])
        return json.dumps(line)


def config(level: str) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        # Records of other libraries are written without their message, so only their warnings are useful.
        "root": {"level": "DEBUG" if level == "debug" else "WARNING", "handlers": ["stderr"]},
        "loggers": {name: {"level": level.upper(), "propagate": True} for name in ("serve", "uvicorn")},
    }
