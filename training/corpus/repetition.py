"""Measures repetition in texts: near copies, shared openings, and words that give a label away."""

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
"""Texts with fewer words are not compared, because short texts are often alike by chance."""

_MIN_TAGGED = 6
"""A word gives a label away only if it occurs in at least this many sentences with the label."""


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word that gives a label away.

    tagged
        Number of sentences that contain the word and have the label.
    untagged
        Number of sentences that contain the word and have no label.
    """

    word: str
    tagged: int
    untagged: int


def plain_words(data: Sentences) -> list[str]:
    """Return the normalized words of each sentence, without punctuation, joined by spaces."""
    return [" ".join([term.text for term in row.words if any(map(str.isalnum, term.text))]) for row in data.rows]


def near_copies(texts: Sequence[str], *, at_least: float) -> list[tuple[int, int, float]]:
    """Return the pairs of texts whose word pairs have at least this Jaccard similarity.

    Each row is (number of the first text, number of the second, similarity). Texts of fewer than six words are ignored.
    """
    long = [i for i, text in enumerate(texts) if len(text.split()) >= _MIN_WORDS]
    if len(long) < 2:
        return []
    pairs = _ngram_counts([texts[i] for i in long], n=2, binary=True)
    sizes = np.asarray(pairs.sum(axis=1)).ravel()
    common = (pairs @ pairs.T).tocoo()  # word pairs in common, for each two texts that share any
    upper = common.row < common.col  # each pair of texts once, and no text with itself
    first, second, shared = common.row[upper], common.col[upper], common.data[upper]
    jaccard = shared / (sizes[first] + sizes[second] - shared)
    return [
        (long[i], long[j], float(share))
        for i, j, share in zip(first, second, jaccard, strict=True)
        if share >= at_least
    ]


def distinct_share(texts: Sequence[str], *, n: int) -> float:
    """Return the number of distinct n-grams over the number of all n-grams (distinct-n, Li et al. 2016)."""
    if not any(len(text.split()) >= n for text in texts):
        return 0.0
    counts = _ngram_counts(texts, n=n, binary=False)
    return float(counts.shape[1] / counts.sum())


def openings(texts: Sequence[str]) -> Counter[str]:
    """Count how many texts begin with the same three words."""
    return Counter(" ".join(text.split()[:3]) for text in texts)


def telling_words(texts: Sequence[str], labels: NDArray[np.bool_], *, most: int = 6) -> list[list[TellingWord]]:
    """Return for each label the words that give the label away, the clearest first.

    Words are ranked by a log-odds ratio divided by its standard error (Monroe et al. 2008, doi:10.1093/pan/mpn018, with
    a flat prior). The ratio compares how often a word occurs in sentences with the label and in unlabelled sentences.

    Parameters
    ----------
    texts
        Sentences as `plain_words` returns them.
    labels
        Shape (sentences, labels).
    most
        Number of words per label. Further words are added if they occur in no unlabelled sentence.
    """
    vectorizer = _vectorizer(1, binary=True)
    counts = vectorizer.fit_transform(texts)
    names = vectorizer.get_feature_names_out()
    untagged = ~labels.any(axis=1)
    outside = np.asarray(counts[untagged].sum(axis=0)).ravel()
    by_label = []
    for column in labels.T:
        inside = np.asarray(counts[column].sum(axis=0)).ravel()
        # Add half a sentence to each count, so that no logarithm is infinite.
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
