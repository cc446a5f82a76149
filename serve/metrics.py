"""Counts and times for Prometheus: no text, no ids, no key.

With several workers each writes its numbers to files of a folder that `PROMETHEUS_MULTIPROC_DIR` names, and whichever
worker is asked adds them up (prometheus.github.io/client_python/multiprocess).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from classifier import TaggedEntry
from serve.logs import Line

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The numbers of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "thoughtmark_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "thoughtmark_request_seconds",
            "Seconds from the first byte of a request to its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "thoughtmark_in_flight", "Requests under way.", registry=self.registry, multiprocess_mode="livesum"
        )
        self.entries = Counter("thoughtmark_entries", "Entries judged.", ("status",), registry=self.registry)
        self.tags = Counter("thoughtmark_tags", "Tags given.", ("label",), registry=self.registry)
        self.cannot_judge = Counter(
            "thoughtmark_cannot_judge", "Entries that could not be judged.", ("reason",), registry=self.registry
        )

    def answered(self, line: Line) -> None:
        """Count a request; one whose client had gone counts under the status `gone`."""
        self.requests.labels(line.method, line.route, str(line.status or "gone")).inc()
        self.seconds.labels(line.route).observe(line.ms / 1000)

    def tagged(self, entries: Iterable[TaggedEntry]) -> None:
        """Count entries and their tags."""
        for entry in entries:
            self.entries.labels(entry.status).inc()
            if entry.reason is not None:
                self.cannot_judge.labels(entry.reason).inc()
            for tag in entry.tags:
                self.tags.labels(tag.label).inc()

    def text(self) -> bytes:
        """Return all numbers in Prometheus' text format, those of the other workers added."""
        folder = os.environ.get(FOLDER)
        if folder is None:
            return generate_latest(self.registry)
        _forget_dead_workers(Path(folder))
        every = CollectorRegistry()
        MultiProcessCollector(every)
        return generate_latest(every)


def _forget_dead_workers(folder: Path) -> None:
    """Take the gauges of workers out that have died, since what they had under way is over."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rsplit("_", 1)[1])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)
