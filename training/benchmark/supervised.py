"""A public set in, predictions out of fold: the project's features and regression, trained on that set alone.

What needs no training, the counts of features, is taken once; which of them are kept, how they are
weighted, the regressions and the thresholds are learned anew in each fold, from its training texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.special import softmax
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from classifier.model.vectorizer import build_features
from classifier.preprocess import Preprocessor, Sentence
from training.benchmark.public_sets import NOT_DISTORTED, LabelledText, PublicSetError
from training.benchmark.textbook import Textbook
from training.measure.bootstrap import f1
from training.measure.scores import any_label

_C = 0.5
"""Inverse strength of the regularization: stronger than in the tagger, for there are ten times fewer texts."""

_OVERLAP = 0.5
"""Share of word pairs in common from which a sentence belongs to the distorted part; parts are not always verbatim."""

_FOLDS, _INNER_FOLDS = 5, 4

Counts = list[csr_matrix]
"""How often each feature stands in each row; one matrix of shape (rows, features) for each family."""

Rows = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What is said of each text out of fold, all of shape (texts, classes).

    textbook
        What the textbook baseline says, trained on the same folds.
    floor
        Always the commonest class.
    """

    truth: NDArray[np.bool_]
    model: NDArray[np.bool_]
    textbook: NDArray[np.bool_]

    @property
    def floor(self) -> NDArray[np.bool_]:
        """The commonest class for every text."""
        return np.tile(one_of(self.truth.sum(axis=0)[None]), (len(self.truth), 1))


