"""Removes markup, and leaves the words: HTML and XML tags, character references, Markdown, data URIs.

A tag that makes a paragraph or a line of its own becomes a line break, so that it ends a sentence. A name in angle
brackets is a tag only if it is one of HTML, or if the text closes it or gives it attributes. So "<3", "a < b" and
"<sigh>" stay.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from classifier.readable.view import Edit

_BLOCKS: Final = frozenset(
    "address article aside blockquote body caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 head header hr html li main nav ol p pre section table tbody td tfoot th thead title tr ul "
    "en-note".split()
)
_INLINE: Final = frozenset(
    "a abbr acronym audio b bdi bdo big button cite code data del dfn em font i iframe img input ins kbd label link "
    "map mark meta object picture q s samp small source span strike strong sub sup svg time tt u var video wbr "
    "en-media en-todo en-crypt o:p".split()
)
_PARAGRAPHS: Final = frozenset({"p", "div", "html", "body", "en-note"})
"""A text with one of these tags is HTML, where a line break is a blank."""

_UNSEEN = re.compile(
    r"<!--(?:(?!<!--).)*?-->|<(?P<name>script|style|template)\b[^<>]*>(?:(?!<(?P=name)\b).)*?</(?P=name)\s*>"
    r"|<!\[CDATA\[|\]\]>",
    re.DOTALL | re.IGNORECASE,
)
"""Matches what is unseen. It ends before the next beginning of its kind, so that the search stays linear."""
_TAG = re.compile(r"</?([a-z][\w:.-]*)([^<>]*)>|<[!?][a-z][^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s[\w:-]+\s*=\s*["'\w]|/$""")
_REFERENCE = re.compile(r"&(?:amp;)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,30});")

_DATA_URI = re.compile(
    r"data:[\w.+-]+/[\w.+-]+(?:;[\w=-]+)*;base64,[\w+/=]*(?:\s+[\w+/=]{40,})*(?:\s+[\w+/]*={0,2}(?=[)\"'\s]))?"
)
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^()\n]{0,2000}\)|!\[\[[^\]\n]{0,300}\]\]")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]\n]{1,500})\]\((?:https?:|mailto:|/|#|\w)[^()\n]{0,2000}\)")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|\n]{0,300}\|)?(?P<text>[^\[\]|\n]{1,300})\]\]")
_EMPHASIS = re.compile(
    r"(?<![\w*_~=])(\*{1,3}|_{1,3}|~~|==)(?=[^\s*_~=])(?P<text>[^\n*_~=]{1,1000}?)(?<=[^\s])\1(?![\w*_~=])"
)
_EMPHASIS_MARK = re.compile(r"[*_~=`]")
_CODE = re.compile(r"(?<![\w`])`(?P<text>[^`\n]{1,500})`(?![\w`])")
_MARKDOWN_BLOCK = re.compile(r"^ {0,3}(?:#{1,6} +|(?:```|~~~)[^\n]*$|(?:[-*_=] ?){3,}$)", re.MULTILINE)
_LITERAL_BREAK = re.compile(r"(?:\\r)?\\n(?=[A-Z\s\\\"'-]|\Z)|(?<=[.!?])(?:\\r)?\\n")
"""Matches a line break that was written out as a backslash and an n, as programs that export JSON do."""
_RTF = re.compile(r"\\(?:par|line|pard|plain|tab|[bi]0?|ul|ulnone|f\d+|fs\d+|cf\d+)(?![a-zA-Z]) ?")


def unseen(text: str) -> Iterator[Edit]:
    """Yield edits that remove comments, scripts, styles and data URIs."""
    edits = []
    if "<" in text or "]]>" in text:
        edits += [Edit(match.start(), match.end(), "") for match in _UNSEEN.finditer(text)]
    if "base64," in text:
        edits += [Edit(match.start(), match.end(), "") for match in _DATA_URI.finditer(text)]
    return _apart(edits)


def tags(text: str) -> Iterator[Edit]:
    """Yield edits that remove the tags of HTML and XML. A line break inside a paragraph of HTML becomes a blank."""
    if "<" not in text or ">" not in text:
        return
    candidates = list(_TAG.finditer(text))
    typed = {match[0] for match in candidates}
    matches = [match for match in candidates if _is_tag(match, typed)]
    edits = [Edit(match.start(), match.end(), _instead(_name(match))) for match in matches]
    if {_name(match) for match in matches} & _PARAGRAPHS:
        edits += [Edit(match.start(), match.end(), " ") for match in re.finditer(r"\n", text)]
    yield from _apart(edits)  # without the line breaks inside a tag


def _name(tag: re.Match[str]) -> str:
    """Return the name of a tag in lower case. It is empty for a declaration such as `<!doctype html>`."""
    return (tag[1] or "").lower()


def _is_tag(match: re.Match[str], typed: set[str]) -> bool:
    """Return whether a name in angle brackets is a tag. `typed` are all names in angle brackets of the text."""
    name = _name(match)
    if not name or name in _BLOCKS or name in _INLINE or name == "br":
        return True
    return bool(_ATTRIBUTE.search(match[2])) or {f"<{match[1]}>", f"</{match[1]}>"} <= typed


def _instead(name: str) -> str:
    if name == "br":
        return "\n"
    return "\n\n" if name in _BLOCKS else ""


def references(text: str) -> Iterator[Edit]:
    """Yield edits that replace character references, such as `&rsquo;`, by their characters."""
    if "&" not in text:
        return
    for match in _REFERENCE.finditer(text):
        character = html.unescape(f"&{match[1]};")
        if not character.startswith("&") or character == "&":
            yield Edit(match.start(), match.end(), character)


def markdown(text: str) -> Iterator[Edit]:
    """Yield edits that remove the marks of Markdown blocks, links, pictures and escapes, and remains of RTF."""
    edits = [Edit(match.start(), match.end(), "\n\n") for match in _MARKDOWN_BLOCK.finditer(text)]
    if "[" in text:
        edits += [Edit(match.start(), match.end(), "") for match in _IMAGE.finditer(text)]
        for pattern in (_LINK, _WIKI_LINK):
            edits += [edit for match in pattern.finditer(text) for edit in _unwrapped(match)]
    if "\\" in text:
        edits += [Edit(match.start(), match.end(), "\n") for match in _LITERAL_BREAK.finditer(text)]
        edits += [Edit(match.start(), match.end(), "") for match in _ESCAPE.finditer(text)]
        edits += [Edit(match.start(), match.end(), " ") for match in _RTF.finditer(text)]
    return _apart(edits)


def emphasis(text: str) -> Iterator[Edit]:
    """Yield edits that remove one layer of the marks of emphasis, such as `**`, and of code."""
    if not _EMPHASIS_MARK.search(text):
        return iter(())
    edits = []
    for pattern in (_EMPHASIS, _CODE):
        edits += [edit for match in pattern.finditer(text) for edit in _unwrapped(match)]
    return _apart(edits)


def _unwrapped(match: re.Match[str]) -> tuple[Edit, Edit]:
    """Return edits that leave only the group `text` of a match."""
    return Edit(match.start(), match.start("text"), ""), Edit(match.end("text"), match.end(), "")


def _apart(edits: list[Edit]) -> Iterator[Edit]:
    """Yield edits in order, without those that begin inside an earlier one."""
    end = 0
    for edit in sorted(edits):
        if edit.start >= end:
            yield edit
            end = edit.end
