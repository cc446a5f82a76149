"""Task `supervised`: the project's features and regression, trained on a public set alone and judged out of fold.

Feature counts are taken once, since they need no training. The choice of columns, their weights, the regressions and
the thresholds are learned anew in each fold, from its training texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from classifier.preprocess import Preprocessor
from training.benchmark import public_sets
from training.benchmark.judges import Judges, Textbook
from training.benchmark.public_sets import NOT_DISTORTED, LabelledText, PublicSetError, set_file
from training.benchmark.results import Figure, Measured, TaskResult, compare
from training.benchmark.texts import PreparedTexts, Rows, highest_only, prepare, same_text, split_folds, tfidf_columns
from training.measure.metrics import f1, has_any, kappa, share

_C = 0.5
"""Inverse regularization strength; regularized more than the tagger, because there are ten times fewer texts."""

_FOLDS, _INNER_FOLDS = 5, 4

Measure = Callable[[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]], Measured]
"""From truth, predictions and weights to figures by name."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """The truth and the out-of-fold predictions of a set's texts, all of shape (texts, classes).

    textbook
        Predictions of the textbook baseline, trained on the same folds.
    """

    truth: NDArray[np.bool_]
    model: NDArray[np.bool_]
    textbook: NDArray[np.bool_]

    @property
    def floor(self) -> NDArray[np.bool_]:
        """The most common class for every text."""
        return np.tile(highest_only(self.truth.sum(axis=0)[None]), (len(self.truth), 1))


def measure_trained_posts(folder: Path, judges: Judges) -> TaskResult:
    """Measure whether posts are called distorted, and the type of the distorted ones, from post and part."""
    items, file = public_sets.therapist_qa(folder), str(set_file(folder, "therapist_qa"))
    parts = [replace(item, text=item.part) for item in items if item.names[0] != NOT_DISTORTED]
    require_trainable(items, file, required=NOT_DISTORTED)
    require_trainable(parts, f"{file}, distorted parts")
    distorted, types = predict_posts(items, judges.preprocessor)
    types_from_part = predict_types(parts, judges.preprocessor)
    return TaskResult(
        [
            *_figures("therapist_qa", distorted, yes_or_no),
            *_figures("therapist_qa", types, _f1_of("ten types from the post", "weighted")),
            *_figures("therapist_qa", types_from_part, _f1_of("ten types from the distorted part", "weighted")),
        ]
    )


def measure_trained_thoughts(folder: Path, judges: Judges) -> TaskResult:
    """Measure the type of each thought."""
    items = public_sets.pattern_reframe(folder)
    require_trainable(items, str(set_file(folder, "pattern_reframe")))
    predictions = predict_types(items, judges.preprocessor)
    return TaskResult(_figures("pattern_reframe", predictions, _f1_of("nine types", "macro")))


def require_trainable(items: Sequence[LabelledText], file: str, *, required: str | None = None) -> None:
    """Raise `PublicSetError` if there are fewer than two classes, or a class has too few different texts for the folds.

    Parameters
    ----------
    items
        The set.
    file
        Its file, for the message.
    required
        A class that must exist in addition to two others.
    """
    counts = Counter(name for name, _ in {(item.names[0], same_text(item.text)) for item in items})
    rare = sum(count < _FOLDS for count in counts.values())
    if rare or len(counts) < 2 or (required is not None and (required not in counts or len(counts) < 3)):
        raise PublicSetError(
            f"{file}: {len(counts)} labels, {rare} of them with fewer than {_FOLDS} different texts; expected at least "
            f"two, {'' if required is None else f'and {required!r} in addition, '}with {_FOLDS} each; "
            "use the set as it is published, or a large part of it"
        )


def _figures(data: str, predictions: Predictions, measure: Measure) -> list[Figure]:
    return compare(
        "supervised",
        data,
        len(predictions.truth),
        partial(measure, predictions.truth),
        model=predictions.model,
        textbook=predictions.textbook,
        floor=predictions.floor,
    )


def yes_or_no(truth: NDArray[np.bool_], said: NDArray[np.bool_], weights: NDArray[np.float64]) -> Measured:
    """Measure yes-or-no answers; the columns are distorted, not distorted."""
    return {
        "distorted or not: positive F1": f1(truth[:, :1], said[:, :1], weights, average="micro"),
        "distorted or not: macro-F1": f1(truth, said, weights, average="macro"),
        "distorted or not: specificity": share(truth[:, 1] & said[:, 1], truth[:, 1], weights),
        "distorted or not: kappa": kappa(truth[:, 0], said[:, 0], weights),
    }


def _f1_of(what: str, average: Literal["macro", "weighted"]) -> Measure:
    return lambda truth, said, weights: {f"{what}: {average}-F1": f1(truth, said, weights, average=average)}


def predict_types(items: Sequence[LabelledText], preprocessor: Preprocessor) -> Predictions:
    """Predict the main type of each text: one regression per type, the highest decides.

    Secondary types count as examples in training, but not in the truth.
    """
    texts = [item.text for item in items]
    _, main, listed = _targets(items)
    counts = prepare(texts, [""] * len(texts), preprocessor).texts
    model, textbook = np.zeros(main.shape), np.zeros(main.shape)
    for train, test in split_folds(main.argmax(axis=1), texts, _FOLDS):
        model[test] = regress(tfidf_columns(counts, train), train, listed[train])[test]
        textbook[test] = _textbook(texts, train, main[train], test)
    return Predictions(main, highest_only(model), highest_only(textbook))


def predict_posts(items: Sequence[LabelledText], preprocessor: Preprocessor) -> tuple[Predictions, Predictions]:
    """Predict whether each whole post is distorted, and the type of the distorted ones.

    Distorted or not: one regression on posts, and one on sentences (those of the distorted parts against all others).
    A third regression weighs the post's value against that of its most likely sentence, and a threshold is chosen for
    the macro-F1; both from inner folds. Type: regressions on the marked sentences, averaged over the sentences of a
    post, weighted by how distorted each is.

    Returns the predictions for all posts (classes: distorted, not distorted), and for the distorted ones by type.
    """
    names, main, listed = _targets(items)
    texts = [item.text for item in items]
    prepared = prepare(texts, [item.part for item in items], preprocessor)
    # "No Distortion" is a class of the set, but no type.
    is_type = np.array([name != NOT_DISTORTED for name in names])
    main, listed = main[:, is_type], listed[:, is_type]
    distorted = has_any(main)
    classes = np.where(distorted, 1 + main.argmax(axis=1), 0)  # folds are stratified by type, with 0 for none
    said, textbook = np.zeros(len(items), dtype=bool), np.zeros(len(items))
    types, types_textbook = np.zeros(main.shape), np.zeros(main.shape)
    for train, test in split_folds(classes, texts, _FOLDS):
        said[test] = _is_distorted(prepared, distorted, train, texts)[test]
        types[test] = _types_of_posts(prepared, listed, distorted, train)[test]
        textbook[test] = _textbook(texts, train, distorted[train, None], test)[:, 0]
        with_type = train[distorted[train]]
        types_textbook[test] = _textbook(texts, with_type, main[with_type], test)
    both = np.column_stack([distorted, ~distorted])
    return (
        Predictions(both, np.column_stack([said, ~said]), np.column_stack([textbook >= 0, textbook < 0])),
        Predictions(main[distorted], highest_only(types[distorted]), highest_only(types_textbook[distorted])),
    )


def _targets(items: Sequence[LabelledText]) -> tuple[list[str], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the classes, and the main class and all classes of each item, both of shape (items, classes)."""
    names = sorted({item.names[0] for item in items})
    main = np.array([[name == item.names[0] for name in names] for item in items])
    listed = np.array([[name in item.names for name in names] for item in items])
    return names, main, listed


