"""Finds the columns of the features of many sentences at once, and the spans of the features in the text.

An index is built from a family and its vocabulary. scikit-learn's `CountVectorizer` would be simpler, but looks up each
feature by its name. Writing these names takes eight times as long as an index needs, and longer than preprocessing.
`CountVectorizer` also does not return the spans of features, which evidence needs. An index is fast because it knows
how its family builds names: an n-gram is found by the columns of its parts, and the columns of the character n-grams of
a word are cached. Tests compare the indices with `Family.names` and with scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count, repeat
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.model.families import JOINER, CharacterNGrams, CuePairs, Family, TermNGrams
from classifier.preprocess import Sentence

Columns = NDArray[np.integer[Any]]

_MAX_CACHED_WORDS = 20_000
"""Number of words whose columns are cached, in about 5 MB. A full cache is emptied."""

_SEPARATOR = "\x00"
"""Separates names in a saved index. No name contains this character: preprocessing replaces it by a blank."""


class Located(NamedTuple):
    """The features of a sentence that have a column, with their spans. A feature is repeated for each occurrence.

    columns
        Column of each feature, shape (features,).
    feature_of_place
        Number of the feature that each span belongs to, shape (spans,). A cue pair has two spans, other features one.
    starts, ends
        Offsets of the spans in the entry's text, in code points, shape (spans,).
    """

    columns: Columns
    feature_of_place: NDArray[np.int_]
    starts: NDArray[np.int_]
    ends: NDArray[np.int_]


class Index(Protocol):
    """Finds those features of a family that have a column."""

    def vocabulary(self) -> dict[str, int]:
        """Return the column of each feature, by name."""

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        """Return two arrays with one value per occurrence of a feature: the sentence's number, and the column."""

    def locate(self, sentence: Sentence) -> Located:
        """Return the features of a sentence with their spans."""


def build_index(family: Family, vocabulary: Mapping[str, int]) -> Index:
    """Return an index for a family and its vocabulary, which gives the column of each name.

    Columns must follow the alphabetical order of the names, as in `CountVectorizer`.
    """
    match family:
        case TermNGrams():
            return _TermIndex(family, vocabulary)
        case CharacterNGrams():
            return _CharacterIndex(vocabulary)
        case CuePairs():
            return _CueIndex(vocabulary)
    raise TypeError(f"no index for {type(family).__name__}; expected one of the families of this package")


class _PairTable:
    """Finds the column of a name that is joined from two other names, by the columns of these two."""

    def __init__(self, vocabulary: Mapping[str, int], names: Iterable[tuple[str, str, str]]) -> None:
        self.size = len(vocabulary)
        rows = sorted(
            (self._key(vocabulary[first], vocabulary[second]), vocabulary[first + joiner + second])
            for first, joiner, second in names
        )
        sentinel = (np.iinfo(np.int64).max, -1)  # `find` may look one past the last row
        keys, columns = zip(*rows, sentinel, strict=True)
        self._keys, self._columns = np.array(keys, dtype=np.int64), np.array(columns, dtype=np.int32)

    def _key(self, first: Any, second: Any) -> Any:
        """Return one number that stands for a pair of columns. `divmod` by `size` gives the pair back."""
        return first * self.size + second

    def names(self, known: Mapping[int, str], joiner: str) -> dict[int, str]:
        """Return the name of each column in the table. `known` holds the names that are joined, by column."""
        parts = (divmod(key, self.size) for key in self._keys[:-1].tolist())
        return {
            column: f"{known[first]}{joiner}{known[second]}"
            for column, (first, second) in zip(self._columns[:-1].tolist(), parts, strict=True)
        }

    def find(self, first: Columns, second: Columns) -> Columns:
        """Return for each pair of columns the column of the joined name, or -1 if the joined name has no column."""
        wanted = self._key(first, second)
        rows = np.searchsorted(self._keys, wanted)
        return np.where(self._keys[rows] == wanted, self._columns[rows], -1)


