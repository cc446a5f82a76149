"""Reads the entries of a ZIP archive (.zip) that Day One, Journey or Google Takeout exported.

The JSON files in the archive are read. All others, such as photos, are not unpacked; an `Unreadable` says how many
there are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from classifier.journal.archive import damage_reported, open_archive
from classifier.journal.columns import ColumnOptions
from classifier.journal.decoding import without_surrogates
from classifier.journal.entry import Entry, FileProblem, Unreadable
from classifier.journal.json_export import read_json

_NO_JSON = (
    "is an archive without .json files; expected an export of Day One, Journey or Google Keep; unpack it, and give its "
    "folder"
)


def read_zip(stream: BinaryIO, wanted: ColumnOptions, *, source: str, name: str) -> Iterator[Entry | Unreadable]:
    """Yield the entries of each JSON file in an archive. The parameters are those of `formats.Read`.

    As in a folder, hidden files are skipped.
    """
    with open_archive(stream, "ZIP archive") as archive:
        paths = [PurePosixPath(member) for member in archive.namelist() if not member.endswith("/")]
        visible = [path for path in paths if not any(part.startswith((".", "__MACOSX")) for part in path.parts)]
        journals = [path for path in visible if path.suffix == ".json"]
        if not journals:
            raise FileProblem(_NO_JSON)
        for path in journals:
            place = f"{source}/{without_surrogates(str(path))}"
            inner = f"{name}/{without_surrogates(str(path.with_suffix('')))}"
            try:
                with damage_reported("JSON file"):
                    content = io.BytesIO(archive.read(str(path)))
                yield from read_json(content, wanted, source=place, name=inner)
            except FileProblem as problem:
                yield Unreadable(place, str(problem))
    others = len(visible) - len(journals)
    if others:
        yield Unreadable(
            source, f"contains files that are not read ({others}), such as photos; its .json files are read"
        )