def _textbook(texts: Sequence[str], train: Rows, labels: NDArray[np.bool_], test: Rows) -> NDArray[np.float64]:
    """Return the log-odds of the textbook baseline for the test rows; `labels` are those of the training rows."""
    return Textbook([texts[i] for i in train], labels).log_odds([texts[i] for i in test])


def regress(X: csr_matrix, train: Rows, targets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return decision values of all rows of `X`, one column per target; `targets` are those of the training rows."""
    known = X[train]
    values = []
    for target in targets.T:
        if not 0 < target.sum() < len(target):
            values.append(np.full(X.shape[0], -10.0))  # nothing to learn from: never the highest
            continue
        # Far more columns than rows, so the dual problem is the smaller one.
        regression = LogisticRegression(
            C=_C, class_weight="balanced", solver="liblinear", dual=True, tol=0.05, max_iter=1000, random_state=0
        )
        values.append(regression.fit(known, target).decision_function(X))
    return np.column_stack(values)


def _is_distorted(
    prepared: PreparedTexts, distorted: NDArray[np.bool_], train: Rows, texts: Sequence[str]
) -> NDArray[np.bool_]:
    """Return whether each post is distorted, learned from the training posts; shape (posts,)."""
    values = np.zeros((len(distorted), 2))
    split = split_folds(distorted[train].astype(int), [texts[i] for i in train], _INNER_FOLDS)
    for inner_train, inner_test in split:
        held_out = train[inner_test]
        values[held_out] = _post_and_sentence(prepared, distorted, train[inner_train])[held_out]
    # Values of training posts must come from inner folds too: those of a regression on its own examples are too good.
    weighing = LogisticRegression().fit(values[train], distorted[train])
    threshold = _threshold_for_macro_f1(distorted[train], weighing.decision_function(values[train]))
    return np.asarray(weighing.decision_function(_post_and_sentence(prepared, distorted, train)) >= threshold)


def _post_and_sentence(prepared: PreparedTexts, distorted: NDArray[np.bool_], train: Rows) -> NDArray[np.float64]:
    """Return the decision values of each post and of its most likely sentence, shape (posts, 2)."""
    post = regress(tfidf_columns(prepared.texts, train), train, distorted[train, None])[:, 0]
    known = np.flatnonzero(np.isin(prepared.owners, train))
    sentence = regress(tfidf_columns(prepared.sentences, known), known, prepared.marked[known, None])[:, 0]
    highest = np.full(len(distorted), sentence.min(initial=0.0))  # a post without a sentence keeps this
    np.maximum.at(highest, prepared.owners, sentence)
    return np.column_stack([post, highest])


def _threshold_for_macro_f1(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """Return the quantile of the values that gives the highest macro-F1."""
    thresholds = np.quantile(values, np.linspace(0.02, 0.98, 65))
    both, once = np.column_stack([truth, ~truth]), np.ones((1, len(truth)))
    answers = (values >= threshold for threshold in thresholds)
    scores = [f1(both, np.column_stack([yes, ~yes]), once, average="macro")[0] for yes in answers]
    return float(thresholds[int(np.argmax(scores))])


def _types_of_posts(
    prepared: PreparedTexts, listed: NDArray[np.bool_], distorted: NDArray[np.bool_], train: Rows
) -> NDArray[np.float64]:
    """Return how likely each type is for each post, its sentences weighted by how distorted they are."""
    known = np.flatnonzero(np.isin(prepared.owners, train))
    marked = known[prepared.marked[known] & distorted[prepared.owners[known]]]
    X = tfidf_columns(prepared.sentences, known)
    # The odds that a sentence is distorted weight what its regressions by type say.
    weight = np.exp(regress(X, known, prepared.marked[known, None]))
    by_type = softmax(regress(X, marked, listed[prepared.owners[marked]]), axis=1)
    likely = np.zeros(listed.shape)
    np.add.at(likely, prepared.owners, weight * by_type)
    return likely
