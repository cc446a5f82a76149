"""Tags the entries of one part and stores the result. Local processes and Dask workers use the same function."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from classifier.bulk.model_cache import LOCK, cached_classifier_for_bulk, identity
from classifier.bulk.parts import Parts
from classifier.journal.columns import ColumnOptions
from classifier.journal.entry import Entry, Unreadable
from classifier.model.artifact import Manifest
from classifier.options import DEFAULTS, Options
from classifier.report.formats import PartFormat, ReportSettings, find_format
from classifier.report.model_card import ModelCard
from classifier.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How entries are read, tagged and written. The result depends on the job and the input files only.

    Parameters
    ----------
    format
        Name of the output format.
    model
        Name of a model of the package, path or URL of an artifact; None for the default model.
    options
        Which tags to set, as in `Classifier.tag`.
    with_text
        Whether the result contains the tagged sentences.
    columns
        Columns or fields to read. By default, those with usual names are chosen.
    """

    format: str
    model: str | None = None
    options: Options = DEFAULTS
    with_text: bool = False
    columns: ColumnOptions = field(default_factory=ColumnOptions)

    def plan(self, manifest: Manifest, **more: Any) -> dict[str, Any]:
        """Return everything that the result depends on, as values for JSON. `more` adds items at the start."""
        settings = asdict(self)
        del settings["model"]  # `identity` has its SHA-256 instead, because a model can move
        return {**more, **identity(manifest), **settings}

    def part_format(self, manifest: Manifest) -> PartFormat:
        """Return the object that renders and joins parts.

        Raises
        ------
        UnknownName
            The model does not have a label or operating point that an option names.
        MissingExtra
            The format needs a library that is not installed.
        """
        settings = ReportSettings(
            taxonomy=Taxonomy.from_dict(manifest.taxonomy),
            model=ModelCard.from_manifest(manifest, self.options),
            with_text=self.with_text,
        )
        return find_format(self.format).part_format(settings)


def tag_part(number: int, items: Sequence[Entry | Unreadable], parts: Parts, job: Job) -> None:
    """Tag the entries of a part. Store the result, and the unreadable rows. This function can run in any process."""
    entries = [item for item in items if isinstance(item, Entry)]
    with LOCK:
        classifier = cached_classifier_for_bulk(job.model)
        tagged = list(classifier.tag_many((entry.text for entry in entries), job.options))
    content = job.part_format(classifier.manifest).render(list(zip(entries, tagged, strict=True)))
    rejected = "".join(json.dumps(item.as_dict()) + "\n" for item in items if isinstance(item, Unreadable))
    parts.put(number, content, rejected.encode())
