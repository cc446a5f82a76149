"""Sentences in, sparse columns out: TF-IDF over words, characters, folded classes and cues.

A family of features reads their names out of a sentence, which a model learns from, and makes an index of the names
that got a column. The index finds the columns of many sentences at once, without writing the names; and, for evidence,
the places in the text that each was read from. The tests hold both to the names, so what a tag shows as its evidence is
what the model was given, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, count, repeat
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import FeatureUnion
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l2
from sklearn.utils.validation import check_is_fitted

from classifier.preprocess import Sentence, Terms

_MOST_WORDS = 20_000
"""Words whose columns are kept, some 5 MB of them; past it all are forgotten, and looked up again as they come."""

_AND = " & "
_BETWEEN = "\x00"
"""Stands between names that are saved; no word holds it, since the preprocessor reads it as a blank."""

Columns = NDArray[np.integer[Any]]


class Located(NamedTuple):
    """The features of a sentence that have a column, each as often as it stands there, and their places in the text.

    columns
        Shape (features,).
    owners
        Number of the feature that a place is of, shape (places,); a feature has one place or two.
    starts, ends
        Offsets in the entry's text, in code points, shape (places,).
    """

    columns: Columns
    owners: NDArray[np.int_]
    starts: NDArray[np.int_]
    ends: NDArray[np.int_]


class Index(Protocol):
    """The names of a family that have a column."""

    def vocabulary(self) -> dict[str, int]:
        """Return the column of each name."""

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        """Return the features of sentences, each as often as it stands there: number of the sentence, and column."""

    def located(self, sentence: Sentence) -> Located:
        """Return the features of a sentence with their places."""


class Family(Protocol):
    """A kind of features."""

    def names(self, sentence: Sentence) -> list[str]:
        """Return the names of the features of a sentence, each as often as it stands there."""

    def index(self, vocabulary: Mapping[str, int]) -> Index:
        """Return an index of names, whose columns are in the order of the names."""


# Runs of terms


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of one to `longest` terms of a stream, which is bounded by the terms of `bounds`."""

    stream: Callable[[Sentence], Terms]
    longest: int
    bounds: tuple[str, ...] = ()

    def texts(self, sentence: Sentence) -> Sequence[str]:
        """Return the terms."""
        texts = self.stream(sentence).texts
        return (self.bounds[0], *texts, self.bounds[1]) if self.bounds else texts

    def places(self, sentence: Sentence) -> tuple[list[int], list[int]]:
        """Return where the terms start and end; bounds where the sentence does."""
        terms = self.stream(sentence)
        first, last = ([sentence.start], [sentence.end]) if self.bounds else ([], [])
        return [*first, *terms.starts, *last], [*first, *terms.ends, *last]

    def names(self, sentence: Sentence) -> list[str]:
        """Return the terms of each run with blanks between."""
        texts = self.texts(sentence)
        return [" ".join(texts[i : i + n]) for n in range(1, self.longest + 1) for i in range(len(texts) - n + 1)]

    def index(self, vocabulary: Mapping[str, int]) -> Index:
        """Return an index of runs."""
        return _RunIndex(self, vocabulary)


class _RunIndex:
    """Finds a run by the run of all its terms but the last, and that term.

    Both have columns: a name gets one for the sentences it stands in, and what it is made of stands in all of them.
    """

    def __init__(self, runs: Runs, vocabulary: Mapping[str, int]) -> None:
        self._runs = runs
        self._terms = {name: column for name, column in vocabulary.items() if " " not in name}
        self._longer = [
            _Pairs(vocabulary, [name.rpartition(" ") for name in vocabulary if name.count(" ") == n])
            for n in range(1, runs.longest)
        ]

    def vocabulary(self) -> dict[str, int]:
        names = {column: name for name, column in self._terms.items()}
        for longer in self._longer:
            names |= longer.names(names, " ")
        return {name: column for column, name in sorted(names.items())}

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        texts = [self._runs.texts(sentence) for sentence in sentences]
        rows = np.repeat(np.arange(len(texts)), [len(row) for row in texts])
        found = [(here, run[here]) for run, here in self._find(chain.from_iterable(texts), rows)]
        return np.concatenate([rows[here] for here, _ in found]), np.concatenate([columns for _, columns in found])

    def located(self, sentence: Sentence) -> Located:
        texts = self._runs.texts(sentence)
        found = self._find(texts, np.zeros(len(texts), dtype=int))
        starts, ends = map(np.array, self._runs.places(sentence))
        columns = np.concatenate([run[here] for run, here in found])
        return Located(
            columns,
            np.arange(len(columns)),
            np.concatenate([starts[here] for _, here in found]),
            np.concatenate([ends[here + n] for n, (_, here) in enumerate(found)]),
        )

    def _find(self, texts: Iterable[str], rows: NDArray[np.int_]) -> list[tuple[Columns, NDArray[np.int_]]]:
        """For each length the column of the run that starts at each term, and at which terms there is one."""
        terms: Columns = np.fromiter(map(self._terms.get, texts, repeat(-1)), np.int64, len(rows))
        found = [(terms, np.flatnonzero(terms >= 0))]
        for n, longer in enumerate(self._longer, start=1):
            run, here = found[-1]
            here = here[here < len(terms) - n]
            here = here[(terms[here + n] >= 0) & (rows[here] == rows[here + n])]
            columns: Columns = np.full(len(terms), -1)
            columns[here] = longer.find(run[here], terms[here + n])
            found.append((columns, here[columns[here] >= 0]))
        return found