class _TermIndex:
    """Finds an n-gram by its prefix (all terms but the last) and its last term.

    Both always have columns: they occur in at least as many sentences as the n-gram, so they also reach `min_df`.
    """

    def __init__(self, family: TermNGrams, vocabulary: Mapping[str, int]) -> None:
        self._family = family
        self._terms = {name: column for name, column in vocabulary.items() if " " not in name}
        self._longer = [  # one table for each length, from two terms up
            _PairTable(vocabulary, [name.rpartition(" ") for name in vocabulary if name.count(" ") == n])
            for n in range(1, family.longest)
        ]

    def vocabulary(self) -> dict[str, int]:
        names = {column: name for name, column in self._terms.items()}
        for table in self._longer:
            names |= table.names(names, " ")
        return {name: column for column, name in sorted(names.items())}

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        texts = [self._family.texts(sentence) for sentence in sentences]
        rows = np.repeat(np.arange(len(texts)), [len(row) for row in texts])
        by_length = self._find(chain.from_iterable(texts), rows)
        return (
            np.concatenate([rows[firsts] for _, firsts in by_length]),
            np.concatenate([columns[firsts] for columns, firsts in by_length]),
        )

    def locate(self, sentence: Sentence) -> Located:
        texts = self._family.texts(sentence)
        by_length = self._find(texts, np.zeros(len(texts), dtype=int))
        columns = np.concatenate([columns[firsts] for columns, firsts in by_length])
        starts, ends = self._spans(sentence)
        return Located(
            columns,
            np.arange(len(columns)),
            np.concatenate([starts[firsts] for _, firsts in by_length]),
            np.concatenate([ends[firsts + n] for n, (_, firsts) in enumerate(by_length)]),
        )

    def _spans(self, sentence: Sentence) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Return the starts and the ends of the terms. Bounds are empty spans where the sentence starts and ends."""
        terms = self._family.terms(sentence)
        start, end = ([sentence.start], [sentence.end]) if self._family.bounds else ([], [])
        return np.array([*start, *terms.starts, *end], dtype=int), np.array([*start, *terms.ends, *end], dtype=int)

    def _find(self, texts: Iterable[str], rows: NDArray[np.int_]) -> list[tuple[Columns, NDArray[np.int_]]]:
        """Return two arrays for each length of n-gram, from one term up.

        The first array holds for each term the column of the n-gram that starts there, or -1. The second holds the
        numbers of the terms where the column is not -1. `rows` holds the number of each term's sentence, because an
        n-gram must lie within one sentence.
        """
        terms: Columns = np.fromiter(map(self._terms.get, texts, repeat(-1)), np.int64, len(rows))
        by_length = [(terms, np.flatnonzero(terms >= 0))]
        for n, table in enumerate(self._longer, start=1):
            prefixes, firsts = by_length[-1]
            # Keep the prefixes that are followed by a term with a column, in the same sentence.
            firsts = firsts[firsts < len(terms) - n]
            firsts = firsts[(terms[firsts + n] >= 0) & (rows[firsts] == rows[firsts + n])]
            columns: Columns = np.full(len(terms), -1)
            columns[firsts] = table.find(prefixes[firsts], terms[firsts + n])
            by_length.append((columns, firsts[columns[firsts] >= 0]))
        return by_length


class _CharacterIndex(dict[str, bytes]):
    """A cache by word. It holds the columns of the word's character n-grams, as the bytes of an int32 array."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary

    def __reduce__(self) -> tuple[Callable[[str], Index], tuple[str]]:
        """Pickle the names as one string, ordered by column. The string loads ten times faster than a dict."""
        return _load_character_index, (_SEPARATOR.join(sorted(self._vocabulary, key=self._vocabulary.__getitem__)),)

    def __missing__(self, word: str) -> bytes:
        """Compute and cache the columns of a word that is not in the cache."""
        names = CharacterNGrams.names_of_word(word)
        columns = np.array([self._vocabulary[name] for name in names if name in self._vocabulary], dtype=np.int32)
        self[word] = as_bytes = columns.tobytes()
        return as_bytes

    def vocabulary(self) -> dict[str, int]:
        return dict(self._vocabulary)

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        if len(self) > _MAX_CACHED_WORDS:
            self.clear()
        return self._joined([b"".join([self[word] for word in sentence.words.texts]) for sentence in sentences])

    def locate(self, sentence: Sentence) -> Located:
        words = sentence.words
        numbers, columns = self._joined([self[word] for word in words.texts])
        starts, ends = np.array(words.starts, dtype=int), np.array(words.ends, dtype=int)
        return Located(columns, np.arange(len(columns)), starts[numbers], ends[numbers])

    @staticmethod
    def _joined(parts: list[bytes]) -> tuple[NDArray[np.int_], Columns]:
        """Return two arrays: all columns of the parts (second), and the number of the part of each column (first)."""
        columns = np.frombuffer(b"".join(parts), dtype=np.int32)
        return np.repeat(np.arange(len(parts)), [len(part) // columns.itemsize for part in parts]), columns


def _load_character_index(names: str) -> Index:
    return _CharacterIndex({name: column for column, name in enumerate(names.split(_SEPARATOR))})


class _CueIndex:
    """Finds a cue or word class by its name, and a pair of them by the columns of the two."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._singles = {name: column for name, column in vocabulary.items() if JOINER not in name}
        self._pairs = _PairTable(vocabulary, [name.partition(JOINER) for name in vocabulary if JOINER in name])

    def vocabulary(self) -> dict[str, int]:
        names = {column: name for name, column in self._singles.items()}
        names |= self._pairs.names(names, JOINER)
        return {name: column for column, name in sorted(names.items())}

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        names = [CuePairs.single_names(sentence) for sentence in sentences]
        rows = np.repeat(np.arange(len(names)), [len(row) for row in names])
        singles = np.fromiter(map(self._singles.get, chain.from_iterable(names), repeat(-1)), np.int64, len(rows))
        is_known, size = singles >= 0, self._pairs.size
        # Count each cue once per sentence: keep the distinct pairs of row and column, each packed into one number.
        rows, singles = np.divmod(np.unique(rows[is_known] * size + singles[is_known]), size)
        first, _, columns = self._find_pairs(rows, singles)
        return np.concatenate([rows, rows[first]]), np.concatenate([singles, columns])

    def locate(self, sentence: Sentence) -> Located:
        terms = [*sentence.cues, *(term for term in sentence.folded if "<" in term.text)]
        # The dict keeps the last value of a key. The terms are reversed, so it keeps the first span of each cue.
        spans = {
            self._singles[term.text]: (term.start, term.end) for term in reversed(terms) if term.text in self._singles
        }
        singles = np.array(sorted(spans), dtype=int)
        starts, ends = np.array([spans[column] for column in singles.tolist()], dtype=int).reshape(-1, 2).T
        first, second, columns = self._find_pairs(np.zeros(len(singles), dtype=int), singles)
        single_features = np.arange(len(singles))
        pair_features = len(singles) + np.arange(len(columns))
        single_of_span = np.concatenate([single_features, first, second])  # a pair has the spans of both its cues
        return Located(
            np.concatenate([singles, columns]),
            np.concatenate([single_features, pair_features, pair_features]),
            starts[single_of_span],
            ends[single_of_span],
        )

    def _find_pairs(
        self, rows: NDArray[np.int_], singles: Columns
    ) -> tuple[NDArray[np.int_], NDArray[np.int_], Columns]:
        """Return the pairs of cues in one sentence that have a column: the indices of both cues, and the pair's column.

        `rows` holds the sentence's number of each cue, and `singles` its column, ascending within a sentence. Columns
        follow the alphabetical order, so the cue with the lower column also comes first in the pair's name.
        """
        pairs = [np.empty((3, 0), dtype=int)]
        for distance in count(1):  # pairs of neighbours, then of cues two apart, and so on
            first = np.flatnonzero(rows[:-distance] == rows[distance:])
            if not len(first):
                break
            columns = self._pairs.find(singles[first], singles[first + distance])
            pairs.append(np.stack([first, first + distance, columns])[:, columns >= 0])
        first, second, columns = np.concatenate(pairs, axis=1)
        return first, second, columns
