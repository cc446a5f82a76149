"""Runs the task `supervised`: trains the project's features and regression on a public set alone, by cross-validation.

Features are counted once, because counting needs no training. The choice of columns, their weights, the regressions and
the thresholds are learned anew in each fold, from the fold's training texts.
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
"""Inverse regularization strength. It is lower than the tagger's, because there are ten times fewer texts."""

_FOLDS, _INNER_FOLDS = 5, 4

Measure = Callable[[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]], Measured]
"""Returns metrics by name, from truth, predictions and bootstrap weights."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """True classes and out-of-fold predictions of a set's texts, all of shape (texts, classes).

    textbook
        Predictions of the textbook baseline, trained on the same folds.
    """

    truth: NDArray[np.bool_]
    model: NDArray[np.bool_]
    textbook: NDArray[np.bool_]

    @property
    def floor(self) -> NDArray[np.bool_]:
        """The predictions of the floor: the most common class for every text."""
        return np.tile(highest_only(self.truth.sum(axis=0)[None]), (len(self.truth), 1))


def measure_trained_posts(folder: Path, judges: Judges) -> TaskResult:
    """Measure two predictions for posts: whether they are distorted, and the type of distortion.

    The type is predicted twice: from the whole post, and from its distorted part.
    """
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
    """Measure the predicted types of thoughts."""
    items = public_sets.pattern_reframe(folder)
    require_trainable(items, str(set_file(folder, "pattern_reframe")))
    predictions = predict_types(items, judges.preprocessor)
    return TaskResult(_figures("pattern_reframe", predictions, _f1_of("nine types", "macro")))


def require_trainable(items: Sequence[LabelledText], file: str, *, required: str | None = None) -> None:
    """Raise `PublicSetError` if there are fewer than two classes, or a class has too few different texts for the folds.

    Parameters
    ----------
    items
        The texts of the set.
    file
        Name of the set's file, for the message.
    required
        A class that must exist in addition to two other classes.
    """
    counts = Counter(name for name, _ in {(item.names[0], same_text(item.text)) for item in items})
    rare = sum(count < _FOLDS for count in counts.values())
    if rare or len(counts) < 2 or (required is not None and (required not in counts or len(counts) < 3)):
        raise PublicSetError(
            f"{file}: {len(counts)} labels, {rare} of them with fewer than {_FOLDS} different texts; expected at least "
            f"two, {'' if required is None else f'and {required!r} in addition, '}with {_FOLDS} each; "
            "use the set as published, or a large part of it"
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


def yes_or_no(truth: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: NDArray[np.float64]) -> Measured:
    """Measure yes-or-no answers. The columns are "distorted" and "not distorted"."""
    return {
        "distorted or not: positive F1": f1(truth[:, :1], predicted[:, :1], weights, average="micro"),
        "distorted or not: macro-F1": f1(truth, predicted, weights, average="macro"),
        "distorted or not: specificity": share(truth[:, 1] & predicted[:, 1], truth[:, 1], weights),
        "distorted or not: kappa": kappa(truth[:, 0], predicted[:, 0], weights),
    }


def _f1_of(what: str, average: Literal["macro", "weighted"]) -> Measure:
    return lambda truth, predicted, weights: {f"{what}: {average}-F1": f1(truth, predicted, weights, average=average)}


def predict_types(items: Sequence[LabelledText], preprocessor: Preprocessor) -> Predictions:
    """Predict the main type of each text, with one regression per type. The highest decision value wins.

    In training, texts are examples of their secondary types too. The truth contains only main types.
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

    Distorted or not: one regression is trained on posts, and one on sentences (sentences of the distorted parts against
    all others). A third regression combines the value of a post with the highest value of its sentences. A threshold is
    chosen for the macro-F1. The third regression and the threshold are learned from inner folds.

    Type: one regression per type is trained on the sentences of the distorted parts. The types of a post are the
    average over its sentences, weighted by how likely each sentence is distorted.

    Returns the predictions for all posts (classes: distorted, not distorted), and those for the types of the distorted
    posts.
    """
    names, main, listed = _targets(items)
    texts = [item.text for item in items]
    prepared = prepare(texts, [item.part for item in items], preprocessor)
    # "No Distortion" is a class of the set, but no type.
    is_type = np.array([name != NOT_DISTORTED for name in names])
    main, listed = main[:, is_type], listed[:, is_type]
    distorted = has_any(main)
    classes = np.where(
        distorted, 1 + main.argmax(axis=1), 0
    )  # to stratify the folds; 0 is for posts without a distortion
    predicted, textbook = np.zeros(len(items), dtype=bool), np.zeros(len(items))
    types, types_textbook = np.zeros(main.shape), np.zeros(main.shape)
    for train, test in split_folds(classes, texts, _FOLDS):
        predicted[test] = _is_distorted(prepared, distorted, train, texts)[test]
        types[test] = _types_of_posts(prepared, listed, distorted, train)[test]
        textbook[test] = _textbook(texts, train, distorted[train, None], test)[:, 0]
        with_type = train[distorted[train]]  # the training posts that have a type
        types_textbook[test] = _textbook(texts, with_type, main[with_type], test)
    both = np.column_stack([distorted, ~distorted])
    return (
        Predictions(both, np.column_stack([predicted, ~predicted]), np.column_stack([textbook >= 0, textbook < 0])),
        Predictions(main[distorted], highest_only(types[distorted]), highest_only(types_textbook[distorted])),
    )


def _targets(items: Sequence[LabelledText]) -> tuple[list[str], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the names of the classes, and masks of each item's main class and of all its classes.

    Both masks have shape (items, classes).
    """
    names = sorted({item.names[0] for item in items})
    main = np.array([[name == item.names[0] for name in names] for item in items])
    listed = np.array([[name in item.names for name in names] for item in items])
    return names, main, listed


