"""spaCy component `thoughtmark_normalizer`: sets each token's norm (spaCy's name for its normalized form).

The norm is in lower case, has straight apostrophes and no zero-width characters. It has at most two equal letters in a
row ("sooooo" becomes "soo"). Short forms such as "u", "bc" and "tmrw" are written out; the table `[spelling]` of
`lexicon.toml` lists them. spaCy's English tokenizer has already split contractions, with or without an apostrophe. So
"can't", "cant" and "can not" all become the two norms `can` and `not`.
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
    """Return the normalized form of one word: `SOOOO` becomes `soo`, and `u` becomes `you`."""
    if not norm.isascii():
        # Category Cf contains the invisible characters, such as zero-width spaces.
        norm = "".join(c for c in norm if unicodedata.category(c) != "Cf").translate(_APOSTROPHES)
    # The replacement is a function because it is faster: `re` would parse the string r"\1\1" again for every word.
    norm = _REPEATED_LETTER.sub(lambda match: match[1] * 2, norm.lower())
    norm = norm.replace(" ", "_")  # spaCy's norm of "N.Y." is "New York", which has a space
    return LEXICON.spelling.get(norm, norm)


class Normalizer:
    """Sets the norm of every token, and copies the norms to the doc's `Notes`."""

    def __init__(self, strings: StringStore) -> None:
        self._cache = _NormCache(strings)

    def __call__(self, doc: Doc) -> Doc:
        """Set the norm of each token of a doc."""
        cache = self._cache
        keys = doc.to_array(NORM).tolist()
        norms = list(map(cache.__getitem__, keys))
        for i in [i for i, key in enumerate(keys) if key in cache.changed]:
            # A token of invisible characters only has an empty norm; it keeps its text instead.
            norms[i] = doc[i].norm_ = norms[i] or doc[i].text
        notes = notes_of(doc)
        notes.norms[:] = norms
        notes.assigned.append(NORMS)
        return doc


class _NormCache(dict[int, str]):
    """Maps the hash of a norm that spaCy set to the result of `normalize`, which is computed once per word.

    `changed` contains the hashes of the norms that `normalize` changes.
    """

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
    """Create the component with the vocabulary of a pipeline."""
    return Normalizer(nlp.vocab.strings)
