"""HTML: line ends, what is left out, encodings and dates."""

from __future__ import annotations

import datetime

import pytest
from helpers.journal import Write, entries, texts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<p>one\n   line</p>\n\n<p>two</p>", "one line\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<h1>Monday</h1>text<ul><li>a</li><li>b</li></ul>", "Monday\ntext\na\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("some <b>bold</b> and <i>other</i> words", "some bold and other words"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("it&rsquo;s &lt;3 &#39;caf&eacute;&#39; &amp;c", "it\u2019s <3 'café' &c"),
        ("<style>p {}</style><script>let x</script><!-- no -->text<template>no</template>", "text"),
        ("<html><head><title>window</title><meta charset=utf-8></head><body>text</body></html>", "text"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("</div>closed</p></body> twice</html>", "closed twice"),
    ],
)
def test_html(write: Write, html: str, text: str) -> None:
    """Block elements and <br> end lines, references become characters, and what a browser hides is left out."""
    assert texts(write("a.html", html)) == [text]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "windows-1251", "utf-16"])
def test_encodings(write: Write, encoding: str) -> None:
    """A page is read in UTF-8, or in the encoding that it names."""
    text = {"windows-1251": "Мне было стыдно"}.get(encoding, "it\u2019s a café")
    assert texts(write("a.html", f'<meta charset="{encoding}"><p>{text}</p>', encoding)) == [text]


@pytest.mark.parametrize(
    ("name", "html", "date"),
    [
        ("2026-03-02_Evening.html", '<meta name="date" content="2025-01-01">text', datetime.date(2026, 3, 2)),
        ("a.html", '<meta name="date" content="2025-01-01"><body><h1>2 March 2026</h1>text', datetime.date(2026, 3, 2)),
        ("a.html", '<meta name="created" content="2026-03-02T21:10:00">text', datetime.date(2026, 3, 2)),
        ("a.html", '<meta name="DCTERMS.date" content="2026-03-02">text', datetime.date(2026, 3, 2)),
        ("a.html", '<meta name="updated" content="2026-03-02"><meta name="date">text', None),
    ],
)
def test_date(write: Write, name: str, html: str, date: datetime.date | None) -> None:
    """The date comes from the text or the file's name or, if they give none, from the head of the page."""
    assert entries(write(name, html))[0].date == date
