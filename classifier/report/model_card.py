"""Takes the facts that a report states about the model from the model's manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifier.taxonomy import Taxonomy

if TYPE_CHECKING:
    from classifier.model.artifact import Manifest
    from classifier.options import Options


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The facts about the model that tagged, as a report states them.

    Parameters
    ----------
    thresholds
        Lowest probability of a tag, by label id.
    measured
        One or two sentences that say how often the model was right, how much it missed, and on which writing it was
        measured. Empty if it was not measured.
    steps
        Two numbers for each of the five steps of `words.ODDS`, from the lowest step: the tags with such a probability
        on real writing, and how many of these tags were right. Empty if the model was not measured.
    """

    version: str
    operating_point: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    measured: str = ""
    steps: Sequence[tuple[int, int]] = ()

    @classmethod
    def from_manifest(cls, manifest: Manifest, options: Options) -> ModelCard:
        """Return the facts about a model that is used with these options. Raise `UnknownName` for a wrong option."""
        measured = ""
        steps: tuple[tuple[int, int], ...] = ()
        thresholds = manifest.thresholds_for(options)
        if locked := manifest.quality.get("locked_test"):
            metrics = locked["operating_points"][options.operating_point]
            steps = tuple((row["tags"], row["right"]) for row in metrics["by_probability"])
            measured = (
                f"On {locked['counts']['entries']} real posts that the model had never seen, a careful reader would "
                f"have marked or discussed {10 * metrics['marked_or_discussed']:.0f} of 10 sentences that it marked. "
                f"It found {10 * metrics['any_tag']['recall']:.0f} of 10 that the reader marked."
            )
            if manifest.experimental:
                taxonomy = Taxonomy.from_dict(manifest.taxonomy)
                names = ", ".join(taxonomy[label].name.lower() for label in manifest.experimental)
                measured += f" Not looked for unless asked, because unproven: {names}."
        return cls(manifest.version, options.operating_point, thresholds, measured, steps)
