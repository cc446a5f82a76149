"""Finds corpus entries that share eight words in a row with given texts.

The corpus must not contain texts that models are measured on, neither copies nor close paraphrases.
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
"""Length of a run in words. Two people rarely write so many equal words in a row by chance."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def shared_runs(entries: Sequence[AnnotatedEntry], files: Sequence[Path]) -> Iterator[str]:
    """Yield a fault for each entry that shares a run of eight words with a text of the files.

    A fault names the entry, the file and the offset in the entry, never the words.

    Raises
    ------
    CorpusError
        A file cannot be read as JSONL, JSON or CSV.
    """
    files_by_run: dict[str, Path] = {}
    for file in files:
        for text in _texts_of(file):
            files_by_run.update((run, file) for run, _ in _runs(text))
    for entry in entries:
        # Report only the first shared run of each entry.
        first = next(((run, offset) for run, offset in _runs(entry.text) if run in files_by_run), None)
        if first is not None:
            run, offset = first
            yield (
                f"{entry.source}: shares {RUN} words in a row, from code point {offset}, with "
                f"{files_by_run[run].name}; rewrite the entry in other words, or remove it"
            )


def _runs(text: str) -> Iterator[tuple[str, int]]:
    """Yield each run of eight words, in lower case and without punctuation, and its offset."""
    words = [(match[0].lower().replace("\u2019", "'"), match.start()) for match in _WORD.finditer(text)]
    for i in range(len(words) - RUN + 1):
        yield " ".join([word for word, _ in words[i : i + RUN]]), words[i][1]


def _texts_of(file: Path) -> Iterator[str]:
    """Yield each cell of a CSV file. Of other files, yield one text per JSON document, joined from its strings."""
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
    """Yield all strings inside a JSON value, except keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
