"""Tagged entries as Apache Parquet, by pyarrow, which comes with the extra `parquet`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from classifier.errors import MissingExtra
from classifier.report.rows import SENTENCE, as_row

if TYPE_CHECKING:
    from classifier.report.rowwise import Pairs
    from classifier.taxonomy import Taxonomy

try:
    import pyarrow as pa
    from pyarrow import parquet as pq
except ImportError:
    raise MissingExtra("Parquet", "parquet") from None


class Parquet:
    """One row an entry: tags as a list of structs, probabilities as a struct with a field for each label."""

    def __init__(self, taxonomy: Taxonomy, *, with_text: bool = False) -> None:
        self.schema = schema(taxonomy, with_text=with_text)
        self._with_text = with_text

    def render(self, rows: Pairs) -> bytes:
        """Return some entries as a file of their own."""
        return to_bytes((as_row(entry, tagged, with_text=self._with_text) for entry, tagged in rows), self.schema)

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        """Write the row groups of all parts to one file, one at a time."""
        with pq.ParquetWriter(out, self.schema) as writer:
            for part in parts:
                writer.write_table(pq.read_table(part, schema=self.schema))


def schema(taxonomy: Taxonomy, *, with_text: bool = False) -> Any:
    """Return the columns of a result, as an Arrow schema."""
    evidence = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("weight", pa.float64())])
    tag = [
        ("label", pa.string()),
        ("probability", pa.float64()),
        ("threshold", pa.float64()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("evidence", pa.list_(evidence)),
        *([(SENTENCE, pa.string())] if with_text else []),
    ]
    return pa.schema([
        ("id", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("tags", pa.list_(pa.struct(tag))),
        ("any_label", pa.float64()),
        ("probabilities", pa.struct([(label, pa.float64()) for label in taxonomy.ids])),
        ("model", pa.string()),
    ])  # fmt: skip


def to_bytes(rows: Iterable[dict[str, Any]], columns: Any) -> bytes:
    """Return rows, as `as_row` gives them, as a file; probabilities of what could not be judged are null."""
    out = io.BytesIO()
    table = [
        # half a surrogate pair, which an id can hold, has no UTF-8
        row
        | {"id": row["id"].encode("utf-8", "replace").decode("utf-8"), "probabilities": row["probabilities"] or None}
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(table, schema=columns), out)
    return out.getvalue()
