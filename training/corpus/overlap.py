"""Entries and texts of other people in, the entries that repeat eight words in a row of such a text out.

A corpus must not contain what a model is measured on, neither copied nor closely paraphrased.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.corpus.entries import AnnotatedEntry, CorpusError

RUN = 8
"""Words in a row that two people rarely write alike by chance."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def shared_runs(entries: Sequence[AnnotatedEntry], files: Sequence[Path]) -> Iterator[str]:
    """Yield a fault for each entry that shares a run of eight words with a text of the files.

    A fault names the entry, the file and the offset in the entry, never the words.

    Raises
    ------
    CorpusError
        A file is not readable JSONL, JSON or CSV.
    """
    files_by_run: dict[str, Path] = {}
    for file in files:
        for text in _texts_of(file):
            files_by_run.update((run, file) for run, _ in _runs(text))
    for entry in entries:
        # One fault per entry is enough to find it.
        first = next(((run, offset) for run, offset in _runs(entry.text) if run in files_by_run), None)
        if first is not None:
            run, offset = first
            yield (
                f"{entry.source}: shares {RUN} words in a row, from code point {offset}, with "
                f"{files_by_run[run].name}; write it in other words, or leave it out"
            )


def _runs(text: str) -> Iterator[tuple[str, int]]:
    """Yield each run of eight words, in lower case and without punctuation, and its offset."""
    words = [(match[0].lower().replace("\u2019", "'"), match.start()) for match in _WORD.finditer(text)]
    for i in range(len(words) - RUN + 1):
        yield " ".join([word for word, _ in words[i : i + RUN]]), words[i][1]


def _texts_of(file: Path) -> Iterator[str]:
    """Yield every cell of a CSV, or all strings of each JSON document as one text."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix == ".csv":
            for row in csv.reader(text.splitlines(keepends=True)):
                yield from row
        else:
            for line in text.splitlines() if file.suffix == ".jsonl" else [text]:
                if line.strip():
                    yield " ".join(_strings(json.loads(line)))
    except (OSError, ValueError, csv.Error, RecursionError):
        raise CorpusError(
            f"{file}: cannot be read; give texts to compare with as UTF-8 .csv, .json or .jsonl"
        ) from None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
