"""Text in, text that a stream can hold out."""

from __future__ import annotations

from typing import TextIO


def encodable(text: str, out: TextIO) -> str:
    """Return the text with `?` for what the stream's encoding lacks, such as a lone surrogate in UTF-8."""
    encoding = out.encoding or "utf-8"  # io.StringIO has none
    return text.encode(encoding, "replace").decode(encoding)
