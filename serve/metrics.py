"""Counts and times requests for Prometheus. The metrics hold no text, no IDs and no API keys.

Several workers share their metrics through files in the folder that `PROMETHEUS_MULTIPROC_DIR` names. Any worker can
answer `/metrics`, because it adds up the metrics of all workers (prometheus.github.io/client_python/multiprocess).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from classifier import TaggedEntry
from serve.logs import RequestRecord

MULTIPROC_DIR: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The metrics of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "thoughtmark_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "thoughtmark_request_seconds",
            "Seconds from the first byte of a request to the end of its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        # "livesum" adds up the values of the workers that are alive.
        self.in_flight = Gauge(
            "thoughtmark_in_flight", "Requests in progress.", registry=self.registry, multiprocess_mode="livesum"
        )
        self.entries = Counter("thoughtmark_entries", "Entries by outcome.", ("status",), registry=self.registry)
        self.tags = Counter("thoughtmark_tags", "Tags given.", ("label",), registry=self.registry)
        self.cannot_judge = Counter(
            "thoughtmark_cannot_judge", "Entries that could not be judged.", ("reason",), registry=self.registry
        )

    def count_request(self, record: RequestRecord) -> None:
        """Count a finished request. Its status is `gone` if the client closed the connection before the answer."""
        self.requests.labels(record.method, record.route, str(record.status or "gone")).inc()
        self.seconds.labels(record.route).observe(record.ms / 1000)

    def count_entries(self, entries: Iterable[TaggedEntry]) -> None:
        """Count entries by outcome (tagged, no tags or not judged), and their tags by label."""
        for entry in entries:
            self.entries.labels(entry.status).inc()
            if entry.reason is not None:
                self.cannot_judge.labels(entry.reason).inc()
            for tag in entry.tags:
                self.tags.labels(tag.label).inc()

    def render(self) -> bytes:
        """Return the metrics in Prometheus' text format, added up over all workers."""
        folder = os.environ.get(MULTIPROC_DIR)
        if folder is None:  # there is only one worker
            return generate_latest(self.registry)
        _remove_dead_workers(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)


def _remove_dead_workers(folder: Path) -> None:
    """Remove the gauges of workers that have died, because none of their requests is still in progress."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rsplit("_", 1)[1])
        try:
            os.kill(pid, 0)  # signal 0 only checks that the process exists
        except ProcessLookupError:
            mark_process_dead(pid)
