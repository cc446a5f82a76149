"""Extends spaCy's English tokenizer with rules for text that was typed on a phone.

A full stop without a space is split off: "went to bed.couldnt sleep" is two sentences and not a web address. But
"smartrecovery.org" and "every.single.day" stay one token each. Contractions in capitals are split: "I CANT" becomes the
same tokens as "I cant", in capitals.
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
# Patterns at which a token is split, in addition to those of spaCy.
_INFIXES = (
    r"(?<=[^\W\d_][^\W\d_])\.(?=[^\W\d_]{2})",  # "bed.couldnt", but "e.g" and "a.m" are words
    r"(?<=\d)\.(?=(?!am\b|pm\b)[^\W\d_]{2})",  # "day 1.Had"
    r"(?<=\w)(?:[!?]+|[.!?\u2026]{2,})(?=\w)",
)
# A pattern that is split off at the beginning of a token, in addition to those of spaCy.
_PREFIXES = (r"\.(?=[^\W\d_]{2})",)  # "he left .She cried"
_CONTRACTION = re.compile(r"[a-z]+['\u2019][a-z]+|[a-z]+nt|cannot|im|ive|gonna|gotta|thats|hes|shes|theyre|youre")


def blank_english() -> Language:
    """Create a spaCy pipeline with this tokenizer and without components."""
    nlp = spacy.blank("en")
    default = nlp.tokenizer
    assert isinstance(default, Tokenizer)
    # Create a new tokenizer, because spaCy compiles all rules again after each change to an existing one.
    nlp.tokenizer = Tokenizer(
        nlp.vocab,
        rules=_rules(nlp.Defaults.tokenizer_exceptions),
        prefix_search=compile_prefix_regex([*(nlp.Defaults.prefixes or ()), *_PREFIXES]).search,
        suffix_search=default.suffix_search,
        infix_finditer=compile_infix_regex([*_INFIXES, *(nlp.Defaults.infixes or ())]).finditer,
        token_match=default.token_match,
        url_match=_match_address,
        faster_heuristics=False,
    )
    return nlp


def _match_address(word: str) -> re.Match[str] | None:
    """Match web and e-mail addresses only.

    spaCy's own pattern also matches any two words that are joined by a full stop.
    """
    match: re.Match[str] | None = URL_MATCH(word) if _ADDRESS.search(word) else None
    return match


def _rules(exceptions: dict[str, list[dict[int, str]]]) -> dict[str, list[dict[int, str]]]:
    """Return spaCy's rules for contractions and abbreviations, and add rules for contractions in capitals."""
    rules = {
        typed: parts for typed, parts in exceptions.items() if typed.lower() != "wed"
    }  # "wed" is the day and not "we'd"
    in_capitals = {
        typed.upper(): [{ORTH: part[ORTH].upper(), NORM: part.get(NORM, part[ORTH])} for part in parts]
        for typed, parts in rules.items()
        if _CONTRACTION.fullmatch(typed)
    }
    return in_capitals | rules
