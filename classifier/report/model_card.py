"""Takes the facts that a report states about the model from the model's manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
        if real := manifest.quality.get("on_real_posts"):
            metrics = real["operating_points"][options.operating_point]
            any_tag = metrics["any_tag"]
            steps = tuple((row["tags"], row["right"]) for row in metrics["by_probability"])
            measured = (
                f"On {real['counts']['entries']} forum posts by people in recovery, which the model was not trained "
                f"on, {any_tag['precision']:.0%} of the sentences it marked were marked by two annotators too, "
                f"and it found {any_tag['recall']:.0%} of theirs."
            )
        return cls(manifest.version, options.operating_point, thresholds, measured, steps)
