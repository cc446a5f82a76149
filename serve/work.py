"""Texts in, tagged entries out: the thread that runs the model, and the queue in front of it.

The model runs outside the event loop, in a single thread, because the work holds Python's global interpreter lock: more
threads would only take turns. For more throughput start more processes (`--workers`).

All requests that arrived while the model was busy are tagged in one batch, which shares the fixed cost of a call: in a
batch of eight, an entry of 150 words takes two thirds of the time it takes alone. The thread never waits for a batch to
fill. A long request is tagged in pieces and goes back to the end of the queue after each, so that it does not delay
short ones.
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
"""Code points in a batch: about twenty entries of 150 words, or a fifth of a second."""


class Overloaded(Exception):
    """The queue is full."""


@dataclass(slots=True, eq=False, repr=False)
class _QueuedRequest:
    """The texts of a request, the results so far, and the future that receives them. No repr, because it holds text."""

    texts: Sequence[str]
    options: Options
    future: asyncio.Future[list[TaggedEntry]]
    results: list[TaggedEntry] = field(default_factory=list)

    @property
    def remaining(self) -> Sequence[str]:
        return self.texts[len(self.results) :]


_Batch = list[tuple[_QueuedRequest, list[str]]]
"""Requests with equal options, each with those of its texts that are tagged next."""


class ModelThread:
    """The thread that loads and runs the model.

    Parameters
    ----------
    load
        Loads the model. It is called in the thread.
    on_load_error
        Called in the thread if the model cannot be loaded.
    max_waiting
        Code points that may wait in the queue. A request that would exceed this is refused, unless the queue is empty.
    """

    def __init__(
        self, load: Callable[[], Classifier], *, on_load_error: Callable[[BaseException], None], max_waiting: int
    ) -> None:
        self.classifier: Classifier | None = None
        self._load = load
        self._on_load_error = on_load_error
        self._max_waiting = max_waiting
        self._queue: deque[_QueuedRequest] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._loaded = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    def start(self) -> None:
        """Start the thread, and return before the model is loaded."""
        self._thread.start()

    async def wait_until_loaded(self) -> None:
        """Wait until the model is loaded."""
        await asyncio.to_thread(self._loaded.wait)

    def close(self) -> None:
        """Finish the queue, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    async def tag(self, texts: Sequence[str], options: Options) -> list[TaggedEntry]:
        """Tag texts, and return the results in the same order.

        Raises
        ------
        Overloaded
            The queue is full. Raised at once.
        """
        request = _QueuedRequest(texts, options, asyncio.get_running_loop().create_future())
        with self._changed:
            if self._queue and _characters([*self._queue, request]) > self._max_waiting:
                raise Overloaded
            self._queue.append(request)
            self._changed.notify()
        return await request.future

    def _run(self) -> None:
        try:
            classifier = self._load()
            # The first text takes longer than later ones, because it loads word lists.
            classifier.tag("Slept badly. Coffee, then the bus to work in the rain.")
        except BaseException as error:
            self._on_load_error(error)
            return
        gc.collect()
        gc.freeze()  # the model stays in memory; scanning it in every collection takes longer than tagging an entry
        self.classifier = classifier
        self._loaded.set()
        while batch := self._next_batch():
            self._tag_batch(classifier, batch)

    def _next_batch(self) -> _Batch:
        """Wait for requests, and return a batch; an empty one once the thread should end."""
        with self._changed:
            while True:
                self._queue = deque(request for request in self._queue if not request.future.done())  # not cancelled
                if self._queue:
                    return self._take_batch()
                if self._closed:
                    return []
                self._changed.wait()

    def _take_batch(self) -> _Batch:
        """Take requests with the options of the first one off the queue, until the batch is full."""
        batch: _Batch = []
        texts = characters = 0
        options = self._queue[0].options
        for request in [request for request in self._queue if request.options == options]:
            piece: list[str] = []
            for text in request.remaining:
                # The first text is always taken, however long.
                if texts and (texts == _BATCH_TEXTS or characters + len(text) > _BATCH_CHARACTERS):
                    break
                piece.append(text)
                texts, characters = texts + 1, characters + len(text)
            if piece:
                self._queue.remove(request)
                batch.append((request, piece))
        return batch

    def _tag_batch(self, classifier: Classifier, batch: _Batch) -> None:
        options = batch[0][0].options
        try:
            tagged = list(classifier.tag_many([text for _, piece in batch for text in piece], options))
        except Exception as error:
            if len(batch) == 1:
                _finish(batch[0][0], error)
            else:  # try each request alone, so that only the one that causes the error fails
                for part in batch:
                    self._tag_batch(classifier, [part])
            return
        for request, piece in batch:
            request.results.extend(tagged[: len(piece)])
            del tagged[: len(piece)]
            if request.remaining:
                with self._changed:
                    self._queue.append(request)
            else:
                _finish(request, request.results)


def _characters(requests: Iterable[_QueuedRequest]) -> int:
    return sum(len(text) for request in requests for text in request.remaining)


def _finish(request: _QueuedRequest, outcome: list[TaggedEntry] | Exception) -> None:
    """Set the result of a request's future, in the event loop that waits for it."""

    def set_outcome() -> None:
        if request.future.done():  # cancelled, because the client is gone or the time is over
            return
        if isinstance(outcome, Exception):
            request.future.set_exception(outcome)
        else:
            request.future.set_result(outcome)

    with suppress(RuntimeError):  # the event loop was closed by a forced stop
        request.future.get_loop().call_soon_threadsafe(set_outcome)
