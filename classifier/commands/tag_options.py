"""Options of `thoughtmark tag` in, a few small values out: `Options`, `ColumnNames`, `Output` and `Execution`.

Each `..._options` is a decorator. It declares its options and passes them to the command as one value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, TextIO

import click

from classifier.errors import EntriesError
from classifier.files import atomic_file
from classifier.options import Options
from classifier.report.formats import FORMATS, Format, find_format, format_for_file
