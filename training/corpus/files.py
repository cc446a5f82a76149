"""Finds the files of a corpus and reads their lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.corpus.entries import CorpusError

_SUFFIXES = (".jsonl", ".csv", ".tsv")

Paths = Path | Sequence[Path]
"""The paths of a corpus: a file, a folder, or several files and folders."""


def samples_folder() -> Path:
    """Return the folder of the project's data: the corpus (`corpus/`) and the metrics of its model (`measured.json`).

    The folder is `training/samples` in an installed package, and `data/samples` in a clone of the project.
    """
    installed = Path(__file__).parents[1] / "samples"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "data" / "samples"


def default_corpus() -> Path:
    """Return the folder of the corpus that the default model is trained on."""
    return samples_folder() / "corpus"


def corpus_files(corpus: Paths) -> list[Path]:
    """Return the files of a corpus, each once, in the given order.

    The files of a folder are sorted by name.

    Raises
    ------
    CorpusError
        A folder contains no file with one of the suffixes of annotations.
    """
    unique: dict[Path, Path] = {}
    for path in [corpus] if isinstance(corpus, Path) else corpus:
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES) if path.is_dir() else [path]
        if not files:
            raise CorpusError(
                f"{path}: no {', '.join(_SUFFIXES)} file in this folder; name a corpus file, or a folder with some"
            )
        for file in files:
            unique.setdefault(file.resolve(), file)  # the paths may include a file and its folder
    return list(unique.values())


def corpus_fingerprint(corpus: Paths) -> str:
    """Return the SHA-256 of the contents of a corpus's files, joined in their order."""
    digest = hashlib.sha256()
    for file in corpus_files(corpus):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def lines_with_source(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each non-blank line of a UTF-8 text file with its source (`file:line`).

    Raises
    ------
    CorpusError
        The file cannot be read as UTF-8 text.
    """
    try:
        # Iterate instead of `splitlines`, which would also split at Unicode line separators inside a text.
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield line, f"{file}:{number}"
    except (OSError, UnicodeDecodeError):
        raise CorpusError(f"{file}: cannot be read; expected UTF-8 text with one JSON object per line") from None
