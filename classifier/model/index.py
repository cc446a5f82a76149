"""A family and its vocabulary in, an index out that finds the columns of many sentences at once, and their places.

Why not scikit-learn's `CountVectorizer`? It writes the name of every feature to look it up, which takes eight times as
long as these indices, and longer than preprocessing. It also does not say where a feature was read, which evidence
needs. Each index makes use of how its family builds names: an n-gram is found by the columns of its parts, and the
columns of a word's character n-grams are cached. Tests compare the indices with `Family.names` and with scikit-learn.
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
"""Words whose columns are cached, in about 5 MB. A full cache is emptied."""

_SEPARATOR = "\x00"
"""Stands between names in a saved index. No name holds it, because preprocessing reads it as a blank."""


class Located(NamedTuple):
    """The features of a sentence that have a column, once for each occurrence, and the places they were read from.

    columns
        Column of each feature, shape (features,).
    feature_of_place
        Number of the feature that each place belongs to, shape (places,). A feature has one place or two.
    starts, ends
        Offsets of the places in the entry's text, in code points, shape (places,).
    """

    columns: Columns
    feature_of_place: NDArray[np.int_]
    starts: NDArray[np.int_]
    ends: NDArray[np.int_]


class Index(Protocol):
    """The features of a family that have a column."""

    def vocabulary(self) -> dict[str, int]:
        """Return the column of each name."""

    def columns(self, sentences: Sequence[Sentence]) -> tuple[NDArray[np.int_], Columns]:
        """Return for each occurrence of a feature the number of its sentence, and its column."""

    def locate(self, sentence: Sentence) -> Located:
        """Return the features of a sentence with their places."""


def build_index(family: Family, vocabulary: Mapping[str, int]) -> Index:
    """Return the index of a family for a vocabulary, from name to column.

    Columns are in the alphabetical order of the names, as `CountVectorizer` numbers them.
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
    """Names that are joined from two other names: finds their columns by the columns of the two."""

    def __init__(self, vocabulary: Mapping[str, int], names: Iterable[tuple[str, str, str]]) -> None:
        self.size = len(vocabulary)
        rows = sorted(
            (self._key(vocabulary[first], vocabulary[second]), vocabulary[first + joiner + second])
            for first, joiner, second in names
        )
        sentinel = (np.iinfo(np.int64).max, -1)  # so that `find` may look one past the last row
        keys, columns = zip(*rows, sentinel, strict=True)
        self._keys, self._columns = np.array(keys, dtype=np.int64), np.array(columns, dtype=np.int32)

    def _key(self, first: Any, second: Any) -> Any:
        return first * self.size + second

    def names(self, known: Mapping[int, str], joiner: str) -> dict[int, str]:
        """Return the name of each column in the table, joined from the names of other columns."""
        parts = (divmod(key, self.size) for key in self._keys[:-1].tolist())
        return {
            column: f"{known[first]}{joiner}{known[second]}"
            for column, (first, second) in zip(self._columns[:-1].tolist(), parts, strict=True)
        }

    def find(self, first: Columns, second: Columns) -> Columns:
        """Return for each pair of columns the column of the name that joins them, or -1."""
        wanted = self._key(first, second)
        rows = np.searchsorted(self._keys, wanted)
        return np.where(self._keys[rows] == wanted, self._columns[rows], -1)


