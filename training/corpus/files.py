"""Where corpora are, which files belong to one, and the lines of a file with their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.corpus.entries import CorpusError

_SUFFIXES = (".jsonl", ".csv", ".tsv")

Paths = Path | Sequence[Path]
"""A corpus: a file, a folder, or several of them."""


def samples_folder() -> Path:
    """Return the project's own data: the corpus in `corpus/`, and the figures measured with it in `measured.json`.

    An installed package has the folder inside `training`; a clone of the project has it in `data`.
    """
    installed = Path(__file__).parents[1] / "samples"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "data" / "samples"


def default_corpus() -> Path:
    """Return the folder of the corpus that the default model is trained on."""
    return samples_folder() / "corpus"


def corpus_files(corpus: Paths) -> list[Path]:
    """Return the files of a corpus, each once: files in the order given, those of a folder by name.

    Raises
    ------
    CorpusError
        A folder holds no file of annotations.
    """
    unique: dict[Path, Path] = {}
    for path in [corpus] if isinstance(corpus, Path) else corpus:
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES) if path.is_dir() else [path]
        if not files:
            raise CorpusError(
                f"{path}: no {', '.join(_SUFFIXES)} file in this folder; give a corpus file or a folder of them"
            )
        for file in files:
            unique.setdefault(file.resolve(), file)  # a file may be given by itself and in its folder
    return list(unique.values())


def corpus_fingerprint(corpus: Paths) -> str:
    """Return the SHA-256 over the contents of a corpus's files."""
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
        # Not `splitlines`, which would also split at separators of Unicode inside a text.
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield line, f"{file}:{number}"
    except (OSError, UnicodeDecodeError):
        raise CorpusError(f"{file}: cannot be read; expected UTF-8 text with one JSON object per line") from None
