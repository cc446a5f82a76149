"""A data frame in, a data frame of tags out: the plain function that engines for many machines are given.

Dask (`thoughtmark tag --engine dask`), Ray (`map_batches`) and Spark (`mapInPandas`) all hand over a pandas frame at a
time; see docs/scale.md. pandas comes with the extra `dask`, or with the engine.
"""

from __future__ import annotations

import gc
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from classifier.errors import ArtifactNotFound, EntriesError, MissingExtra
from classifier.journal.columns import ColumnOptions, choose_columns, entry_of
from classifier.journal.entry import Entry
from classifier.model import artifact, default
from classifier.options import DEFAULTS, Options
from classifier.report.rows import as_row

if TYPE_CHECKING:
    import pandas as pd

    from classifier.model.artifact import Manifest
    from classifier.pipeline import Classifier

NOT_READ: Final = "not_read"
"""Status of a row that holds no text; its `reason` is a sentence."""

COLUMNS: Final = ("id", "status", "reason", "tags", "any_label", "probabilities", "model")

_one_at_a_time = threading.Lock()  # of the threads of a process: the model works for one


@cache
def classifier_of(model: str | None) -> Classifier:
    """Return a model, loaded once in each process.

    Parameters
    ----------
    model
        Path of an artifact, or a URL that fsspec reads; None for the default model. Its SHA-256 is checked here.
    """
    from classifier.pipeline import Classifier  # takes two seconds, in the processes that tag

    with _file(model) as path:
        loaded = Classifier.load(path)
    gc.collect()
    gc.freeze()  # what is loaded stays, so no collection need look through it
    return loaded


@cache
def classifier_for_many(model: str | None) -> Classifier:
    """Return a model for a process that tags many entries; parameter as `classifier_of`.

    Some entry will need the model of the languages. Loaded first, and not beside all else, it takes 25 MB less.
    """
    from classifier import language

    language.load()
    return classifier_of(model)


def manifest_of(model: str | None) -> Manifest:
    """Return what a model says of itself, checked, for a process that has others tag; parameter as `classifier_of`."""
    with _file(model) as path:
        return default.manifest() if path is None else artifact.check(path)


@contextmanager
def _file(model: str | None) -> Iterator[Path | None]:
    if model is None or "://" not in model:
        yield None if model is None else Path(model)
        return
    with tempfile.TemporaryDirectory(prefix="thoughtmark-") as folder:
        copy = Path(folder) / "fetched.thoughtmark"
        copy.write_bytes(_fetch(model))
        yield copy


def _fetch(url: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise MissingExtra("a model at a URL", "dask") from None
    try:
        with fsspec.open(url, "rb") as stream:
            content: bytes = stream.read()
    except (OSError, ValueError, ImportError) as error:
        raise ArtifactNotFound(f"{url}: the model cannot be read ({type(error).__name__}); check the address") from None
    return content


def tag_frame(
    frame: pd.DataFrame,
    *,
    text_column: str | None = None,
    id_column: str | None = None,
    model: str | None = None,
    options: Options = DEFAULTS,
    with_text: bool = False,
) -> pd.DataFrame:
    """Tag the entries of a data frame.

    Parameters
    ----------
    frame
        One entry a row.
    text_column, id_column
        Columns of the text and the id; by default those with the usual names. A row without an id gets its index.
    model
        Path or URL of an artifact; by default the model of this environment. Loaded once in each process.
    options
        What to look for, as in `Classifier.tag`.
    with_text
        Whether each tag holds its sentence.

    Returns a frame with the same index and the columns of `COLUMNS`: `tags` is a list of dicts, `probabilities` a dict.
    A row whose text is no string has the status `not_read`.

    Raises
    ------
    EntriesError
        There is no column for the text, or it holds what is no text at all.
    """
    import pandas as pd

    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    columns = choose_columns(list(frame.columns), ColumnOptions(text_column, id_column))
    if columns.text is None:
        raise EntriesError(f"the data frame has no column for the text; {columns}; name the right one")
    wanted = [name for name in (columns.text, columns.id, columns.date, columns.author) if name is not None]
    try:
        cells_of = frame[wanted].astype(object).where(frame[wanted].notna(), None)
    except Exception:  # pandas quotes the cell that it cannot convert
        raise EntriesError(f"the data frame has cells in {wanted} that are not plain values in UTF-8") from None
    rows = [
        entry_of(dict(zip(wanted, cells, strict=True)), columns, source=str(index), default_id=str(index))
        for index, cells in zip(frame.index, cells_of.itertuples(index=False, name=None), strict=True)
    ]
    readable = [row for row in rows if isinstance(row, Entry)]
    with _one_at_a_time:
        tagged = classifier_for_many(model).tag_many([entry.text for entry in readable], options)
        done = iter([
            as_row(entry, replace(found, id=entry.id), with_text=with_text)
            for entry, found in zip(readable, tagged, strict=True)
        ])  # fmt: skip
    return pd.DataFrame(
        [next(done) if isinstance(row, Entry) else _not_read(row.source, row.problem) for row in rows],
        columns=list(COLUMNS),
        index=frame.index,
        dtype=object,
    )


def _not_read(source: str, problem: str) -> dict[str, Any]:
    return {"id": source, "status": NOT_READ, "reason": problem, "tags": [], "probabilities": {}}
