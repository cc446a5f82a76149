"""Partitions give the rows of a file as if it were read at once, however it is cut."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from classifier.journal.columns import ColumnOptions
from classifier.journal.reader import read_entries

pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")

from classifier.bulk import partitions


@settings(deadline=None)  # many small files
@given(
    texts=st.lists(st.one_of(st.just(""), st.text("ab \u00e9{", max_size=30)), min_size=1, max_size=12),
    end=st.sampled_from(["", "\n"]),
    size=st.integers(1, 60),
)
def test_blocks_of_lines(texts: list[str], end: str, size: int) -> None:
    """Each row is read once, with its id and its line, for blocks of any size."""
    assume(any(texts))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        path = Path(folder) / "a.jsonl"
        path.write_text("\n".join(t and (t if "{" in t else json.dumps({"text": t})) for t in texts) + end, "utf-8")
        patched.setattr(partitions, "_SMALLEST", size)
        patched.setattr(partitions, "_ENOUGH", 1 << 30)
        files = partitions.find_input_files(str(path), ColumnOptions())
        cut = partitions.cut(files, lambda *blocks: list(map(partitions.count_lines, *blocks)))
        items = [item for partition in cut for item in partition.read(ColumnOptions())]
        assert [replace(item, source=item.source.removeprefix("file://")) for item in items] == list(
            read_entries([path])
        )
