"""Component `thoughtmark_normalizer`: sets each token's norm to what the writer meant.

Lower case, straight apostrophes, no zero-width characters, no drawn-out letters ("sooooo"), and the
usual short forms of typed English ("u", "bc", "tmrw"; the `[spelling]` table of `lexicon.toml`).
spaCy's English tokenizer has already split contractions with or without their apostrophe, so that
"can't", "cant" and "can not" all become `can not`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from spacy.attrs import NORM
from spacy.language import Language

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.notes import notes

if TYPE_CHECKING:
    from spacy.strings import StringStore
    from spacy.tokens import Doc

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})


def _twice(run: re.Match[str]) -> str:  # a template with groups would be read again for every word
    return run[1] * 2


def normalize(norm: str) -> str:
    """One word as the lexicon spells it: `SOOOO` gives `soo`, `u` gives `you`."""
    if not norm.isascii():
        norm = "".join(c for c in norm if unicodedata.category(c) != "Cf").translate(_APOSTROPHES)
    norm = _DRAWN_OUT.sub(_twice, norm.lower()).replace(" ", "_")  # "N.Y." is one word
    return LEXICON.spelling.get(norm, norm)


class Normalizer:
    """Gives every token its norm, and notes them."""

    def __init__(self, strings: StringStore) -> None:
        self._meant = _Meant(strings)

    def __call__(self, doc: Doc) -> Doc:
        """Set the norms of the tokens, and note them."""
        meant = self._meant
        keys = doc.to_array(NORM).tolist()
        norms = list(map(meant.__getitem__, keys))
        for i in [i for i, key in enumerate(keys) if key in meant.others]:
            norms[i] = doc[i].norm_ = norms[i] or doc[i].text
        notes(doc).norms = norms
        return doc


class _Meant(dict[int, str]):
    """For the hash of a norm the word that is meant, worked out once; `others` are those of which it is another."""

    def __init__(self, strings: StringStore) -> None:
        self._strings = strings
        self.others: set[int] = set()

    def __missing__(self, key: int) -> str:
        norm = self._strings[key]
        self[key] = meant = normalize(norm)
        if meant != norm:
            self.others.add(key)
        return meant


@Language.factory("thoughtmark_normalizer", assigns=["token.norm", "doc.user_data"])
def normalizer(nlp: Language, name: str) -> Normalizer:
    """Build the component for a pipeline's vocabulary."""
    return Normalizer(nlp.vocab.strings)
