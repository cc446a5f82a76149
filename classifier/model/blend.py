"""Weighs the log-odds of the linear model against the outputs of the encoder.

The encoder costs far more time than the linear model. It reads only sentences that the linear model does not rule out.
For the others, fixed low outputs are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.model.encoder import SentenceEncoder
from classifier.model.tagger import common_and_rare
from classifier.preprocess import Sentence

Matrix = NDArray[np.floating[Any]]

_RULED_OUT = 0.15
"""Share of labelled sentences that the linear model may rule out, so that the encoder does not read them.

At this share the encoder reads a quarter of the sentences of posts. Tags are better than if it read half of them, and
the order of sentences hardly worse (docs/records/experiments.md).
"""


@dataclass(frozen=True, slots=True)
class Blend:
    """Weights of the two models.

    linear
        For each label, the weight of the linear model's log-odds for it.
    own, shared
        For each label, the weights of the encoder's outputs for it and for "any label".
    intercept
        For each label, log-odds that are added to the weighted sum.
    cutoff
        The encoder reads a sentence if its highest log-odds of the linear model are at least this.
    assumed
        Outputs that are assumed for other sentences, one for each label and one for "any label".
    """

    linear: Sequence[float]
    own: Sequence[float]
    shared: Sequence[float]
    intercept: Sequence[float]
    cutoff: float
    assumed: Sequence[float]

    @classmethod
    def fit(cls, linear: Matrix, outputs: Matrix, labels: NDArray[np.bool_]) -> Self:
        """Learn the weights from sentences that neither model was trained on.

        Common labels share their weights, and so do rare labels.

        Parameters
        ----------
        linear
            Log-odds of the linear model, shape (sentences, labels).
        outputs
            Outputs of the encoder, shape (sentences, labels + 1).
        labels
            Shape (sentences, labels).
        """
        highest = linear.max(axis=1)
        cutoff = float(np.quantile(highest[labels.any(axis=1)], _RULED_OUT))
        is_ruled_out = highest < cutoff
        assumed = outputs[is_ruled_out].mean(axis=0) if is_ruled_out.any() else outputs.min(axis=0)
        outputs = np.where(is_ruled_out[:, None], assumed, outputs)
        weights = np.zeros((3, labels.shape[1]))
        intercept = np.zeros(labels.shape[1])
        for group in common_and_rare(labels):
            shared = np.repeat(outputs[:, -1], len(group))
            columns = np.column_stack([linear[:, group].ravel(), outputs[:, group].ravel(), shared])
            fitted = LogisticRegression(C=10.0).fit(columns, labels[:, group].ravel())
            weights[:, group], intercept[group] = fitted.coef_.T, fitted.intercept_
        of_linear, own, of_any = weights.tolist()
        return cls(of_linear, own, of_any, intercept.tolist(), cutoff, assumed.tolist())

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build a blend from plain data, as `dataclasses.asdict` returns it."""
        return cls(**fields)

    def log_odds(self, linear: Matrix, sentences: Sequence[Sentence], encoder: SentenceEncoder) -> NDArray[np.float64]:
        """Return the log-odds of both models together, shape (sentences, labels).

        Parameters
        ----------
        linear
            Log-odds of the linear model for these sentences.
        sentences
            The sentences.
        encoder
            Reads those sentences that the linear model does not rule out.
        """
        outputs = np.tile(np.asarray(self.assumed), (len(sentences), 1))
        to_read = np.flatnonzero(self.is_read(linear)).tolist()
        if to_read:
            outputs[to_read] = encoder.transform([sentences[i] for i in to_read])
        return self.log_odds_of(linear, outputs)

    def log_odds_of(self, linear: Matrix, outputs: Matrix) -> NDArray[np.float64]:
        """Return the log-odds of both models together from the outputs of the encoder for every sentence."""
        outputs = np.where(self.is_read(linear)[:, None], outputs, np.asarray(self.assumed))
        return np.asarray(np.asarray(self.linear) * linear + self.of_outputs(outputs) + np.asarray(self.intercept))

    def is_read(self, linear: Matrix) -> NDArray[np.bool_]:
        """Return which sentences the encoder reads, shape (sentences,), from the linear model's log-odds."""
        return np.asarray(linear.max(axis=1) >= self.cutoff)

    def of_outputs(self, outputs: Matrix) -> NDArray[np.float64]:
        """Return what the encoder's outputs add to the log-odds, shape (sentences, labels)."""
        own, shared = np.asarray(self.own), np.asarray(self.shared)
        return np.asarray(own * outputs[:, :-1] + shared * outputs[:, -1:], dtype=float)
