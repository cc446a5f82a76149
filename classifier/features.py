"""Sentences in, sparse columns out: TF-IDF over words, characters, folded classes and cues.

Each family of features can be read in two ways. With their places in the text, for evidence: `Feature` values. And by
`keys`, for counting: a key is whatever decides a few features wherever it stands, such as a word its runs of
characters, so that their columns are looked up once for each key and not each time. Both ways give the same names, and
the tests hold that; so what a tag shows as its evidence is what the model was given, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise, repeat
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import FeatureUnion
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l2
from sklearn.utils.validation import check_is_fitted

from classifier.preprocess import Sentence, Term

Place = tuple[int, int]
"""Start and end in the entry's text, in code points."""

_MOST_KEYS = 20_000
"""Keys whose columns are kept, some 5 MB of them; past it all are forgotten, and looked up again as they come."""


_BETWEEN = "\x00"
"""Stands between names that are saved; no word holds it, since the preprocessor reads it as a blank."""


class Feature(NamedTuple):
    """A feature's name and the places in the text that it was read from."""

    name: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of features.

    features
        The features of a sentence with their places, each as often as it stands there.
    keys
        What decides them, in the order of the sentence.
    names
        The names of the features that a key decides; None where they are the runs of keys.
    longest
        Keys of such a run, at the most: two or three.
    """

    features: Callable[[Sentence], Iterator[Feature]]
    keys: Callable[[Sentence], Sequence[Any]]
    names: Callable[[Any], Iterable[str]] | None = None
    longest: int = 2

    def __call__(self, sentence: Sentence) -> Iterator[Feature]:
        """Return the features of a sentence with their places."""
        return self.features(sentence)

    def counted(self, sentence: Sentence) -> list[str]:
        """Return the names of the features of a sentence, each as often as it stands there."""
        keys = self.keys(sentence)
        if self.names is not None:
            return [name for key in keys for name in self.names(key)]
        return [" ".join(keys[i : i + n]) for n in range(1, self.longest + 1) for i in range(len(keys) - n + 1)]


def _ngrams(terms: Iterable[Term], longest: int) -> Iterator[Feature]:
    terms = list(terms)
    for n in range(1, longest + 1):
        for i in range(len(terms) - n + 1):
            run = terms[i : i + n]
            yield Feature(" ".join([term.text for term in run]), ((run[0].start, run[-1].end),))


def _words(sentence: Sentence) -> Iterator[Feature]:
    return _ngrams(sentence.words, 2)


def _word_texts(sentence: Sentence) -> Sequence[str]:
    return sentence.words.texts


words = Family(_words, _word_texts)
"""Words and pairs of neighbouring words."""


def _characters(sentence: Sentence) -> Iterator[Feature]:
    for term in sentence.words:
        place = ((term.start, term.end),)
        for run in _runs_of_characters(term.text):
            yield Feature(run, place)


def _runs_of_characters(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[i : i + n] for n in (3, 4, 5) for i in range(max(1, len(padded) - n + 1))]


characters = Family(_characters, _word_texts, _runs_of_characters)
"""Runs of three to five characters within a word and its bounds, for spellings never seen."""


def _folded(sentence: Sentence) -> Iterator[Feature]:
    first, last = Term("^", sentence.start, sentence.start), Term("$", sentence.end, sentence.end)
    return _ngrams((first, *sentence.folded, last), 3)


def _folded_texts(sentence: Sentence) -> Sequence[str]:
    return ("^", *sentence.folded.texts, "$")


folded = Family(_folded, _folded_texts, longest=3)
"""Runs of one to three terms of the folded stream, with the sentence's bounds as terms."""


def _cue_pairs(sentence: Sentence) -> Iterator[Feature]:
    places = {term.text: (term.start, term.end) for term in reversed(sentence.folded) if "<" in term.text}
    places |= {term.text: (term.start, term.end) for term in reversed(sentence.cues)}
    for name, place in places.items():
        yield Feature(name, (place,))
    for first, second in combinations(sorted(places), 2):
        yield Feature(f"{first} & {second}", (places[first], places[second]))


def _cue_key(sentence: Sentence) -> Sequence[frozenset[str]]:
    return (frozenset([*sentence.cues.texts, *(text for text in sentence.folded.texts if "<" in text)]),)


def _alone_and_together(cues: frozenset[str]) -> list[str]:
    return [*cues, *(f"{first} & {second}" for first, second in combinations(sorted(cues), 2))]


cue_pairs = Family(_cue_pairs, _cue_key, _alone_and_together)
"""Cues and word classes of the sentence, and which of them stand together, near or far."""


class Vectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of one family of features, with the logarithm of the counts and rows of length one.

    The figures are those of scikit-learn's `CountVectorizer` and `TfidfTransformer`, which choose the names and weigh
    them; but here the columns of a key are looked up once, and not each of its names each time.

    Parameters
    ----------
    family
        What is counted.
    min_df
        Rows that a name is seen in, at the least, to get a column.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        The column of each name.
    idf_ : array of shape (n_names,)
        The weight of each.
    """

    def __init__(self, family: Family, *, min_df: int = 2) -> None:
        self.family = family
        self.min_df = min_df

    def fit(self, sentences: Sequence[Sentence], y: object = None) -> Self:
        """Choose the names, and weigh them."""
        counter = CountVectorizer(analyzer=self.family.counted, min_df=self.min_df, dtype=np.float32)
        counts = counter.fit_transform(sentences)
        self.vocabulary_ = counter.vocabulary_
        self.idf_ = TfidfTransformer().fit(counts).idf_
        self._columns = _Columns(self.family.names or tuple, self.vocabulary_)
        return self

    def transform(self, sentences: Sequence[Sentence]) -> csr_matrix:
        """Return the weights of the names in each sentence, shape (n_sentences, n_names), in single precision."""
        check_is_fitted(self)
        found = self._count(sentences)
        np.log(found.data, out=found.data)
        found.data += 1.0
        found.data *= self.idf_[found.indices]
        inplace_csr_row_normalize_l2(found)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Save the names as one text, in the order of their columns, which loads ten times quicker than a dict."""
        state = {name: value for name, value in super().__getstate__().items() if name != "_columns"}
        if "vocabulary_" in state:
            state["vocabulary_"] = _BETWEEN.join(sorted(self.vocabulary_, key=self.vocabulary_.__getitem__))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Load what was saved."""
        if "vocabulary_" in state:
            names = state["vocabulary_"].split(_BETWEEN)
            state = state | {"vocabulary_": dict(zip(names, range(len(names)), strict=True))}
            self._columns = _Columns(state["family"].names or tuple, state["vocabulary_"])
        super().__setstate__(state)

    def _count(self, sentences: Sequence[Sentence]) -> csr_matrix:
        keys = [self.family.keys(sentence) for sentence in sentences]
        columns, sizes = self._of_runs(keys) if self.family.names is None else self._of_keys(keys)
        indptr = np.append(0, np.cumsum(sizes, dtype=int))
        ones = np.ones(len(columns), dtype=np.float32)
        counts = csr_matrix((ones, columns, indptr), shape=(len(keys), len(self.vocabulary_)))
        counts.sum_duplicates()
        return counts

    def _of_runs(self, rows: list[Sequence[str]]) -> tuple[NDArray[np.int32], NDArray[np.int_]]:
        """The columns of the runs of keys, and how many each row has."""
        found = [_runs(self.vocabulary_, keys, self.family.longest) for keys in rows]
        columns = np.fromiter(chain.from_iterable(found), dtype=np.int32)
        known = columns >= 0
        ends = np.append(0, np.cumsum(known))[np.append(0, np.cumsum([len(row) for row in found], dtype=int))]
        return columns[known], np.diff(ends)

    def _of_keys(self, rows: list[Sequence[Any]]) -> tuple[NDArray[np.int32], NDArray[np.int_]]:
        """The columns that keys decide, and how many each row has."""
        if len(self._columns) > _MOST_KEYS:
            self._columns.clear()
        found = [b"".join([self._columns[key] for key in keys]) for keys in rows]
        columns = np.frombuffer(bytearray().join(found), dtype=np.int32)
        return columns, np.array([len(row) for row in found], dtype=int) // columns.itemsize


def _runs(vocabulary: dict[str, int], keys: Sequence[str], longest: int) -> list[int]:
    """The column of each run of one to `longest` keys, or -1.

    A name is in the vocabulary for the rows that it stands in, and what it is made of stands in all of them; so a run
    of three is only looked up where both its pairs are known.
    """
    get = vocabulary.get
    found = list(map(get, keys, repeat(-1)))
    pairs = [get(f"{a} {b}", -1) for a, b in pairwise(keys)]
    found += pairs
    if longest == 3:
        threes = zip(keys, keys[1:], keys[2:], pairs, pairs[1:], strict=False)
        found += [get(f"{a} {b} {c}", -1) for a, b, c, ab, bc in threes if ab >= 0 and bc >= 0]
    return found


class _Columns(dict[Hashable, bytes]):
    """The columns of the names that a key decides, as int32, looked up when the key comes for the first time."""

    def __init__(self, names: Callable[[Any], Iterable[str]], vocabulary: dict[str, int]) -> None:
        self._names = names
        self._vocabulary = vocabulary

    def __missing__(self, key: Hashable) -> bytes:
        known = [self._vocabulary[name] for name in self._names(key) if name in self._vocabulary]
        self[key] = found = np.array(known, dtype=np.int32).tobytes()
        return found


class Union(FeatureUnion):  # type: ignore[misc]
    """A union that goes through its parts in a row; scikit-learn's own takes milliseconds a call to share them out."""

    def transform(self, sentences: Sequence[Sentence]) -> csr_matrix:
        """Return the columns of all parts side by side."""
        return csr_matrix(hstack([part.transform(sentences) for _, part in self.transformer_list], format="csr"))


def features() -> Union:
    """Return the unfitted transformer from sentences to a sparse matrix (sentences, columns)."""
    return Union(
        [
            ("words", Vectorizer(words)),
            ("characters", Vectorizer(characters, min_df=3)),
            ("folded", Vectorizer(folded)),
            ("cue_pairs", Vectorizer(cue_pairs)),
        ]
    )