def _textbook(texts: Sequence[str], train: Rows, labels: NDArray[np.bool_], test: Rows) -> NDArray[np.float64]:
    """Return the textbook baseline's log-odds of the test rows. `labels` belong to the training rows."""
    return Textbook([texts[i] for i in train], labels).log_odds([texts[i] for i in test])


def regress(X: csr_matrix, train: Rows, targets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the decision values of all rows of `X`, one column per target. `targets` belong to the training rows."""
    known = X[train]
    values = []
    for target in targets.T:
        if not 0 < target.sum() < len(target):
            values.append(
                np.full(X.shape[0], -10.0)
            )  # all training rows are alike: no regression; the value is never the highest
            continue
        # Solve the dual problem: it is smaller, because there are far more columns than rows.
        regression = LogisticRegression(
            C=_C, class_weight="balanced", solver="liblinear", dual=True, tol=0.05, max_iter=1000, random_state=0
        )
        values.append(regression.fit(known, target).decision_function(X))
    return np.column_stack(values)


def _is_distorted(
    prepared: PreparedTexts, distorted: NDArray[np.bool_], train: Rows, texts: Sequence[str]
) -> NDArray[np.bool_]:
    """Train on the training posts, and return whether each post is distorted, shape (posts,)."""
    values = np.zeros((len(distorted), 2))
    split = split_folds(distorted[train].astype(int), [texts[i] for i in train], _INNER_FOLDS)
    for inner_train, inner_test in split:
        held_out = train[inner_test]
        values[held_out] = _post_and_sentence(prepared, distorted, train[inner_train])[held_out]
    # The values of training posts come from inner folds: a regression's values of its own examples are too good.
    weighing = LogisticRegression().fit(values[train], distorted[train])
    threshold = _threshold_for_macro_f1(distorted[train], weighing.decision_function(values[train]))
    return np.asarray(weighing.decision_function(_post_and_sentence(prepared, distorted, train)) >= threshold)


def _post_and_sentence(prepared: PreparedTexts, distorted: NDArray[np.bool_], train: Rows) -> NDArray[np.float64]:
    """Return the decision value of each post and the highest value of its sentences, shape (posts, 2)."""
    post = regress(tfidf_columns(prepared.texts, train), train, distorted[train, None])[:, 0]
    known = np.flatnonzero(np.isin(prepared.owners, train))
    sentence = regress(tfidf_columns(prepared.sentences, known), known, prepared.marked[known, None])[:, 0]
    highest = np.full(len(distorted), sentence.min(initial=0.0))  # posts without a sentence keep this value
    np.maximum.at(highest, prepared.owners, sentence)
    return np.column_stack([post, highest])


def _threshold_for_macro_f1(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """Return the threshold with the highest macro-F1, out of 65 quantiles of the values."""
    thresholds = np.quantile(values, np.linspace(0.02, 0.98, 65))
    both, once = np.column_stack([truth, ~truth]), np.ones((1, len(truth)))
    answers = (values >= threshold for threshold in thresholds)
    scores = [f1(both, np.column_stack([yes, ~yes]), once, average="macro")[0] for yes in answers]
    return float(thresholds[int(np.argmax(scores))])


def _types_of_posts(
    prepared: PreparedTexts, listed: NDArray[np.bool_], distorted: NDArray[np.bool_], train: Rows
) -> NDArray[np.float64]:
    """Return a score of each type for each post: the sum over its sentences, weighted by their odds to be distorted."""
    known = np.flatnonzero(np.isin(prepared.owners, train))
    marked = known[prepared.marked[known] & distorted[prepared.owners[known]]]
    X = tfidf_columns(prepared.sentences, known)
    # The odds that each sentence is distorted.
    weight = np.exp(regress(X, known, prepared.marked[known, None]))
    by_type = softmax(regress(X, marked, listed[prepared.owners[marked]]), axis=1)
    likely = np.zeros(listed.shape)
    np.add.at(likely, prepared.owners, weight * by_type)
    return likely