def one_of(values: NDArray[np.float64] | NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return a mask of each row's highest value, the first where several are; same shape."""
    return np.asarray(np.arange(values.shape[1]) == values.argmax(axis=1)[:, None])


def count_features(rows: Sequence[Sentence]) -> Counts:
    """Count the project's features, all families, in sentences."""
    return [
        csr_matrix(
            DictVectorizer(dtype=np.float32).fit_transform(Counter(vectorizer.family.names(row)) for row in rows)
        )
        for _, vectorizer in build_features().transformer_list
    ]


def columns(counts: Counts, train: Rows) -> csr_matrix:
    """Return the project's TF-IDF columns of all rows, chosen and weighted by the training rows alone."""
    union = build_features()
    parts = []
    for (name, vectorizer), counted in zip(union.transformer_list, counts, strict=True):
        kept = counted[:, np.asarray((counted[train] > 0).sum(axis=0)).ravel() >= vectorizer.min_df]
        if kept.shape[1]:
            weighted = TfidfTransformer(sublinear_tf=True).fit(kept[train]).transform(kept)
            parts.append(weighted * (union.transformer_weights or {}).get(name, 1.0))
    return csr_matrix(hstack(parts), dtype=np.float64)


def regress(X: csr_matrix, train: Rows, targets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return decision values of all rows of `X`, one column a target; `targets` are those of the training rows."""
    known = X[train]
    values = []
    for target in targets.T:
        if not 0 < target.sum() < len(target):
            values.append(np.full(X.shape[0], -10.0))  # a fold without the label knows nothing of it
            continue
        regression = LogisticRegression(
            C=_C, class_weight="balanced", solver="liblinear", dual=True, tol=0.05, max_iter=1000, random_state=0
        )
        values.append(regression.fit(known, target).decision_function(X))
    return np.column_stack(values)


def folds(
    classes: NDArray[np.int_], texts: Sequence[str], number: int, *, seed: int = 0
) -> Iterator[tuple[Rows, Rows]]:
    """Yield training and test rows: each class in each fold, and a text that stands twice in one of them only."""
    same = {text: group for group, text in enumerate(dict.fromkeys(_plain(text) for text in texts))}
    groups = [same[_plain(text)] for text in texts]
    split = StratifiedGroupKFold(number, shuffle=True, random_state=seed)
    yield from split.split(classes, classes, groups)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def check(items: Sequence[LabelledText], file: str, *, besides: str | None = None) -> None:
    """Raise `PublicSetError` where a class has too few texts to stand in each fold, or there are no classes.

    Parameters
    ----------
    items
        The set.
    file
        Its file, for the message.
    besides
        A class that must be there besides two others.
    """
    counts = Counter(name for name, _ in {(item.names[0], _plain(item.text)) for item in items})
    rare = sum(count < _FOLDS for count in counts.values())
    if rare or len(counts) < 2 or (besides is not None and (besides not in counts or len(counts) < 3)):
        raise PublicSetError(
            f"{file}: {len(counts)} labels, {rare} of them with fewer than {_FOLDS} different texts; expected at least "
            f"two, {'' if besides is None else f'and {besides!r} besides, '}with {_FOLDS} each: "
            "the set as it is published, or a large part of it"
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """Texts as the regressions need them.

    sentences
        Counts of each sentence.
    owners
        Number of the text that each sentence belongs to, shape (sentences,).
    marked
        Whether the sentence overlaps the distorted part, shape (sentences,).
    texts
        Counts of each text: the sums over its sentences.
    """

    sentences: Counts
    owners: Rows
    marked: NDArray[np.bool_]
    texts: Counts


def prepare(texts: Sequence[str], parts: Sequence[str], preprocessor: Preprocessor) -> Prepared:
    """Split texts into sentences, count features, and find the sentences of the distorted parts."""
    split = [preprocessor.sentences(text) for text in texts]
    rows = [row for sentences in split for row in sentences]
    owners = np.repeat(np.arange(len(texts)), [len(sentences) for sentences in split])
    marked = [
        _belongs(_pairs([row]), part)
        for sentences, text in zip(split, parts, strict=True)
        for part in (_pairs(preprocessor.sentences(text)),)
        for row in sentences
    ]
    counts = count_features(rows)
    member = csr_matrix((np.ones(len(rows), np.float32), (owners, np.arange(len(rows)))), (len(texts), len(rows)))
    return Prepared(counts, owners, np.array(marked, dtype=bool), [csr_matrix(member @ family) for family in counts])


def _pairs(rows: Sequence[Sentence]) -> set[tuple[str, str]]:
    words = [term.text for row in rows for term in row.words if any(map(str.isalnum, term.text))]
    return set(pairwise(words))


def _belongs(sentence: set[tuple[str, str]], part: set[tuple[str, str]]) -> bool:
    """Whether the one holds most of the other, whichever is shorter."""
    shorter = min(len(sentence), len(part))
    return shorter > 0 and len(sentence & part) / shorter >= _OVERLAP


def types(items: Sequence[LabelledText], preprocessor: Preprocessor) -> Predictions:
    """Say which of its types each text has: one regression a type, the highest decides.

    The main type is to be found; where there is a second one, it is learned from too.
    """
    texts = [item.text for item in items]
    _, main, every = _targets(items)
    counts = prepare(texts, [""] * len(texts), preprocessor).texts
    model, textbook = np.zeros(main.shape), np.zeros(main.shape)
    for train, test in folds(main.argmax(axis=1), texts, _FOLDS):
        model[test] = regress(columns(counts, train), train, every[train])[test]
        textbook[test] = Textbook([texts[i] for i in train], main[train]).log_odds([texts[i] for i in test])
    return Predictions(main, one_of(model), one_of(textbook))


def _targets(items: Sequence[LabelledText]) -> tuple[list[str], NDArray[np.bool_], NDArray[np.bool_]]:
    """Names of the classes; the main class of each item and all its classes, shape (items, classes)."""
    names = sorted({item.names[0] for item in items})
    main = np.array([[name == item.names[0] for name in names] for item in items])
    every = np.array([[name in item.names for name in names] for item in items])
    return names, main, every


def posts(items: Sequence[LabelledText], preprocessor: Preprocessor) -> tuple[Predictions, Predictions]:
    """Say whether each whole post is distorted, and which type the distorted ones have.

    Distorted or not: a regression on posts and one on sentences (those of the distorted parts against all
    others); a third weighs a post's value against that of its likeliest sentence, and a threshold is chosen
    for the macro-F1, both out of inner folds. Type: regressions on the marked sentences; a post's type is
    the mean over its sentences, weighted by how distorted each is.

    Returns the predictions for all posts (classes: distorted, not), and for the distorted ones by type.
    """
    names, main, every = _targets(items)
    texts = [item.text for item in items]
    prepared = prepare(texts, [item.part for item in items], preprocessor)
    kinds = np.array([name != NOT_DISTORTED for name in names])
    main, every = main[:, kinds], every[:, kinds]
    distorted = any_label(main)
    classes = np.where(distorted, 1 + main.argmax(axis=1), 0)
    said, types_said = np.zeros(len(items), dtype=bool), np.zeros(main.shape)
    textbook, types_textbook = np.zeros(len(items)), np.zeros(main.shape)
    for train, test in folds(classes, texts, _FOLDS):
        said[test] = _distorted(prepared, distorted, train, texts)[test]
        types_said[test] = _types_of_posts(prepared, every, distorted, train)[test]
        seen = train[distorted[train]]
        textbook[test] = Textbook([texts[i] for i in train], distorted[train, None]).log_odds([texts[i] for i in test])[
            :, 0
        ]
        types_textbook[test] = Textbook([texts[i] for i in seen], main[seen]).log_odds([texts[i] for i in test])
    both = np.column_stack([distorted, ~distorted])
    return (
        Predictions(both, np.column_stack([said, ~said]), np.column_stack([textbook >= 0, textbook < 0])),
        Predictions(main[distorted], one_of(types_said[distorted]), one_of(types_textbook[distorted])),
    )


def _distorted(
    prepared: Prepared, distorted: NDArray[np.bool_], train: Rows, texts: Sequence[str]
) -> NDArray[np.bool_]:
    """Whether each post is distorted, learned from the posts of `train`; shape (posts,)."""
    inner = np.zeros((len(distorted), 2))
    split = folds(distorted[train].astype(int), [texts[i] for i in train], _INNER_FOLDS)
    for fit, held in split:
        inner[train[held]] = _two_values(prepared, distorted, train[fit])[train[held]]
    weigh = LogisticRegression().fit(inner[train], distorted[train])
    chosen = _best_threshold(distorted[train], weigh.decision_function(inner[train]))
    return np.asarray(weigh.decision_function(_two_values(prepared, distorted, train)) >= chosen)


def _two_values(prepared: Prepared, distorted: NDArray[np.bool_], train: Rows) -> NDArray[np.float64]:
    """Decision values of the post and of its likeliest sentence, shape (posts, 2)."""
    post = regress(columns(prepared.texts, train), train, distorted[train, None])[:, 0]
    seen = np.flatnonzero(np.isin(prepared.owners, train))
    sentence = regress(columns(prepared.sentences, seen), seen, prepared.marked[seen, None])[:, 0]
    likeliest = np.full(len(distorted), sentence.min(initial=0.0))  # a post without a sentence
    np.maximum.at(likeliest, prepared.owners, sentence)
    return np.column_stack([post, likeliest])


def _best_threshold(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """The quantile of the values that gives the best macro-F1."""
    thresholds = np.quantile(values, np.linspace(0.02, 0.98, 65))
    both, once = np.column_stack([truth, ~truth]), np.ones((1, len(truth)))
    said = (values >= threshold for threshold in thresholds)
    scores = [f1(both, np.column_stack([yes, ~yes]), once, average="macro")[0] for yes in said]
    return float(thresholds[int(np.argmax(scores))])


def _types_of_posts(
    prepared: Prepared, every: NDArray[np.bool_], distorted: NDArray[np.bool_], train: Rows
) -> NDArray[np.float64]:
    """How likely each type is for each post, the sentences weighted by how distorted they are; shape (posts, types)."""
    seen = np.flatnonzero(np.isin(prepared.owners, train))
    marked = seen[prepared.marked[seen] & distorted[prepared.owners[seen]]]
    X = columns(prepared.sentences, seen)
    weight = np.exp(regress(X, seen, prepared.marked[seen, None]))
    by_type = softmax(regress(X, marked, every[prepared.owners[marked]]), axis=1)
    likely = np.zeros(every.shape)
    np.add.at(likely, prepared.owners, weight * by_type)
    return likely
