"""Training on a public set alone: what is learned from which texts."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.preprocess import Preprocessor
from training.benchmark.public_sets import LabelledText, PublicSetError
from training.benchmark.supervised import predict_posts, predict_types, regress, require_trainable
from training.benchmark.texts import highest_only, prepare, split_folds, tfidf_columns

PREPROCESSOR = Preprocessor()
THINGS = "apple river stone cloud paper glass metal train plant music chair water bread light snow".split()
KINDS = {
    "Labeling": "I am a useless fool.",
    "Mind Reading": "They all think I smell.",
    "No Distortion": "The bus came on time.",
}
POSTS = [
    LabelledText(f"We saw the {thing}. {said} Then came the {thing}.", (kind,), "" if kind[:2] == "No" else said)
    for thing in THINGS
    for kind, said in KINDS.items()
]


def test_a_text_that_stands_twice_is_not_split() -> None:
    """Texts that differ only in case and blanks are in the same fold, and each text is held out once."""
    texts = [f"{thing} {'x' * space}" for thing in THINGS for space in (1, 1)]
    texts[1::2] = [f" {text.upper()}  " for text in texts[1::2]]
    held = [test for train, test in split_folds(np.arange(len(texts)) // 2 % 2, texts, 5) if not set(train) & set(test)]
    assert sorted(np.concatenate(held)) == list(range(len(texts)))
    assert all((number ^ 1) in test for test in held for number in test)


def test_marked_sentences() -> None:
    """The sentences of the distorted part are found, also where the part is not verbatim or spans two."""
    text = "We had some tea. I am a useless old fool! Nobody ever wants me here. Rain came."
    parts = ["i am a useless  old fool", "I'm a useless old fool! Nobody ever wants me here", "", "Something else."]
    prepared = prepare([text] * 4, parts, PREPROCESSOR)
    assert prepared.marked.reshape(4, 4).tolist() == [
        [False, True, False, False],
        [False, True, True, False],
        [False] * 4,
        [False] * 4,
    ]


def test_counts_of_a_text_are_the_sums_of_its_sentences() -> None:
    """Every family of features is summed over the sentences of each text, and over those of no other."""
    prepared = prepare(["Tea. Tea and tea.", "Rain."], ["", ""], PREPROCESSOR)
    assert prepared.owners.tolist() == [0, 0, 1]
    for whole, single in zip(prepared.texts, prepared.sentences, strict=True):
        assert (whole.toarray()[0] == single.toarray()[:2].sum(axis=0)).all()
        assert (whole.toarray()[1] == single.toarray()[2]).all()


def test_columns_learn_from_the_training_rows_alone() -> None:
    """The held-out texts do not change the columns of the training texts."""
    texts = ["tea and rain", "tea and snow", "tea and rain", "tea and snow"]
    train = np.arange(4)
    alone = tfidf_columns(prepare(texts, [""] * 4, PREPROCESSOR).texts, train)
    more = tfidf_columns(prepare([*texts, "snow bread rain", "bread"], [""] * 6, PREPROCESSOR).texts, train)
    assert np.allclose(np.sort(alone.toarray()), np.sort(more[train].toarray()))


def test_class_that_a_fold_does_not_have() -> None:
    """A target without examples, or without counter-examples, is not fitted."""
    X = tfidf_columns(prepare(["tea", "tea", "rain", "rain"], [""] * 4, PREPROCESSOR).texts, np.arange(4))
    targets = np.array([[0, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]], dtype=bool)
    values = regress(X, np.arange(4), targets)
    assert (values[:, 0] == values[:, 2]).all()
    assert (values[:2, 1] > values[2:, 1]).all()


def test_highest_only() -> None:
    """Each text gets one class, the first of those that are equally likely."""
    assert highest_only(np.array([[1, 3, 2], [0, 0, 0]])).tolist() == [[False, True, False], [True, False, False]]


def test_types_are_learned() -> None:
    """Types that a word gives away are all found out of fold, and the floor is the most common one."""
    predictions = predict_types(POSTS[:-1], PREPROCESSOR)
    assert (predictions.model == predictions.truth).all()
    assert (predictions.textbook == predictions.truth).all()
    assert (predictions.floor == predictions.floor[0]).all()
    assert predictions.floor.sum() == len(predictions.truth)


def test_second_type_is_learned_from_and_not_asked_for() -> None:
    """Only the main type is the truth."""
    items = [LabelledText(item.text, (*item.names, "Labeling")) for item in POSTS]
    assert (predict_types(items, PREPROCESSOR).truth.sum(axis=1) == 1).all()


def test_posts_are_learned() -> None:
    """Posts with a telling sentence are recognized as distorted, and their type is found."""
    distorted, kinds = predict_posts(POSTS, PREPROCESSOR)
    assert distorted.truth.shape == (45, 2)
    assert kinds.truth.shape == (30, 2)
    for predictions in (distorted, kinds):
        assert (predictions.model == predictions.truth).all()
        assert (predictions.textbook.sum(axis=1) == 1).all()


@pytest.mark.parametrize("texts", [POSTS[:9], [POSTS[0]] * 9, [item for item in POSTS if item.part]])
def test_set_too_small(texts: list[LabelledText]) -> None:
    """A set that cannot be split, or has no undistorted posts, is refused with counts and without text."""
    with pytest.raises(PublicSetError, match=r"a\.csv: \d labels") as error:
        require_trainable(texts, "a.csv", required="No Distortion")
    assert "useless" not in str(error.value)
