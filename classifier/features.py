"""Sentences in, sparse columns out: TF-IDF over words, characters, folded classes and cues.

Each family of features is one function from a sentence to `Feature` values, which know
their places in the text. The vectorizers count the names; evidence reads the places. So what a
tag shows as its evidence is what the model was given, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from classifier.preprocess import Sentence, Term

Place = tuple[int, int]
"""Start and end in the entry's text, in code points."""


class Feature(NamedTuple):
    """A feature's name and the places in the text that it was read from."""

    name: str
    places: tuple[Place, ...]


def _ngrams(terms: Sequence[Term], longest: int) -> Iterator[Feature]:
    for n in range(1, longest + 1):
        for i in range(len(terms) - n + 1):
            run = terms[i : i + n]
            yield Feature(" ".join([term.text for term in run]), ((run[0].start, run[-1].end),))


def words(sentence: Sentence) -> Iterator[Feature]:
    """Words and pairs of neighbouring words."""
    return _ngrams(sentence.words, 2)


def characters(sentence: Sentence) -> Iterator[Feature]:
    """Runs of three to five characters within a word and its bounds, for spellings never seen."""
    for term in sentence.words:
        padded = f" {term.text} "
        place = ((term.start, term.end),)
        for n in (3, 4, 5):
            for i in range(max(1, len(padded) - n + 1)):
                yield Feature(padded[i : i + n], place)


def folded(sentence: Sentence) -> Iterator[Feature]:
    """Runs of one to three terms of the folded stream, with the sentence's bounds as terms."""
    bounded = (
        Term("^", sentence.start, sentence.start),
        *sentence.folded,
        Term("$", sentence.end, sentence.end),
    )
    return _ngrams(bounded, 3)


def cue_pairs(sentence: Sentence) -> Iterator[Feature]:
    """Cues and word classes of the sentence, and which of them stand together, near or far."""
    places = {term.text: (term.start, term.end) for term in reversed(sentence.folded) if "<" in term.text}
    places |= {term.text: (term.start, term.end) for term in reversed(sentence.cues)}
    for name, place in places.items():
        yield Feature(name, (place,))
    for first, second in combinations(sorted(places), 2):
        yield Feature(f"{first} & {second}", (places[first], places[second]))


Family = Callable[[Sentence], Iterator[Feature]]


@dataclass(frozen=True, slots=True)
class Names:
    """A scikit-learn analyzer: the names of a family's features."""

    family: Family

    def __call__(self, sentence: Sentence) -> list[str]:
        """Return the names, once for each time a feature stands in the sentence."""
        return [feature[0] for feature in self.family(sentence)]


def vectorizer(family: Family, *, min_df: int = 2) -> TfidfVectorizer:
    """Return an unfitted TF-IDF vectorizer for one family; a name seen in fewer than `min_df` rows is left out."""
    return TfidfVectorizer(analyzer=Names(family), min_df=min_df, sublinear_tf=True, dtype=np.float32)


def features() -> FeatureUnion:
    """Return the unfitted transformer from sentences to a sparse matrix (sentences, columns)."""
    return FeatureUnion(
        [
            ("words", vectorizer(words)),
            ("characters", vectorizer(characters, min_df=3)),
            ("folded", vectorizer(folded)),
            ("cue_pairs", vectorizer(cue_pairs)),
        ]
    )
