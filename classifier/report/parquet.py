"""Writes Apache Parquet with one row per entry. This needs pyarrow, which the extra `parquet` installs."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from classifier.errors import MissingExtra
from classifier.report.rows import SENTENCE, as_row

if TYPE_CHECKING:
    from classifier.report.formats import Pairs, ReportSettings
    from classifier.taxonomy import Taxonomy

try:
    import pyarrow as pa
    from pyarrow import parquet as pq
except ImportError:
    raise MissingExtra("Parquet", "parquet") from None


class ParquetParts:
    """Writes parts that are complete files. Tags are a list of structs. Probabilities have one field per label."""

    def __init__(self, settings: ReportSettings) -> None:
        self._schema = _schema(settings.taxonomy, with_text=settings.with_text)
        self._with_text = settings.with_text

    def render(self, pairs: Pairs) -> bytes:
        """Return some entries as a file. If an entry could not be judged, its probabilities are null."""
        out = io.BytesIO()
        rows = [self._row(as_row(entry, tagged, with_text=self._with_text)) for entry, tagged in pairs]
        pq.write_table(pa.Table.from_pylist(rows, schema=self._schema), out)
        return out.getvalue()

    def join(self, parts: Iterable[Path], out: BinaryIO) -> None:
        """Write the row groups of all parts to one file. Only one part at a time is in memory."""
        with pq.ParquetWriter(out, self._schema) as writer:
            for part in parts:
                writer.write_table(pq.read_table(part, schema=self._schema))

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        # Replaces lone surrogates, which UTF-8 cannot hold.
        row_id = row["id"].encode("utf-8", "replace").decode("utf-8")
        return row | {"id": row_id, "probabilities": row["probabilities"] or None}


def _schema(taxonomy: Taxonomy, *, with_text: bool) -> Any:
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
