"""Knows the models that the package contains, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MODELS: Final = {
    "default": "the best model, with an encoder",
    "fast": "without an encoder: several times as fast, but misses more",
}
"""The names of the models of the package, with a description."""


def model_file(model: str | Path | None) -> Path:
    """Return the file of a model: that of a model of the package for its name, else the given path.

    None means `default`. Write `./fast` for a file that is called like a model of the package.
    """
    name = "default" if model is None else str(model)
    return Path(__file__).with_name(f"{name}.thoughtmark") if name in MODELS else Path(name)
