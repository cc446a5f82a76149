"""Measures how the metrics on real posts depend on the number of entries and thoughts trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from classifier.model.scoring import score
from classifier.taxonomy import Taxonomy
from training.corpus.entries import CorpusError
from training.corpus.sentences import Sentences
from training.evaluation import Progress, no_progress
from training.measure.figures import first_draw, measure
from training.trainer import fit, require_support

SHARES = (0.25, 0.5, 0.75)
"""Shares of the texts to train on, besides all of them."""

ORDERS = 2
"""Number of random orders of the texts. Each order gives another part of the same share."""


def learning_curves(
    data: Sentences, posts: Sentences, taxonomy: Taxonomy, *, progress: Progress = no_progress
) -> dict[str, list[dict[str, Any]]]:
    """Train on parts of the entries with all thoughts, and on parts of the thoughts with all entries.

    Parts with too few examples of a label are skipped.

    Parameters
    ----------
    data
        The corpus.
    posts
        Annotated posts to measure on.
    taxonomy
        The labels.
    progress
        Shows how many parts are done.

    Returns the rows of two curves, `entries` and `thoughts`. There is one row per share and random order, with the
    number of texts and the metrics `tagged_at_all` on the posts.
    """
    kinds = {"entries": ~data.thoughts, "thoughts": data.thoughts}
    parts = [(kind, share, order) for kind in kinds for share in SHARES for order in range(ORDERS)]
    curves: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for kind, share, order in progress(parts, len(parts)):
        texts = np.random.default_rng(order).permutation(np.unique(data.entries[kinds[kind]]))
        count = int(share * len(texts))
        part = data.take(~kinds[kind] | np.isin(data.entries, texts[:count]))
        try:
            require_support(part, taxonomy)
        except CorpusError:
            continue
        curves[kind].append({"texts": count, "order": order, **_ranking_on(posts, part)})
    whole = _ranking_on(posts, data)  # the last point of both curves
    for kind, mask in kinds.items():
        curves[kind].append({"texts": len(np.unique(data.entries[mask])), "order": 0, **whole})
    return curves


def _ranking_on(posts: Sentences, data: Sentences) -> dict[str, Any]:
    """Train on sentences, and return the metrics `tagged_at_all` on the posts."""
    fitted, _ = fit(data)
    return first_draw(measure(posts, expit(score(fitted, posts.rows).log_odds), {})["tagged_at_all"])
