"""Runs the model in a thread that takes requests from a queue.

The thread keeps the event loop free. There is only one, because tagging holds Python's global interpreter lock, so more
threads would only take turns. For more throughput, start more processes (`--workers`).

All requests that arrive while the model is busy are tagged in one batch, because each call of the model has a fixed
cost. In a batch of eight, an entry of 150 words takes two thirds of the time that it takes alone. The thread never
waits for a batch to fill. A long request is tagged in pieces. After each piece, the request goes back to the end of the
queue, so that it does not delay short requests.
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
"""Maximum number of code points in a batch: about twenty entries of 150 words, which take a fifth of a second."""


class Overloaded(Exception):
    """The queue is full, so the request is refused."""


@dataclass(slots=True, eq=False, repr=False)
class _QueuedRequest:
    """The texts of a request, its results so far, and the future for all results. A repr would show text."""

    texts: Sequence[str]
    options: Options
    future: asyncio.Future[list[TaggedEntry]]
    results: list[TaggedEntry] = field(default_factory=list)

    @property
    def remaining(self) -> Sequence[str]:
        """The texts that are not tagged yet."""
        return self.texts[len(self.results) :]


_Batch = list[tuple[_QueuedRequest, list[str]]]
"""Requests with equal options, each with the texts to tag in this batch."""


class ModelThread:
    """The thread that loads and runs the model.

    Parameters
    ----------
    load
        Loads the model. Called in the thread.
    on_load_error
        Called in the thread if the model cannot be loaded.
    max_waiting
        Maximum number of code points in the queue. A request beyond this maximum is refused, unless the queue is empty.
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
        """Start the thread. Returns before the model is loaded."""
        self._thread.start()

    async def wait_until_loaded(self) -> None:
        """Wait until the model is loaded."""
        await asyncio.to_thread(self._loaded.wait)

    def close(self) -> None:
        """Tag the requests that are still in the queue, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    async def tag(self, texts: Sequence[str], options: Options) -> list[TaggedEntry]:
        """Tag texts, and return the results in the same order.

        Raises
        ------
        Overloaded
            The queue is full. Raised at once, before any text is tagged.
        """
        request = _QueuedRequest(texts, options, asyncio.get_running_loop().create_future())
        with self._changed:
            if self._queue and _characters([*self._queue, request]) > self._max_waiting:
                raise Overloaded
            self._queue.append(request)
            self._changed.notify()
        return await request.future

    def _run(self) -> None:
        """Load the model, then tag batches until the thread is closed."""
        try:
            classifier = self._load()
            # Tag one text now: the first call loads word lists, so it is slower than later calls.
            classifier.tag("Slept badly. Coffee, then the bus to work in the rain.")
        except BaseException as error:
            self._on_load_error(error)
            return
        gc.collect()
        gc.freeze()  # exempts the model from garbage collection: a scan of it takes longer than tagging an entry
        self.classifier = classifier
        self._loaded.set()
        while batch := self._next_batch():
            self._tag_batch(classifier, batch)

    def _next_batch(self) -> _Batch:
        """Wait for requests, and return a batch. Returns an empty batch when the thread should end."""
        with self._changed:
            while True:
                # Drop cancelled requests.
                self._queue = deque(request for request in self._queue if not request.future.done())
                if self._queue:
                    return self._take_batch()
                if self._closed:
                    return []
                self._changed.wait()

    def _take_batch(self) -> _Batch:
        """Take requests that have the same options as the first one off the queue, until the batch is full."""
        batch: _Batch = []
        texts = characters = 0
        options = self._queue[0].options
        for request in [request for request in self._queue if request.options == options]:
            piece: list[str] = []
            for text in request.remaining:
                # Always take the first text, even if it is longer than a batch.
                if texts and (texts == _BATCH_TEXTS or characters + len(text) > _BATCH_CHARACTERS):
                    break
                piece.append(text)
                texts, characters = texts + 1, characters + len(text)
            if piece:
                self._queue.remove(request)
                batch.append((request, piece))
        return batch

    def _tag_batch(self, classifier: Classifier, batch: _Batch) -> None:
        """Tag a batch. Finish the requests that are complete, and put the others back into the queue."""
        options = batch[0][0].options
        try:
            tagged = list(classifier.tag_many([text for _, piece in batch for text in piece], options))
        except Exception as error:
            if len(batch) == 1:
                _finish(batch[0][0], error)
            else:  # tag each request alone, so that only the request that causes the error fails
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
    """Return the number of code points that are not tagged yet."""
    return sum(len(text) for request in requests for text in request.remaining)


def _finish(request: _QueuedRequest, outcome: list[TaggedEntry] | Exception) -> None:
    """Set the result of a request's future in the future's event loop, because futures are not thread-safe."""

    def set_outcome() -> None:
        if request.future.done():  # cancelled, because the client disconnected or the time limit passed
            return
        if isinstance(outcome, Exception):
            request.future.set_exception(outcome)
        else:
            request.future.set_result(outcome)

    with suppress(RuntimeError):  # a forced stop has closed the event loop
        request.future.get_loop().call_soon_threadsafe(set_outcome)
