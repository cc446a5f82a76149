"""Names the features of a sentence, in four families. The model sees nothing else of a sentence.

`index` finds the same features without writing their names. `vectorizer` turns features into numbers. After a change
here, raise `artifact.COLUMNS_VERSION`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, Protocol

from classifier.preprocess import Sentence, Terms

JOINER: Final = " & "
"""Separates the two names of a cue pair."""


class Family(Protocol):
    """A family of features."""

    def names(self, sentence: Sentence) -> list[str]:
        """Return the names of the features of a sentence.

        A name may be repeated, once for each occurrence; `CuePairs` gives each name once.
        """


@dataclass(frozen=True, slots=True)
class TermNGrams:
    """Sequences of one to `longest` neighbouring terms of a sentence.

    `stream` names the attribute of `Sentence` that holds the terms. `bounds` are two strings that mark the start and
    the end of the sentence. They are treated as its first and last term.
    """

    stream: Literal["words", "folded"]
    longest: int
    bounds: tuple[str, ...] = ()

    def terms(self, sentence: Sentence) -> Terms:
        """Return the terms of the stream."""
        terms: Terms = getattr(sentence, self.stream)
        return terms

    def texts(self, sentence: Sentence) -> tuple[str, ...]:
        """Return the terms as strings, with the bounds."""
        texts = self.terms(sentence).texts
        return (self.bounds[0], *texts, self.bounds[1]) if self.bounds else texts

    def names(self, sentence: Sentence) -> list[str]:
        """Return the n-grams. The terms of an n-gram are separated by blanks."""
        texts = self.texts(sentence)
        return [" ".join(texts[i : i + n]) for n in range(1, self.longest + 1) for i in range(len(texts) - n + 1)]


class CharacterNGrams:
    """Sequences of three to five characters of a word with a blank on each side. They recognise unknown spellings."""

    def names(self, sentence: Sentence) -> list[str]:
        """Return the n-grams of all words."""
        return [name for word in sentence.words.texts for name in self.names_of_word(word)]

    @staticmethod
    def names_of_word(word: str) -> list[str]:
        """Return the n-grams of one word. If the padded word is shorter than n, the whole padded word is its n-gram."""
        padded = f" {word} "
        return [padded[i : i + n] for n in (3, 4, 5) for i in range(max(1, len(padded) - n + 1))]


class CuePairs:
    """Cues and word classes of a sentence, and all pairs of them, at any distance from each other."""

    @staticmethod
    def single_names(sentence: Sentence) -> list[str]:
        """Return the cues and word classes, repeated for each occurrence. Word classes are the terms with a `<`."""
        return [*sentence.cues.texts, *(text for text in sentence.folded.texts if "<" in text)]

    def names(self, sentence: Sentence) -> list[str]:
        """Return the cues, the word classes and their pairs. Each name occurs once."""
        singles = sorted(set(self.single_names(sentence)))
        return [*singles, *map(JOINER.join, combinations(singles, 2))]


WORDS: Final = TermNGrams("words", longest=2)
CHARACTERS: Final = CharacterNGrams()
FOLDED: Final = TermNGrams("folded", longest=3, bounds=("^", "$"))
CUE_PAIRS: Final = CuePairs()
FAMILIES: Final[dict[str, Family]] = {
    "words": WORDS,
    "characters": CHARACTERS,
    "folded": FOLDED,
    "cue_pairs": CUE_PAIRS,
}
"""The families by name, in the order of the model's columns."""
