"""spaCy's English tokenizer, taught what people type on a phone.

Full stops without a space after them: "went to bed.couldnt sleep" is two sentences and no web
address; "smartrecovery.org" is one word, and so is "every.single.day". Capitals: "I CANT" is "I cant".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import spacy
from spacy.attrs import NORM, ORTH
from spacy.lang.tokenizer_exceptions import URL_MATCH
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex, compile_prefix_regex

if TYPE_CHECKING:
    from spacy.language import Language

_ADDRESS = re.compile(r"://|^www\.|@|\.(?:com|org|net|edu|gov|info|io|co|uk|app)\b|\..*\.", re.IGNORECASE)
_BETWEEN = (
    r"(?<=[^\W\d_][^\W\d_])\.(?=[^\W\d_]{2})",  # "bed.couldnt", but "e.g" and "a.m" are words
    r"(?<=\d)\.(?=(?!am\b|pm\b)[^\W\d_]{2})",  # "day 1.Had"
    r"(?<=\w)(?:[!?]+|[.!?\u2026]{2,})(?=\w)",
)
_BEFORE = (r"\.(?=[^\W\d_]{2})",)  # "he left .She cried"
_CONTRACTION = re.compile(r"[a-z]+['\u2019][a-z]+|[a-z]+nt|cannot|im|ive|gonna|gotta|thats|hes|shes|theyre|youre")


def blank_english() -> Language:
    """Return an English pipeline that holds nothing but this tokenizer."""
    nlp = spacy.blank("en")
    plain = nlp.tokenizer
    assert isinstance(plain, Tokenizer)
    nlp.tokenizer = Tokenizer(  # made anew, since each change to one that is made reads all the rules again
        nlp.vocab,
        rules=_rules(nlp.Defaults.tokenizer_exceptions),
        prefix_search=compile_prefix_regex([*(nlp.Defaults.prefixes or ()), *_BEFORE]).search,
        suffix_search=plain.suffix_search,
        infix_finditer=compile_infix_regex([*_BETWEEN, *(nlp.Defaults.infixes or ())]).finditer,
        token_match=plain.token_match,
        url_match=_url_match,
        faster_heuristics=False,
    )
    return nlp


def _url_match(word: str) -> re.Match[str] | None:
    """Match an address, and not whatever has a full stop inside."""
    match: re.Match[str] | None = URL_MATCH(word) if _ADDRESS.search(word) else None
    return match


def _rules(exceptions: dict[str, list[dict[int, str]]]) -> dict[str, list[dict[int, str]]]:
    """Contractions and abbreviations, in capitals too."""
    rules = {typed: parts for typed, parts in exceptions.items() if typed.lower() != "wed"}  # a day, not "we'd"
    shouted = {
        typed.upper(): [{ORTH: part[ORTH].upper(), NORM: part.get(NORM, part[ORTH])} for part in parts]
        for typed, parts in rules.items()
        if _CONTRACTION.fullmatch(typed)
    }
    return shouted | rules
