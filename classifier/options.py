"""`Options`: what to look for in entries, and how sure the model must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to look for in entries, and how sure the model must be. The same everywhere: library, command and API.

    Parameters
    ----------
    operating_point
        Which set of thresholds decides: `balanced`, with fewer false alarms, or `sensitive`, which misses less.
    labels
        Label ids to look for; None for all.
    min_probability
        Lowest probability of a tag, from 0 to 1. It only matters where it is above the label's own threshold.
    evidence
        Whether each tag lists the words that raised its probability, which takes some time.
    """

    operating_point: str = "balanced"
    labels: tuple[str, ...] | None = None
    min_probability: float = 0.0
    evidence: bool = True


DEFAULTS = Options()
