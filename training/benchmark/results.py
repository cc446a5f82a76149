"""Measures the model beside its baselines, and holds the results of a benchmark."""

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
"""One value per bootstrap draw, by the name of the measure."""

Answers = TypeVar("Answers")
"""Whatever a task measures: a judge, scores, or predictions."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One result of the model, and the same result of its baselines.

    value, low, high
        The result, and its 95% bootstrap interval over texts.
    floor
        The result of the trivial baseline, which always gives the most common answer.
    baseline
        The result of the textbook baseline.
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
        """The published results, human agreement and target for this result."""
        return REFERENCES.get((self.task, self.data, self.measure), Reference())

    @property
    def reached(self) -> bool:
        """Whether the result meets the project's target."""
        target = self.reference.reach
        return target is not None and (self.value <= target if self.reference.lower else self.value >= target)

    def as_dict(self) -> dict[str, Any]:
        """Return the result with its reference, as plain data. Undefined numbers are None."""
        own = {
            name: None if isinstance(value, float) and isnan(value) else value for name, value in asdict(self).items()
        }
        return {**own, **asdict(self.reference)}


@dataclass(frozen=True, slots=True)
class TaskResult:
    """Results of one task on one data set.

    left_out
        Labels of the set without a counterpart in the project. None if the task trains on the set's own labels.
    """

    figures: list[Figure]
    left_out: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """The results of a run of the benchmark.

    left_out
        By data set, the labels without a counterpart in the project.
    skipped
        A message for each data set that does not exist.
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
    """Measure the answers of the model and of its baselines to `count` texts. Return one `Figure` for each measure.

    `measure` takes answers and bootstrap weights of shape (draws, texts). The baselines get no intervals.
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