class _TermIndex:
    """Finds an n-gram by its prefix (all terms but the last) and its last term.

    Safe, because both have columns: if an n-gram occurs in enough sentences (`min_df`), so do its parts.
    """

    def __init__(self, family: TermNGrams, vocabulary: Mapping[str, int]) -> None:
        self._family = family
        self._terms = {name: column for name, column in vocabulary.items() if " " not in name}
        self._longer = [
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
        starts, ends = self._places(sentence)
        return Located(
            columns,
            np.arange(len(columns)),
            np.concatenate([starts[firsts] for _, firsts in by_length]),
            np.concatenate([ends[firsts + n] for n, (_, firsts) in enumerate(by_length)]),
        )

    def _places(self, sentence: Sentence) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Return the start and end of each term; the bounds have those of the sentence."""
        terms = self._family.terms(sentence)
        start, end = ([sentence.start], [sentence.end]) if self._family.bounds else ([], [])
        return np.array([*start, *terms.starts, *end], dtype=int), np.array([*start, *terms.ends, *end], dtype=int)

    def _find(self, texts: Iterable[str], rows: NDArray[np.int_]) -> list[tuple[Columns, NDArray[np.int_]]]:
        """Return for each length of n-gram the column of the one that starts at each term, and where there is one.

        `rows` are the sentences of the terms; an n-gram lies within one.
        """
        terms: Columns = np.fromiter(map(self._terms.get, texts, repeat(-1)), np.int64, len(rows))
        by_length = [(terms, np.flatnonzero(terms >= 0))]
        for n, table in enumerate(self._longer, start=1):
            prefixes, firsts = by_length[-1]
            firsts = firsts[firsts < len(terms) - n]
            firsts = firsts[(terms[firsts + n] >= 0) & (rows[firsts] == rows[firsts + n])]
            columns: Columns = np.full(len(terms), -1)
            columns[firsts] = table.find(prefixes[firsts], terms[firsts + n])
            by_length.append((columns, firsts[columns[firsts] >= 0]))
        return by_length


class _CharacterIndex(dict[str, bytes]):
    """A cache from each word to the columns of its characters, as the bytes of an int32 array."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary

    def __reduce__(self) -> tuple[Callable[[str], Index], tuple[str]]:
        """Pickle the names as one string in the order of their columns, which loads ten times faster than a dict."""
        return _load_character_index, (_SEPARATOR.join(sorted(self._vocabulary, key=self._vocabulary.__getitem__)),)

    def __missing__(self, word: str) -> bytes:
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
        """Return the number of the part that each column comes from, and all columns."""
        columns = np.frombuffer(b"".join(parts), dtype=np.int32)
        return np.repeat(np.arange(len(parts)), [len(part) // columns.itemsize for part in parts]), columns


def _load_character_index(names: str) -> Index:
    return _CharacterIndex({name: column for column, name in enumerate(names.split(_SEPARATOR))})


class _CueIndex:
    """Finds a pair of cues by the columns of the two."""

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
        # Each cue once per sentence: the distinct combinations of row and column.
        rows, singles = np.divmod(np.unique(rows[is_known] * size + singles[is_known]), size)
        first, _, columns = self._find_pairs(rows, singles)
        return np.concatenate([rows, rows[first]]), np.concatenate([singles, columns])

    def locate(self, sentence: Sentence) -> Located:
        terms = [*sentence.cues, *(term for term in sentence.folded if "<" in term.text)]
        # Reversed, so that the first occurrence of a cue is the one that stays.
        places = {
            self._singles[term.text]: (term.start, term.end) for term in reversed(terms) if term.text in self._singles
        }
        singles = np.array(sorted(places), dtype=int)
        starts, ends = np.array([places[column] for column in singles.tolist()], dtype=int).reshape(-1, 2).T
        first, second, columns = self._find_pairs(np.zeros(len(singles), dtype=int), singles)
        single_features = np.arange(len(singles))
        pair_features = len(singles) + np.arange(len(columns))
        read_from = np.concatenate([single_features, first, second])  # a pair has the places of both its cues
        return Located(
            np.concatenate([singles, columns]),
            np.concatenate([single_features, pair_features, pair_features]),
            starts[read_from],
            ends[read_from],
        )

    def _find_pairs(
        self, rows: NDArray[np.int_], singles: Columns
    ) -> tuple[NDArray[np.int_], NDArray[np.int_], Columns]:
        """Return the pairs within a row that have a column: the indices of both cues, and the column.

        `singles` ascend within a row. Names ascend with their columns, so the two are in the order of the pair's name.
        """
        pairs = [np.empty((3, 0), dtype=int)]
        for distance in count(1):  # each cue with the next one of its row, then with the one after that, ...
            first = np.flatnonzero(rows[:-distance] == rows[distance:])
            if not len(first):
                break
            columns = self._pairs.find(singles[first], singles[first + distance])
            pairs.append(np.stack([first, first + distance, columns])[:, columns >= 0])
        first, second, columns = np.concatenate(pairs, axis=1)
        return first, second, columns
