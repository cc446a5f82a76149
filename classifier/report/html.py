"""Writes tagged entries as one HTML page. The page needs no network and no scripts, and can be printed.

The page sets a content security policy for itself. The browser then fetches nothing, and applies only the style sheet
and the script of this package, whose hashes are in the policy. The text of entries is escaped everywhere, so HTML in a
journal is shown as text.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
from collections import Counter
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TextIO

from classifier.errors import MissingExtra
from classifier.report import words
from classifier.report.marks import check_spans
from classifier.report.view import build_page

try:
    import matplotlib as mpl  # noqa: F401  (only for pictures, but imported here to fail before any tagging)
    from jinja2 import Environment, StrictUndefined, Template
    from markupsafe import Markup, escape
except ImportError:
    raise MissingExtra("the HTML report", "report") from None

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import Pairs, ReportSettings
    from classifier.tagging import TaggedEntry

_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_CONTROLS: Final = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}
_LINE_BREAKS: Final = dict.fromkeys((0x0B, 0x0C, 0x85), "\n")
_SHOWN: Final = _SURROGATES | _CONTROLS | _LINE_BREAKS
"""Replacements of characters that browsers do not show. Each is one character long, so that offsets stay valid."""


class HtmlPage:
    """Collects all entries and then writes the page, because the page starts with a reading order of the entries."""

    def __init__(self, out: TextIO, settings: ReportSettings) -> None:
        self._out = out
        self._settings = settings
        self._pairs: list[tuple[Entry, TaggedEntry]] = []

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Keep an entry until the page is written. The errors are those of `Writer.write`."""
        check_spans(entry.text, tagged.tags)
        self._settings.taxonomy.check(tag.label for tag in tagged.tags)
        self._pairs.append((entry, tagged))

    def close(self) -> None:
        """Write the page."""
        html = _render(self._pairs, self._settings)
        if codecs.lookup(self._out.encoding or "utf-8").name not in {"utf-8", "utf-8-sig"}:
            # The page declares UTF-8. With pure ASCII this is true in any encoding that contains ASCII.
            html = html.encode("ascii", "xmlcharrefreplace").decode("ascii")
        self._out.write(html)
        self._out.flush()


def _render(pairs: Pairs, settings: ReportSettings) -> str:
    css, script = _file("report.css"), _file("report.js")
    return _template().render(
        page=build_page(pairs, taxonomy=settings.taxonomy),
        statuses=Counter(tagged.status for _, tagged in pairs),
        taxonomy=settings.taxonomy,
        model=settings.model,
        made=settings.made,
        css=Markup(css),
        script=Markup(script),
        policy=(
            f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(script)}; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
    )


@cache
def _file(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    """Return the hash of a style sheet or script as a content security policy expects it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, finalize=_visible, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "odds": words.odds,
        "percent": words.percent,
        "reason": words.reason,
        "day": words.day,
        "count": words.count,
        "name": words.name,
    }
    environment.globals |= {"NOT_A_DIAGNOSIS": words.NOT_A_DIAGNOSIS, "LIMITS": words.LIMITS, "ODDS": words.ODDS}
    return environment.from_string(_file("report.html.j2"))


def _visible(value: Any) -> Any:
    """Escape a string for HTML. Replace invisible characters. Escape carriage returns, or browsers would drop them."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return escape(value.translate(_SHOWN)).replace("\r", Markup("&#13;"))
