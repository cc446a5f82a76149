"""Defines `Options`: which labels to look for, and how sure the model must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which labels to look for, and how sure the model must be. Library, command and API have the same options.

    Parameters
    ----------
    operating_point
        The set of thresholds to use: `balanced` gives fewer false alarms, and `sensitive` misses fewer tags.
    labels
        The ids of the labels to look for. None means all labels but the experimental ones of the model.
    min_probability
        The lowest probability of a tag, from 0 to 1. It has an effect only if it is above the label's own threshold.
    evidence
        Whether each tag lists the words that raised its probability. Listing them takes some time.
    """

    operating_point: str = "balanced"
    labels: tuple[str, ...] | None = None
    min_probability: float = 0.0
    evidence: bool = True


DEFAULTS = Options()
