"""Sentences in, measures of repetition out: near copies, shared openings, and words that give a label away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from training.corpus.sentences import Sentences

_MIN_WORDS = 6
"""Texts with fewer words are not compared: they are alike by chance."""

_MIN_TAGGED = 6
"""A word must occur in so many tagged sentences of a label before it can be said to give the label away."""


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word that gives a label away.

    tagged, untagged
        Number of sentences with the word that have the label, and that have no label.
    """

    word: str
    tagged: int
    untagged: int


def plain_words(data: Sentences) -> list[str]:
    """Return the normalized words of each sentence, without punctuation, joined by spaces."""
    return [" ".join([term.text for term in row.words if any(map(str.isalnum, term.text))]) for row in data.rows]


def near_copies(texts: Sequence[str], *, at_least: float) -> list[tuple[int, int, float]]:
    """Return the pairs of texts with at least this Jaccard similarity of their word pairs: (first, second, similarity).

    Texts of fewer than six words are left out.
    """
    long = [i for i, text in enumerate(texts) if len(text.split()) >= _MIN_WORDS]
    if len(long) < 2:
        return []
    pairs = _ngram_counts([texts[i] for i in long], n=2, binary=True)
    sizes = np.asarray(pairs.sum(axis=1)).ravel()
    common = (pairs @ pairs.T).tocoo()  # number of word pairs in common, for all pairs of texts that share any
    upper = common.row < common.col
    first, second, shared = common.row[upper], common.col[upper], common.data[upper]
    jaccard = shared / (sizes[first] + sizes[second] - shared)
    return [
        (long[i], long[j], float(share))
        for i, j, share in zip(first, second, jaccard, strict=True)
        if share >= at_least
    ]


def distinct_share(texts: Sequence[str], *, n: int) -> float:
    """Return the share of different n-grams among all, from 0 to 1 (distinct-n, Li et al. 2016)."""
    if not any(len(text.split()) >= n for text in texts):
        return 0.0
    counts = _ngram_counts(texts, n=n, binary=False)
    return float(counts.shape[1] / counts.sum())


def openings(texts: Sequence[str]) -> Counter[str]:
    """Count the first three words of texts."""
    return Counter(" ".join(text.split()[:3]) for text in texts)


def telling_words(texts: Sequence[str], labels: NDArray[np.bool_], *, most: int = 6) -> list[list[TellingWord]]:
    """Return for each label the words that give it away, the clearest first.

    Ranked by the log-odds ratio of occurring in a sentence with the label rather than in an untagged one, divided by
    its standard error (Monroe et al. 2008, doi:10.1093/pan/mpn018, with a flat prior).

    Parameters
    ----------
    texts
        Sentences as `plain_words` returns them.
    labels
        Shape (sentences, labels).
    most
        Number of words per label; those that occur in no untagged sentence are returned beyond it.
    """
    vectorizer = _vectorizer(1, binary=True)
    counts = vectorizer.fit_transform(texts)
    names = vectorizer.get_feature_names_out()
    untagged = ~labels.any(axis=1)
    outside = np.asarray(counts[untagged].sum(axis=0)).ravel()
    by_label = []
    for column in labels.T:
        inside = np.asarray(counts[column].sum(axis=0)).ravel()
        # Half a sentence is added to each count, so that no logarithm is infinite.
        odds = np.log((inside + 0.5) / (column.sum() - inside + 0.5))
        odds -= np.log((outside + 0.5) / (untagged.sum() - outside + 0.5))
        score = np.where(inside >= _MIN_TAGGED, odds / np.sqrt(1 / (inside + 0.5) + 1 / (outside + 0.5)), -np.inf)
        best = np.argsort(-score, kind="stable")
        words = [TellingWord(str(names[i]), int(inside[i]), int(outside[i])) for i in best if np.isfinite(score[i])]
        by_label.append([*words[:most], *(word for word in words[most:] if not word.untagged)])
    return by_label


def _vectorizer(n: int, *, binary: bool) -> CountVectorizer:
    return CountVectorizer(ngram_range=(n, n), token_pattern=r"\S+", binary=binary, lowercase=False, dtype=np.float32)


def _ngram_counts(texts: Sequence[str], *, n: int, binary: bool) -> csr_matrix:
    return csr_matrix(_vectorizer(n, binary=binary).fit_transform(texts))