class _Pairs:
    """Names that are made of two others, found by the columns of these."""

    def __init__(self, vocabulary: Mapping[str, int], names: Iterable[tuple[str, str, str]]) -> None:
        self.size = len(vocabulary)
        found = sorted((self._number(vocabulary[a], vocabulary[b]), vocabulary[a + and_ + b]) for a, and_, b in names)
        none = (np.iinfo(np.int64).max, -1)
        numbers, columns = zip(*found, none, strict=True)
        self._numbers, self._columns = np.array(numbers, dtype=np.int64), np.array(columns, dtype=np.int32)

    def _number(self, first: Any, second: Any) -> Any:
        return first * self.size + second

    def names(self, known: Mapping[int, str], between: str) -> dict[int, str]:
        """Return the name of each column, made of those of the others."""
        parts = (divmod(number, self.size) for number in self._numbers[:-1].tolist())
        return {
            column: f"{known[first]}{between}{known[second]}"
            for column, (first, second) in zip(self._columns[:-1].tolist(), parts, strict=True)
        }

    def find(self, first: Columns, second: Columns) -> Columns:
        """Return the columns of the names that are made of these, or -1."""
        wanted = self._number(first, second)
        places = np.searchsorted(self._numbers, wanted)
        return np.where(self._numbers[places] == wanted, self._columns[places], -1)


# Runs of characters


class Characters:
    """Runs of three to five characters within a word and its bounds, for spellings never seen."""

    def names(self, sentence: Sentence) -> list[str]:
        """Return the runs."""
        return [run for word in sentence.words.texts for run in self.of_word(word)]

    @staticmethod
    def of_word(word: str) -> list[str]:
        """Return the runs of a word."""
        padded = f" {word} "
        return [padded[i : i + n] for n in (3, 4, 5) for i in range(max(1, len(padded) - n + 1))]

    def index(self, vocabulary: Mapping[str, int]) -> Index:
        """Return an index of words."""
        return _WordIndex(vocabulary)


