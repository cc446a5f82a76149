"""Component `mindmark_sentences`: sentence boundaries for journals as people type them.

Text without capitals, without full stops, with one thought a line, with bullets, "...", "!!", emoji
and smileys. A boundary falls

- after a run of `.`, `!` or `?` with its closing quotes, brackets, emoji and smileys,
- at a line break, unless the lines are hard-wrapped (all about one width, as pasted from an e-mail),
- after "...", an abbreviation or an emoji only where a capital follows.

It does not fall after a title or an initial ("Dr. Lee", "J. Lee"), a numbered list's marker, or a quotation that runs on
('"you ok?" he said').
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from spacy.language import Language

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_TERMINAL = re.compile(r"^(?:[.!?\u2026\u203c\u2049\u3002\uff01\uff1f]+|\.{2,}[!?]*)$")
_ELLIPSIS = re.compile(r"^(?:\.{2,}|\u2026+)$")
_CLOSERS = frozenset("\"')]}*_~\u2019\u201d\u00bb\u203a`")
_DOTTED = re.compile(r"^[^\W\d_][\w.]*\.$")
_BEFORE_NAMES = frozenset(
    "dr. mr. mrs. ms. mx. prof. rev. st. sgt. capt. lt. gov. sen. fr. sr. mt. vs. e.g. i.e. cf. approx. no.".split()
)
_UNITS = frozenset(
    {"mg", "g", "ml", "kg", "lb", "lbs", "oz", "approx", "hrs", "hr", "mins", "min", "yrs", "yr", "wks", "mths"}
)
_WRAP_MIN, _WRAP_MAX = 45, 120


def _is_pictograph(token: Token) -> bool:
    """An emoji or a typed smiley."""
    text = token.text
    if text[0].isalnum():
        return False
    if any(unicodedata.category(c) == "So" for c in text):
        return True
    return len(text) > 1 and text[0] in ":;=8xX<(" and not text.isalpha() and not _TERMINAL.match(text)


def _opens_with_capital(token: Token) -> bool:
    return token.text[:1].isupper() and token.text not in {"I", "I'm", "I've"}


def _hard_wrapped(text: str) -> bool:
    """Whether single line breaks are the width of a page, not the end of a thought."""
    inner = [
        len(lines[i])
        for paragraph in re.split(r"\n\s*\n", text)
        if len(lines := paragraph.strip().splitlines()) > 1
        for i in range(len(lines) - 1)
    ]
    if len(inner) < 3 or not _WRAP_MIN <= max(inner) <= _WRAP_MAX:
        return False
    return sum(width >= 0.75 * max(inner) for width in inner) >= 0.85 * len(inner)


def _continues(token: Token | None) -> bool:
    """Whether what follows reads on in the same sentence."""
    return token is not None and token.text[:1].islower()


def _ends_sentence(doc: Doc, i: int, following: Token | None, line_start: int) -> bool:
    """Whether the sentence ends with token `i`, its closers and pictographs left aside."""
    token = doc[i]
    text = token.text
    if _ELLIPSIS.match(text):
        return following is not None and _opens_with_capital(following)
    if _TERMINAL.match(text):
        if text == ".":
            before = doc[i - 1] if i else None
            if before is not None and i - 1 == line_start and (before.like_num or len(before) == 1):
                return False  # "1. milk"
            if before is not None and before.lower_ in _UNITS and _continues(following):
                return False  # "20 mg. at night"
            if following is not None and following.idx == token.idx + 1 and _continues(following):
                return False  # "site.org"
        return True
    if following is None or not following.text[:1].isupper() or text.lower() in _BEFORE_NAMES:
        return False
    if len(text) == 2:  # "got an A. Then", "took 2g. Then", but "J. Smith"
        return i > 0 and (doc[i - 1].text[:1].islower() or doc[i - 1].like_num)
    return True


@Language.component("mindmark_sentences", assigns=["token.is_sent_start"])
def sentences(doc: Doc) -> Doc:
    """Mark the first token of each sentence, unless somebody else has."""
    if doc.has_annotation("SENT_START"):
        return doc
    wrapped = _hard_wrapped(doc.text)
    length = len(doc)
    starts = [False] * length
    line_start = 0
    i = 0
    while i < length:
        token = doc[i]
        if token.is_space:
            breaks = token.text.count("\n") + token.text.count("\r") - token.text.count("\r\n")
            breaks += sum(token.text.count(c) for c in "\u2028\u2029\x0b\x0c\x85")
            if breaks:
                line_start = i + 1
                if i + 1 < length and (breaks > 1 or not wrapped):
                    starts[i + 1] = True
            i += 1
            continue
        end = i + 1  # past the token, its closers and its pictographs
        quoted = False
        terminal = bool(_TERMINAL.match(token.text)) or bool(_DOTTED.match(token.text))
        pictograph = _is_pictograph(token)
        if terminal or pictograph:
            while end < length and not doc[end].is_space:
                after = doc[end]
                touching = after.idx == doc[end - 1].idx + len(doc[end - 1])
                if _TERMINAL.match(after.text) or (touching and after.text in _CLOSERS):
                    quoted = quoted or after.text in _CLOSERS
                elif not _is_pictograph(after):
                    break
                end += 1
        last_terminal = next((k for k in range(end - 1, i - 1, -1) if _TERMINAL.match(doc[k].text)), i)
        following = doc[end] if end < length and not doc[end].is_space else None
        if terminal and end < length:
            reads_on = quoted and _continues(following)
            if not reads_on and _ends_sentence(doc, last_terminal, following, line_start):
                starts[end] = True
        elif pictograph and following is not None and _opens_with_capital(following):
            starts[end] = True
        i = end
    for token, start in zip(doc, starts, strict=True):
        token.is_sent_start = start or token.i == 0
    return doc
