"""Turns a text as people have it into one that can be read alike: no markup, stamps or odd characters.

The same thought gets the same tags however it was typed, pasted or exported. `readable` returns a `View`, which maps
each of its characters back to the given text. The order of the steps is in `STEPS`; their modules document them.

>>> view = readable("<p>22:30 - I don&rsquo;t&nbsp;have a problem</p>")
>>> view.text
"I don't have a problem"
>>> view.given(2, 7)
(13, 24)
"""

from __future__ import annotations

from classifier.readable import characters, lines, marks, markup, spacing
from classifier.readable.view import Edit, View

STEPS = (
    characters.damage,
    characters.lost_apostrophes,
    characters.plain,
    lines.front_matter,
    markup.unseen,
    markup.tags,
    markup.references,
    characters.plain,  # again, because references become characters
    lines.quoted_replies,
    lines.hashtags,
    markup.markdown,
    markup.emphasis,
    markup.emphasis,
    lines.links_and_figures,
    lines.markers,
    lines.stamps,
    lines.speakers,
    marks.straight,
    spacing.single_spaces,
    spacing.joined_lines,
)


def readable(text: str) -> View:
    """Return the readable form of any string, with a map back to it."""
    view = View.of(text)
    for step in STEPS:
        view = view.edited(step(view.text))
    return view


__all__ = ["STEPS", "Edit", "View", "readable"]
