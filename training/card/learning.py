"""How much the model gains from more of each kind of text, measured on real posts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy.special import expit

from classifier.model.scoring import score
from training.corpus.entries import CorpusError, Sentences
from training.measure.scores import measure
from training.trainer import fit

SHARES = (0.25, 0.5, 0.75)
ORDERS = 2

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def learning_curves(
    data: Sentences,
    posts: Sentences,
    check: Callable[[Sentences], None],
    *,
    progress: Progress = lambda items, total: items,
) -> dict[str, list[dict[str, Any]]]:
    """Train on part of the entries with all thoughts, and on part of the thoughts with all entries.

    Parameters
    ----------
    data
        The corpus.
    posts
        Annotated posts to measure on.
    check
        Raises `CorpusError` where a part does not support the labels; such parts are left out.
    progress
        Wraps the parts to show how far it is.

    Returns for `entries` and `thoughts` one row for each share and random order: how many texts there were, and the
    figures of `measure` for "tagged at all".
    """
    kinds = {"entries": ~data.thoughts, "thoughts": data.thoughts}
    parts = [(kind, share, order) for kind in kinds for share in SHARES for order in range(ORDERS)]
    curves: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for kind, share, order in progress(parts, len(parts)):
        texts = np.random.default_rng(order).permutation(np.unique(data.entries[kinds[kind]]))
        count = int(share * len(texts))
        part = data.take(~kinds[kind] | np.isin(data.entries, texts[:count]))
        try:
            check(part)
        except CorpusError:
            continue
        curves[kind].append({"texts": count, "order": order, **tagged_at_all(part, posts)})
    whole = tagged_at_all(data, posts)
    for kind, mask in kinds.items():
        curves[kind].append({"texts": len(np.unique(data.entries[mask])), "order": 0, **whole})
    return curves


def tagged_at_all(data: Sentences, posts: Sentences) -> dict[str, float]:
    """Train on sentences, and return AUC and AP of "tagged at all" on the posts, by sentence and by entry."""
    fitted, _ = fit(data)
    probabilities = expit(score(fitted, posts.rows).log_odds)
    found: dict[str, float] = measure(posts, probabilities, {}, ())["tagged_at_all"]
    return found
