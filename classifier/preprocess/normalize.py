"""Component `mindmark_normalizer`: sets each token's norm to what the writer meant.

Lower case, straight apostrophes, no zero-width characters, no drawn-out letters ("sooooo"), and the
usual short forms of typed English ("u", "bc", "tmrw"; the `[spelling]` table of `lexicon.toml`).
spaCy's English tokenizer has already split contractions with or without their apostrophe, so that
"can't", "cant" and "can not" all become `can not`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from spacy.language import Language

from classifier.preprocess.lexicon import LEXICON

if TYPE_CHECKING:
    from spacy.tokens import Doc

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})


def _twice(run: re.Match[str]) -> str:  # a template with groups would be read again for every word
    return run[1] * 2


def normalize(norm: str) -> str:
    """One word as the lexicon spells it: `SOOOO` gives `soo`, `u` gives `you`."""
    if not norm.isascii():
        norm = "".join(c for c in norm if unicodedata.category(c) != "Cf").translate(_APOSTROPHES)
    norm = _DRAWN_OUT.sub(_twice, norm.lower())
    return LEXICON.spelling.get(norm, norm)


@Language.component("mindmark_normalizer", assigns=["token.norm"])
def normalizer(doc: Doc) -> Doc:
    """Give every token its norm."""
    for token in doc:
        norm = token.norm_
        meant = normalize(norm)
        if meant != norm:
            token.norm_ = meant or token.text
    return doc
