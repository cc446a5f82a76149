"""Entries and other people's texts in, the entries that repeat a run of their words out.

What a model is measured on must not have been copied into what it learns from, nor paraphrased closely.
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
"""Words in a row that two people seldom write alike by chance."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def shared_runs(entries: Sequence[AnnotatedEntry], files: Sequence[Path]) -> Iterator[str]:
    """Yield a fault for each entry that shares a run of eight words with a text of the files.

    Names entry, file and the place in the entry, never the words.

    Raises
    ------
    CorpusError
        A file is no JSONL, JSON or CSV that can be read.
    """
    theirs: dict[str, Path] = {}
    for file in files:
        for text in _texts(file):
            theirs.update((run, file) for run, _ in _runs(text))
    for entry in entries:
        where = next(((run, place) for run, place in _runs(entry.text) if run in theirs), None)
        if where is not None:
            run, place = where
            yield (
                f"{entry.source}: shares {RUN} words in a row, from code point {place}, with {theirs[run].name}; "
                "write it in other words, or leave it out"
            )


def _runs(text: str) -> Iterator[tuple[str, int]]:
    words = [(match[0].lower().replace("\u2019", "'"), match.start()) for match in _WORD.finditer(text)]
    for i in range(len(words) - RUN + 1):
        yield " ".join([word for word, _ in words[i : i + RUN]]), words[i][1]


def _texts(file: Path) -> Iterator[str]:
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