class _WordIndex(dict[str, bytes]):
    """The columns of a word's runs as int32, looked up when the word comes for the first time."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary

    def __reduce__(self) -> tuple[Callable[[str], Index], tuple[str]]:
        """Save the names as one text, in the order of their columns, which loads ten times quicker than a dict."""
        return _word_index, (_BETWEEN.join(sorted(self._vocabulary, key=self._vocabulary.__getitem__)),)

    def __missing__(self, word: str) -> bytes:
        known = [self._vocabulary[name] for name in Characters.of_word(word) if name in self._vocabulary]
        self[word] = found = np.array(known, dtype=np.int32).tobytes()
        return found

    def vocabulary(self) -> dict[str, int]:
        return dict(self._vocabulary)

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        if len(self) > _MOST_WORDS:
            self.clear()
        return self._joined([b"".join([self[word] for word in sentence.words.texts]) for sentence in sentences])

    def located(self, sentence: Sentence) -> Located:
        words = sentence.words
        numbers, columns = self._joined([self[word] for word in words.texts])
        starts, ends = np.array(words.starts, dtype=int), np.array(words.ends, dtype=int)
        return Located(columns, np.arange(len(columns)), starts[numbers], ends[numbers])

    @staticmethod
    def _joined(found: list[bytes]) -> tuple[NDArray[np.int_], Columns]:
        columns = np.frombuffer(b"".join(found), dtype=np.int32)
        return np.repeat(np.arange(len(found)), [len(part) // columns.itemsize for part in found]), columns


def _word_index(names: str) -> Index:
    known = names.split(_BETWEEN)
    return _WordIndex(dict(zip(known, range(len(known)), strict=True)))


# Cues and classes


class CuePairs:
    """Cues and word classes of the sentence, and which of them stand together, near or far; each once."""

    @staticmethod
    def alone(sentence: Sentence) -> list[str]:
        """Return cues and classes, as often as they stand."""
        return [*sentence.cues.texts, *(text for text in sentence.folded.texts if "<" in text)]

    def names(self, sentence: Sentence) -> list[str]:
        """Return them alone, and two by two."""
        alone = sorted(set(self.alone(sentence)))
        return [*alone, *map(_AND.join, combinations(alone, 2))]

    def index(self, vocabulary: Mapping[str, int]) -> Index:
        """Return an index of cues."""
        return _CueIndex(vocabulary)


class _CueIndex:
    """Finds pairs by their two names."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._alone = {name: column for name, column in vocabulary.items() if _AND not in name}
        self._pairs = _Pairs(vocabulary, [name.partition(_AND) for name in vocabulary if _AND in name])

    def vocabulary(self) -> dict[str, int]:
        names = {column: name for name, column in self._alone.items()}
        names |= self._pairs.names(names, _AND)
        return {name: column for column, name in sorted(names.items())}

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        names = [CuePairs.alone(sentence) for sentence in sentences]
        rows = np.repeat(np.arange(len(names)), [len(row) for row in names])
        alone = np.fromiter(map(self._alone.get, chain.from_iterable(names), repeat(-1)), np.int64, len(rows))
        known, size = alone >= 0, self._pairs.size
        rows, alone = np.divmod(np.unique(rows[known] * size + alone[known]), size)
        first, _, columns = self._together(rows, alone)
        return np.concatenate([rows, rows[first]]), np.concatenate([alone, columns])

    def located(self, sentence: Sentence) -> Located:
        terms = [*sentence.cues, *(term for term in sentence.folded if "<" in term.text)]
        places = {
            self._alone[term.text]: (term.start, term.end) for term in reversed(terms) if term.text in self._alone
        }
        alone = np.array(sorted(places), dtype=int)
        starts, ends = np.array([places[name] for name in alone.tolist()], dtype=int).reshape(-1, 2).T
        first, second, columns = self._together(np.zeros(len(alone), dtype=int), alone)
        one, two = np.arange(len(alone)), len(alone) + np.arange(len(columns))
        read_from = np.concatenate([one, first, second])
        return Located(
            np.concatenate([alone, columns]), np.concatenate([one, two, two]), starts[read_from], ends[read_from]
        )

    def _together(self, rows: NDArray[np.int_], alone: Columns) -> tuple[NDArray[np.int_], NDArray[np.int_], Columns]:
        """Pairs of names of one row that have a column: where the first stands, and the second, and the column."""
        found = [np.empty((3, 0), dtype=int)]
        for apart in count(1):
            first = np.flatnonzero(rows[:-apart] == rows[apart:])
            if not len(first):
                break
            columns = self._pairs.find(alone[first], alone[first + apart])
            found.append(np.stack([first, first + apart, columns])[:, columns >= 0])
        first, second, columns = np.concatenate(found, axis=1)
        return first, second, columns


words = Runs(attrgetter("words"), longest=2)
"""Words and pairs of neighbouring words."""

characters = Characters()

folded = Runs(attrgetter("folded"), longest=3, bounds=("^", "$"))
"""Runs of one to three terms of the folded stream, with the sentence's bounds as terms."""

cue_pairs = CuePairs()


class Vectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of one family of features, with the logarithm of the counts and rows of length one.

    The figures are those of scikit-learn's `CountVectorizer` and `TfidfTransformer`, which choose the names and weigh
    them.

    Parameters
    ----------
    family
        What is counted.
    min_df
        Rows that a name is seen in, at the least, to get a column.

    Attributes
    ----------
    index_ : Index
        The names, with their columns.
    idf_ : array of shape (n_names,)
        The weight of each.
    """

    def __init__(self, family: Family, *, min_df: int = 2) -> None:
        self.family = family
        self.min_df = min_df

    def fit(self, sentences: Sequence[Sentence], y: object = None) -> Self:
        """Choose the names, and weigh them."""
        counter = CountVectorizer(analyzer=self.family.names, min_df=self.min_df, dtype=np.float32)
        counts = counter.fit_transform(sentences)
        self.index_ = self.family.index(counter.vocabulary_)
        self.idf_ = TfidfTransformer().fit(counts).idf_
        return self

    def transform(self, sentences: Sequence[Sentence]) -> csr_matrix:
        """Return the weights of the names in each sentence, shape (n_sentences, n_names), in single precision."""
        check_is_fitted(self)
        rows, columns = self.index_.columns(sentences)
        ones = np.ones(len(columns), dtype=np.float32)
        found = csr_matrix(
            (ones, (rows, columns)), shape=(len(sentences), len(self.idf_))
        )  # adds up what is counted twice
        np.log(found.data, out=found.data)
        found.data += 1.0
        found.data *= self.idf_[found.indices]
        inplace_csr_row_normalize_l2(found)
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
