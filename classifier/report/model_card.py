"""Manifest of a model in, the facts that a report states about the model out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.model.artifact import Manifest
    from classifier.options import Options


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a report says about the model that tagged.

    Parameters
    ----------
    thresholds
        Label id and the lowest probability that makes a tag.
    measured
        One or two sentences: how often the model was right, how much it missed, and on what writing. May be empty.
    steps
        For each of the five steps of `words.ODDS`, from the lowest: the number of tags in that range on real writing,
        and how many of them were right. May be empty.
    """

    version: str
    operating_point: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    measured: str = ""
    steps: Sequence[tuple[int, int]] = ()

    @classmethod
    def from_manifest(cls, manifest: Manifest, options: Options) -> ModelCard:
        """Return the facts about a model used with these options; raise `UnknownName` for a wrong option."""
        measured = ""
        steps: tuple[tuple[int, int], ...] = ()
        thresholds = manifest.thresholds_for(options)
        if real := manifest.quality.get("on_real_posts"):
            figures = real["operating_points"][options.operating_point]
            any_tag = figures["any_tag"]
            steps = tuple((row["tags"], row["right"]) for row in figures["by_probability"])
            measured = (
                f"On {real['counts']['entries']} forum posts by people in recovery, which the model was not trained "
                f"on, {any_tag['precision']:.0%} of the sentences it marked were marked by two annotators too, "
                f"and it found {any_tag['recall']:.0%} of theirs."
            )
        return cls(manifest.version, options.operating_point, thresholds, measured, steps)
