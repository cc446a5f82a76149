"""Figures of a model and of its baselines in, the result of a benchmark out, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from training.benchmark.published import REFERENCES, Reference
from training.measure.metrics import Values, draws, estimate

Measured = Mapping[str, Values]
"""By measure, one value per bootstrap draw."""

Answers = TypeVar("Answers")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the model, and the same figure of its baselines.

    value, low, high
        The figure, and its 95% bootstrap interval over texts.
    floor
        The figure of an answer without reading: always the most common label.
    baseline
        The figure of the textbook baseline.
    count
        Number of texts.
    """

    task: str
    data: str
    measure: str
    value: float
    low: float
    high: float
    floor: float
    baseline: float
    count: int

    @property
    def reference(self) -> Reference:
        """Published figures, human agreement and target."""
        return REFERENCES.get((self.task, self.data, self.measure), Reference())

    @property
    def reached(self) -> bool:
        """Whether the figure meets the project's target."""
        target = self.reference.reach
        return target is not None and (self.value <= target if self.reference.lower else self.value >= target)

    def as_dict(self) -> dict[str, Any]:
        """Return the figure with its references; undefined figures are None."""
        own = {
            name: None if isinstance(value, float) and isnan(value) else value for name, value in asdict(self).items()
        }
        return {**own, **asdict(self.reference)}


@dataclass(frozen=True, slots=True)
class TaskResult:
    """Figures on one data set.

    left_out
        Label names of the set that none of the project's labels stands for; None if the task trains on the set's own.
    """

    figures: list[Figure]
    left_out: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """The result of a run.

    left_out
        By data set, the label names that none of the project's labels stands for.
    skipped
        A sentence for each data set that does not exist.
    """

    model: str
    figures: tuple[Figure, ...]
    left_out: Mapping[str, tuple[str, ...]]
    skipped: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "figures": [figure.as_dict() for figure in self.figures]}


def compare(
    task: str,
    data: str,
    count: int,
    measure: Callable[[Answers, NDArray[np.float64]], Measured],
    *,
    model: Answers,
    textbook: Answers,
    floor: Answers,
) -> list[Figure]:
    """Measure the answers of the model and of its baselines to `count` texts; return one figure for each measure.

    `measure` takes answers and bootstrap weights, shape (draws, texts). The baselines are measured without intervals.
    """
    weights = draws(count)
    of_textbook, of_floor = measure(textbook, weights[:1]), measure(floor, weights[:1])
    return [
        Figure(
            task,
            data,
            name,
            **asdict(estimate(values)),
            floor=float(of_floor[name][0]),
            baseline=float(of_textbook[name][0]),
            count=count,
        )
        for name, values in measure(model, weights).items()
    ]
