"""Invented public sets, written in the files and columns of the real ones."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from training.benchmark.public_sets import PUBLIC_SETS


def write_set(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    """Write the rows of a set to its file."""
    file = folder / PUBLIC_SETS[name].file
    if file.suffix == ".jsonl":
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        return
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
