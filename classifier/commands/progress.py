"""Shows progress bars on stderr. If stderr is not a terminal, nothing is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")


@contextmanager
def entries_bar(items: Iterator[Item], again: Callable[[], Iterable[Item]] | None) -> Iterator[Iterator[Item]]:
    """Yield an iterator of the items. The bar counts each item that is taken.

    `again` returns the items once more, which are counted to show the total. None means that the total is not shown.
    """
    if not sys.stderr.isatty():
        yield items
        return
    with _bar() as progress:
        total = sum(1 for _ in again()) if again else None
        yield iter(progress.track(items, total=total))


@contextmanager
def partitions_bar() -> Iterator[Callable[[int, int], None]]:
    """Yield a function that updates the bar. It gets the number of finished partitions and of all partitions."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with _bar() as progress:
        task = progress.add_task("")
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f}/s" if task.speed else "")

    columns = (TextColumn("Tagging"), BarColumn(), MofNCompleteColumn(), Rate(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress
