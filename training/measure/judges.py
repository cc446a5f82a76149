"""Whoever tags, model or baseline: sentences in, log-odds out; and how their answers are measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.model_selection import GroupKFold

from classifier.model.tagger import CalibratedTagger
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor, Sentence
from training.benchmark.textbook import Textbook
from training.corpus.entries import Sentences, read_corpus, sentences
from training.measure.bootstrap import Values, auc, average_precision, f1, share
from training.measure.scores import any_label, by_entry, chance_by_entry
from training.thresholds import OPERATING_POINTS, best_threshold
from training.trainer import check_support

Measured = dict[str, Values]
"""One value a draw for each measure."""

LogOdds = Callable[[list[Sentence]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Judge:
    """Whoever tags: the model, the textbook baseline, or the floor.

    log_odds
        From sentences to an array of shape (sentences, labels).
    thresholds
        Operating point and its least probability for each label, shape (labels,).
    reference
        Mean log-odds of each label over sentences that carry no label, shape (labels,).
    """

    log_odds: LogOdds
    thresholds: Mapping[str, NDArray[np.float64]]
    reference: NDArray[np.float64]


def judges(classifier: Classifier, corpus: Path, preprocessor: Preprocessor) -> tuple[Judge, Judge]:
    """Return the model and the textbook, which is trained on the corpus; raise `CorpusError` where that cannot be."""
    data = sentences(read_corpus(corpus, classifier.taxonomy), preprocessor, classifier.taxonomy)
    check_support(data, classifier.taxonomy)
    points = {
        name: np.array([point[label] for label in classifier.labels])
        for name, point in classifier.operating_points.items()
    }
    book = Textbook(_texts(data.rows), data.labels)
    return (
        _judge(lambda rows: np.asarray(logit(classifier.probabilities(rows))), points, data),
        _judge(lambda rows: book.log_odds(_texts(rows)), _textbook_thresholds(data), data),
    )


def _judge(log_odds: LogOdds, thresholds: Mapping[str, NDArray[np.float64]], corpus: Sentences) -> Judge:
    plain = np.flatnonzero(corpus.in_entries & ~corpus.labels.any(axis=1))
    return Judge(log_odds, thresholds, log_odds([corpus.rows[i] for i in plain]).mean(axis=0))


def _texts(rows: Sequence[Sentence]) -> list[str]:
    return [row.text for row in rows]


def _textbook_thresholds(corpus: Sentences) -> dict[str, NDArray[np.float64]]:
    """Thresholds of the textbook, chosen out of fold on the sentences of entries, as the model's are.

    Its probabilities are not calibrated, so they are taken from where the measure is best.
    """
    probabilities = np.zeros(corpus.labels.shape)
    folds = GroupKFold(3, shuffle=True, random_state=0).split(corpus.labels, groups=corpus.groups)
    for train, test in folds:
        book = Textbook(_texts(corpus.take(train).rows), corpus.labels[train])
        probabilities[test] = expit(book.log_odds(_texts(corpus.take(test).rows)))
    labels = corpus.labels[corpus.in_entries]
    weights = CalibratedTagger().sentence_weights(labels)
    return {
        name: np.full(labels.shape[1], best_threshold(labels, probabilities[corpus.in_entries], weights, beta=beta))
        for name, beta in OPERATING_POINTS.items()
    }


def tags_on_posts(judge: Judge, data: Sentences, weights: NDArray[np.float64]) -> Measured:
    """Measure tags on annotated posts, as `measures.measure` does, in every draw.

    Parameters
    ----------
    judge
        Who tags them.
    data
        Their sentences.
    weights
        How often each post stands in each draw, shape (draws, posts with sentences not disputed).
    """
    kept = ~data.disputed
    probabilities = expit(judge.log_odds(data.rows))
    numbers, owner = np.unique(data.entries[kept], return_inverse=True)
    of_sentences = weights[:, owner]
    tagged, strongest = any_label(data.labels[kept]), probabilities[kept].max(axis=1)
    entry_tagged, chance = any_label(by_entry(data, data.labels)), chance_by_entry(data, probabilities)
    plain = ~entry_tagged & ~np.isin(numbers, data.entries[data.disputed])
    measured = {
        "sentence AUC": auc(tagged, strongest, of_sentences),
        "sentence AP": average_precision(tagged, strongest, of_sentences),
        "entry AUC": auc(entry_tagged, chance, weights),
        "entry AP": average_precision(entry_tagged, chance, weights),
    }
    for name, bounds in judge.thresholds.items():
        said, truth = (probabilities >= bounds)[kept], data.labels[kept]
        right = (said & truth).sum(axis=1)
        given = any_label(by_entry(data, probabilities >= bounds))
        measured |= {
            f"{name}: micro-F1": f1(truth, said, of_sentences, average="micro"),
            f"{name}: precision": share(right, said.sum(axis=1), of_sentences),
            f"{name}: recall": share(right, truth.sum(axis=1), of_sentences),
            f"{name}: untagged entries flagged": share(given & plain, plain, weights),
        }
    return measured


def top_label(judge: Judge, texts: Sequence[list[Sentence]]) -> NDArray[np.float64]:
    """Return how much each text speaks for each label, shape (texts, labels); each text has a sentence."""
    owners = np.repeat(np.arange(len(texts)), [len(rows) for rows in texts])
    excess = judge.log_odds([row for rows in texts for row in rows]) - judge.reference
    highest = np.full((len(texts), excess.shape[1]), -np.inf)
    np.maximum.at(highest, owners, excess)
    return highest


def any_of(
    listed: NDArray[np.bool_], first: NDArray[np.bool_], said: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Values:
    """Return the macro-F1 of one answer a text where a text may have several right ones.

    Each text counts once: under the label that was said where it is among those listed, and else under
    the one listed first. All but `weights` have shape (texts, labels).
    """
    right = any_label(said & listed)
    return f1(np.where(right[:, None], said, first), said, weights, average="macro")


def flagged(judge: Judge, texts: Sequence[list[Sentence]]) -> dict[str, NDArray[np.bool_]]:
    """Return whether each text gets any tag, shape (texts,), at each operating point."""
    probabilities = [expit(judge.log_odds(rows)) for rows in texts]
    return {
        name: np.array([bool((of_text >= bounds).any()) for of_text in probabilities])
        for name, bounds in judge.thresholds.items()
    }
