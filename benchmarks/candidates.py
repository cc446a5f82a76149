"""Compares models under the same cross-validation on real posts; prints docs/records/candidates.md.

Usage: python benchmarks/candidates.py TEXTS     (about 12 minutes on two cores)

TEXTS is the folder of `thoughtmark train-default`. Every candidate learns from the training part of the real posts and
is measured on its whole posts, each judged by models that have not seen it. Differences to the model in use are by a
paired bootstrap over posts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from classifier.model.blend import Blend
from classifier.model.families import FAMILIES
from classifier.model.scoring import clauses_of
from classifier.model.tagger import CalibratedTagger
from classifier.model.vectorizer import SerialFeatureUnion, Vectorizer
from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.files import default_corpus
from training.corpus.project_format import read_corpus
from training.corpus.sentences import Sentences, split_entries
from training.default_model import MIN_POSTS, RealPosts
from training.measure.figures import measure
from training.measure.metrics import draws, estimate
from training.thresholds import choose_thresholds, tags_at

METRICS = {
    "sentence AUC": ("tagged_at_all", "sentence_auc"),
    "sentence AP": ("tagged_at_all", "sentence_ap"),
    "post AUC": ("tagged_at_all", "entry_auc"),
    "post AP": ("tagged_at_all", "entry_ap"),
    "micro-F1": ("operating_points", "balanced", "micro_f1"),
    "marked or discussed": ("operating_points", "balanced", "marked_or_discussed"),
    "found": ("operating_points", "balanced", "any_tag", "recall"),
    "flagged": ("operating_points", "balanced", "over_flagging"),
}
"""For each column of the table, the path of the metric in the result of `measure`."""

INTRODUCTION = """# Candidates

Models under the same cross-validation on real posts, grouped by post. Made by `make candidates`.

Each learns from {sentences} sentences and is measured on the {whole} sentences of whole posts, of which {tagged} have a
label. "Marked or discussed": of the sentences that it marks at `balanced`, the share that the reader marked or doubted.
"Found": of the sentences that the reader marked, the share that it marks. "Flagged": of the posts without a mark or
doubt of the reader, the share in which it marks something. Brackets: 95% interval of the difference to the default
model, by a paired bootstrap over posts.
"""


def linear(data: Sentences, families: list[str], own: Sentences | None) -> NDArray[np.float64]:
    """Return out-of-fold log-odds of the linear model with some families of features, shape (sentences, labels).

    `own` is the second corpus; see `CalibratedTagger`.
    """
    features = SerialFeatureUnion([(name, Vectorizer(FAMILIES[name], min_df=MIN_POSTS)) for name in families])
    features.fit_to_groups(data.rows, data.groups, own.rows if own else ())
    clauses, owners = clauses_of(data.rows)
    tagger = CalibratedTagger(prevalence=None, n_jobs=-1).fit(
        features.transform(data.rows),
        data.labels,
        groups=data.groups,
        thoughts=data.thoughts,
        doubts=data.doubts,
        clauses=features.transform(clauses),
        owners=owners,
        second=(features.transform(own.rows), own.labels) if own else None,
    )
    return np.asarray(logit(np.clip(tagger.oof_probabilities_, 1e-9, 1 - 1e-9)))


def encoder_alone(posts: RealPosts, judged: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return out-of-fold log-odds of the encoder, calibrated over all labels together."""
    own, shared = posts.outputs[:, :-1], np.broadcast_to(posts.outputs[:, -1:], posts.data.labels.shape)
    columns = np.stack([own, shared], axis=2)
    fitted = LogisticRegression(C=10.0).fit(columns[judged].reshape(-1, 2), posts.data.labels[judged].ravel())
    return np.asarray(fitted.decision_function(columns.reshape(-1, 2)).reshape(own.shape))


def candidates(posts: RealPosts) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield the name of each candidate and its log-odds, shape (sentences, labels). The default model comes first."""
    taxonomy, preprocessor = Taxonomy.load(), Preprocessor()
    own = split_entries(read_corpus(default_corpus(), taxonomy), preprocessor, taxonomy)
    judged = posts.data.in_entries & ~posts.data.disputed
    fast = linear(posts.data, list(FAMILIES), own)
    blend = Blend.fit(fast[judged], posts.outputs[judged], posts.data.labels[judged])
    yield "linear model and encoder (`default`)", blend.log_odds_of(fast, posts.outputs)
    yield "linear model (`fast`)", fast
    yield "encoder", encoder_alone(posts, judged)
    yield "linear model without our own corpus", linear(posts.data, list(FAMILIES), None)
    yield "linear model of words and characters alone", linear(posts.data, ["words", "characters"], own)


def metrics_of(data: Sentences, log_odds: NDArray[np.float64], weights: NDArray[np.float64]) -> dict[str, Any]:
    """Return each metric of `METRICS`, one value for each draw."""
    probabilities = expit(log_odds)
    thresholds = choose_thresholds(data.labels[~data.disputed], probabilities[~data.disputed])
    figures = measure(data, probabilities, tags_at(thresholds, probabilities), weights=weights)
    values: dict[str, Any] = {}
    for name, path in METRICS.items():
        value: Any = figures
        for key in path:
            value = value[key]
        values[name] = value
    return values


def main() -> None:
    """Print the page."""
    posts = RealPosts.read(Path(sys.argv[1]), Taxonomy.load())
    whole = posts.data.in_entries
    data = posts.data.take(whole)
    weights = draws(len(np.unique(data.entries[~data.disputed])), 300)
    tagged = int(data.labels.any(axis=1).sum())
    print(INTRODUCTION.format(sentences=len(posts.data.rows), whole=len(data.rows), tagged=tagged))
    print(f"| model | {' | '.join(METRICS)} |\n|---|{'---|' * len(METRICS)}")
    reference: dict[str, Any] = {}
    for name, log_odds in candidates(posts):
        values = metrics_of(data, log_odds[whole], weights)
        cells = []
        for metric, drawn in values.items():
            change = estimate(drawn - reference.get(metric, drawn))
            cells.append(f"{drawn[0]:.3f}" + (f" [{change.low:+.3f} {change.high:+.3f}]" if reference else ""))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
        reference = reference or values


if __name__ == "__main__":
    main()
