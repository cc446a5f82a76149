"""Turns a fitted pipeline into named arrays and back, so that a model can be saved without a pickle.

The arrays are the names and weights of the features of each family, and the weights and intercepts of the labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from classifier.model.scoring import build_pipeline
from classifier.model.tagger import CalibratedTagger
from classifier.model.vectorizer import SerialFeatureUnion

Arrays = Mapping[str, NDArray[Any]]

_SEPARATOR = "\x00"
"""Separates the names of features. No name contains this character: preprocessing replaces it by a blank."""


def to_arrays(model: Pipeline) -> dict[str, NDArray[Any]]:
    """Return the arrays of a fitted pipeline from `scoring.build_pipeline`."""
    features: SerialFeatureUnion = model["features"]
    tagger: CalibratedTagger = model["tagger"]
    arrays: dict[str, NDArray[Any]] = {
        # Half precision halves the file, and changes probabilities by less than 0.001.
        "weights": np.ascontiguousarray(tagger.coef_, dtype=np.float16),
        "intercepts": tagger.intercept_,
    }
    for family, vectorizer in features.transformer_list:
        vocabulary = vectorizer.index_.vocabulary()
        names = _SEPARATOR.join(sorted(vocabulary, key=vocabulary.__getitem__))
        arrays[f"{family}.names"] = np.frombuffer(names.encode(), dtype=np.uint8)
        arrays[f"{family}.idf"] = np.asarray(vectorizer.idf_, dtype=np.float32)
    return arrays


def from_arrays(arrays: Arrays) -> Pipeline:
    """Return the fitted pipeline that `to_arrays` was given."""
    model = build_pipeline()
    for family, vectorizer in model["features"].transformer_list:
        names = arrays[f"{family}.names"].tobytes().decode().split(_SEPARATOR)
        vectorizer.set_features({name: column for column, name in enumerate(names)}, arrays[f"{family}.idf"])
    model["tagger"].set_weights(arrays["weights"], arrays["intercepts"])
    return model
