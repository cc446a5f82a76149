"""Texts in, tagged entries out, off the event loop: one thread with the model, and a bounded queue before it.

Whatever has gathered while the model was busy goes through it together, since its overhead is then shared
(a 150-word entry takes two thirds of the time in a batch of eight that it takes alone). Nobody waits for a
batch to fill. A long request is done in pieces and goes to the back of the queue after each, so that a short one
behind it is not kept waiting.

One thread, because the work holds Python's interpreter lock: more threads would only take turns. More processes are
`--workers`.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from classifier import Classifier, Options, TaggedEntry

_BATCH_TEXTS: Final = 32
_BATCH_CHARACTERS: Final = 16_000
"""Code points that go through the model together, about twenty entries of 150 words and a fifth of a second."""


class Overloaded(Exception):
    """More work is waiting than will be done soon."""


@dataclass(slots=True, eq=False, repr=False)
class _Job:
    """The texts of one request, what is done of them, and where the result is awaited."""

    texts: Sequence[str]
    options: Options
    done: asyncio.Future[list[TaggedEntry]]
    results: list[TaggedEntry] = field(default_factory=list)

    @property
    def left(self) -> Sequence[str]:
        return self.texts[len(self.results) :]


_Batch = list[tuple[_Job, list[str]]]
"""Jobs with the same options, each with the texts of it that are done next."""


class Work:
    """The model at work.

    Parameters
    ----------
    load
        Loads the model; called in the thread, which is its home from then on.
    failed
        Called in the thread where the model cannot be loaded.
    most_waiting
        Code points that may wait. A job is turned away where it would wait behind others past this; one that has
        nothing before it is always taken.
    """

    def __init__(
        self, load: Callable[[], Classifier], *, failed: Callable[[BaseException], None], most_waiting: int
    ) -> None:
        self.classifier: Classifier | None = None
        self._load = load
        self._failed = failed
        self._most_waiting = most_waiting
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._loaded = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    def start(self) -> None:
        """Load the model and begin, while the caller goes on."""
        self._thread.start()

    async def loaded(self) -> None:
        """Wait until the model is loaded."""
        await asyncio.to_thread(self._loaded.wait)

    def close(self) -> None:
        """Do what is waiting, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    async def tag(self, texts: Sequence[str], options: Options) -> list[TaggedEntry]:
        """Tag texts, in their order.

        Raises
        ------
        Overloaded
            Too much is waiting; raised at once.
        """
        job = _Job(texts, options, asyncio.get_running_loop().create_future())
        with self._changed:
            if self._jobs and _characters([*self._jobs, job]) > self._most_waiting:
                raise Overloaded
            self._jobs.append(job)
            self._changed.notify()
        return await job.done

    def _run(self) -> None:
        try:
            classifier = self._load()
            classifier.tag("The first text takes longer, since word lists are read for it.")
        except BaseException as error:
            self._failed(error)
            return
        gc.collect()
        gc.freeze()  # what is loaded stays, so no collection need look through it, which takes longer than an entry
        self.classifier = classifier
        self._loaded.set()
        while batch := self._next():
            self._do(classifier, batch)

    def _next(self) -> _Batch:
        """Wait for work, and take some; nothing at the end."""
        with self._changed:
            while True:
                self._jobs = deque(job for job in self._jobs if not job.done.done())  # the others nobody awaits
                if self._jobs:
                    return self._gather()
                if self._closed:
                    return []
                self._changed.wait()

    def _gather(self) -> _Batch:
        batch: _Batch = []
        texts = characters = 0
        options = self._jobs[0].options
        for job in [job for job in self._jobs if job.options == options]:
            piece: list[str] = []
            for text in job.left:
                if texts and (texts == _BATCH_TEXTS or characters + len(text) > _BATCH_CHARACTERS):
                    break
                piece.append(text)
                texts, characters = texts + 1, characters + len(text)
            if piece:
                self._jobs.remove(job)
                batch.append((job, piece))
        return batch

    def _do(self, classifier: Classifier, batch: _Batch) -> None:
        options = batch[0][0].options
        try:
            tagged = list(classifier.tag_many([text for _, piece in batch for text in piece], options))
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][0], error)
            else:  # one request's trouble is not another's
                for part in batch:
                    self._do(classifier, [part])
            return
        for job, piece in batch:
            job.results.extend(tagged[: len(piece)])
            del tagged[: len(piece)]
            if job.left:
                with self._changed:
                    self._jobs.append(job)
            else:
                _settle(job, job.results)


def _characters(jobs: Iterable[_Job]) -> int:
    return sum(len(text) for job in jobs for text in job.left)


def _settle(job: _Job, outcome: list[TaggedEntry] | Exception) -> None:
    def settle() -> None:
        if job.done.done():  # the request has been given up
            return
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)

    with suppress(RuntimeError):  # the loop was closed by force
        job.done.get_loop().call_soon_threadsafe(settle)
