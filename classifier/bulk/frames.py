"""Tags the entries of a pandas data frame, for engines such as Ray and Spark.

Ray (`map_batches`) and Spark (`mapInPandas`) call `tag_frame` with one pandas frame at a time; see
docs/guides/scale.md. pandas comes with the extra `dask`, or with the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from classifier.bulk.model_cache import LOCK, cached_classifier_for_bulk
from classifier.errors import EntriesError
from classifier.journal.columns import ColumnOptions, choose_columns, entry_of
from classifier.journal.entry import Entry, Unreadable
from classifier.options import DEFAULTS, Options
from classifier.report.rows import as_row

if TYPE_CHECKING:
    import pandas as pd

NOT_READ: Final = "not_read"
"""Status of a row without text. The row's `reason` is a sentence."""

RESULT_COLUMNS: Final = ("id", "status", "reason", "tags", "any_label", "probabilities", "model")


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
        A frame with one entry per row.
    text_column, id_column
        Columns of the text and the id. By default, columns with usual names are chosen. A row without an id gets its
        index as id.
    model
        Name of a model of the package, path or URL of an artifact. None means the default model.
        A process loads each model once.
    options
        Which tags to set, as in `Classifier.tag`.
    with_text
        Whether each tag contains its sentence.

    Returns
    -------
    A frame with the same index and the columns `RESULT_COLUMNS`. A cell of `tags` is a list of dicts, a cell of
    `probabilities` is a dict. A row whose text is not a string has the status `not_read`.

    Raises
    ------
    EntriesError
        The frame has no column for the text, or a cell cannot be converted to a plain value.
    """
    import pandas as pd

    items = _items(frame, text_column, id_column)
    readable = [item for item in items if isinstance(item, Entry)]
    with LOCK:
        tagged = list(cached_classifier_for_bulk(model).tag_many([entry.text for entry in readable], options))
    rows = (as_row(entry, result, with_text=with_text) for entry, result in zip(readable, tagged, strict=True))
    return pd.DataFrame(
        [_not_read(item) if isinstance(item, Unreadable) else next(rows) for item in items],
        columns=list(RESULT_COLUMNS),
        index=frame.index,
        dtype=object,
    )


def _items(frame: pd.DataFrame, text_column: str | None, id_column: str | None) -> list[Entry | Unreadable]:
    """Return for each row its entry, or the reason why the row cannot be read."""
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    frame = frame.loc[:, ~frame.columns.duplicated()]  # of columns with the same name, keep the first
    columns = choose_columns(list(frame.columns), ColumnOptions(text_column, id_column))
    if columns.text is None:
        raise EntriesError(f"the data frame has no column for the text; {columns}; name the right one")
    wanted = list(columns.chosen)
    try:
        cells_of = frame[wanted].astype(object).where(frame[wanted].notna(), None)
    except Exception:  # hide the error of pandas, because it may quote somebody's text
        raise EntriesError(f"the data frame has cells in {wanted} that are not plain values in UTF-8") from None
    return [
        entry_of(dict(zip(wanted, cells, strict=True)), columns, source=str(index), default_id=str(index))
        for index, cells in zip(frame.index, cells_of.itertuples(index=False, name=None), strict=True)
    ]


def _not_read(item: Unreadable) -> dict[str, Any]:
    return {"id": item.source, "status": NOT_READ, "reason": item.problem, "tags": [], "probabilities": {}}
