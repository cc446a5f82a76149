"""spaCy component `thoughtmark_normalizer`: sets each token's norm to the standard spelling of the word.

Lower case, straight apostrophes, no zero-width characters, at most two equal letters in a row ("sooooo" gives "soo"),
and short forms written out ("u", "bc", "tmrw"; the table `[spelling]` of `lexicon.toml`). spaCy's English tokenizer has
already split contractions, with or without apostrophe, so "can't", "cant" and "can not" all become `can not`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from spacy.attrs import NORM
from spacy.language import Language

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.notes import NORMS, notes_of

if TYPE_CHECKING:
    from spacy.strings import StringStore
    from spacy.tokens import Doc

_REPEATED_LETTER = re.compile(r"([a-z])\1{2,}")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})


def normalize(norm: str) -> str:
    """Return the standard spelling of one word: `SOOOO` gives `soo`, `u` gives `you`."""
    if not norm.isascii():
        norm = "".join(c for c in norm if unicodedata.category(c) != "Cf").translate(_APOSTROPHES)
    # A function, because `re` parses a template such as r"\1\1" again for every word.
    norm = _REPEATED_LETTER.sub(lambda letters: letters[1] * 2, norm.lower())
    norm = norm.replace(" ", "_")  # spaCy's norm of "N.Y." is two words
    return LEXICON.spelling.get(norm, norm)


class Normalizer:
    """Sets the norm of every token, and copies the norms to the notes."""

    def __init__(self, strings: StringStore) -> None:
        self._cache = _NormCache(strings)

    def __call__(self, doc: Doc) -> Doc:
        """Set the norms of a doc's tokens."""
        cache = self._cache
        keys = doc.to_array(NORM).tolist()
        norms = list(map(cache.__getitem__, keys))
        for i in [i for i, key in enumerate(keys) if key in cache.changed]:
            norms[i] = doc[i].norm_ = norms[i] or doc[i].text
        notes = notes_of(doc)
        notes.norms[:] = norms
        notes.assigned.append(NORMS)
        return doc


class _NormCache(dict[int, str]):
    """From the hash of spaCy's norm to our norm, computed once per word; `changed` has the hashes where they differ."""

    def __init__(self, strings: StringStore) -> None:
        self._strings = strings
        self.changed: set[int] = set()

    def __missing__(self, key: int) -> str:
        norm = self._strings[key]
        self[key] = normalized = normalize(norm)
        if normalized != norm:
            self.changed.add(key)
        return normalized


@Language.factory("thoughtmark_normalizer", assigns=[NORMS])
def create_normalizer(nlp: Language, name: str) -> Normalizer:
    """Create the component for a pipeline's vocabulary."""
    return Normalizer(nlp.vocab.strings)
