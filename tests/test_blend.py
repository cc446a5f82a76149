"""The encoder's outputs are blended with the linear model's log-odds; it reads only promising sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from classifier.model.blend import Blend
from classifier.model.encoder import SentenceEncoder
from classifier.preprocess import Preprocessor, Sentence

SENTENCES = Preprocessor().sentences("Slept ok. I am useless. Work at nine. Just one drink.")


class Recorder(SentenceEncoder):
    """An encoder that gives every sentence the same outputs, and remembers what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def transform(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        """Remember the sentences."""
        self.read += [sentence.text for sentence in sentences]
        return np.full((len(sentences), 3), 2.0, dtype=np.float32)


def made_up(n: int = 4000) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return log-odds of a linear model, outputs of an encoder, and labels that depend on both."""
    random = np.random.default_rng(0)
    linear, outputs = random.normal(-3, 1.5, (n, 2)), random.normal(-3, 2, (n, 3))
    labels = random.random((n, 2)) < expit(linear + 0.8 * outputs[:, :2] + 1)
    return linear, outputs, labels


def test_weights_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights with which the labels were drawn are learned, and the output for any label gets none."""
    monkeypatch.setattr("classifier.model.blend._RULED_OUT", 0.0)  # the labels depend on outputs that are not read, too
    blend = Blend.fit(*made_up(40_000))
    assert blend.linear == pytest.approx([1, 1], abs=0.15)
    assert blend.own == pytest.approx([0.8, 0.8], abs=0.15)
    assert blend.shared == pytest.approx([0, 0], abs=0.1)


def test_rare_labels_have_weights_of_their_own() -> None:
    """If the encoder tells common labels only, its outputs for rare labels get hardly any weight."""
    linear, outputs, labels = made_up(40_000)
    rare = np.random.default_rng(1).random(len(linear)) < expit(linear[:, 1] - 4)
    blend = Blend.fit(linear, outputs, np.column_stack([labels[:, 0], rare]))
    assert blend.own[0] > 0.6
    assert abs(blend.own[1]) < 0.2


def test_few_labelled_sentences_are_ruled_out() -> None:
    """Three labelled sentences in twenty are not read by the encoder, and far more of the others."""
    linear, outputs, labels = made_up()
    is_read = Blend.fit(linear, outputs, labels).is_read(linear)
    tagged = labels.any(axis=1)
    assert 0.83 < is_read[tagged].mean() < 0.87
    assert is_read[~tagged].mean() < is_read[tagged].mean()


def test_ruled_out_sentences_are_not_read() -> None:
    """The encoder gets the sentences at or above the cutoff; for the others, fixed outputs are assumed."""
    encoder = Recorder()
    blend = Blend([1.0, 1.0], [0.5, 0.5], [0.25, 0.25], [-1.0, -1.0], cutoff=0.0, assumed=[-4.0, -4.0, -4.0])
    linear = np.array([[-5.0, -6.0], [0.0, -3.0], [-1.0, -2.0], [-9.0, 2.0]])
    log_odds = blend.log_odds(linear, SENTENCES, encoder)
    assert encoder.read == ["I am useless.", "Just one drink."]
    np.testing.assert_allclose(log_odds[[1, 3]], linear[[1, 3]] + 0.5 * 2 + 0.25 * 2 - 1)
    np.testing.assert_allclose(log_odds[[0, 2]], linear[[0, 2]] - 0.5 * 4 - 0.25 * 4 - 1)


def test_known_outputs_give_the_same() -> None:
    """Outputs that are already known give the log-odds that reading gives."""
    blend = Blend([1.0, 1.0], [0.5, 0.5], [0.25, 0.25], [-1.0, -1.0], cutoff=0.0, assumed=[-4.0, -4.0, -4.0])
    linear = np.array([[-5.0, -6.0], [0.0, -3.0], [-1.0, -2.0], [-9.0, 2.0]])
    np.testing.assert_allclose(
        blend.log_odds_of(linear, np.full((4, 3), 2.0)), blend.log_odds(linear, SENTENCES, Recorder())
    )
