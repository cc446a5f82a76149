"""Writes tagged entries as lines for a person at a terminal, with a summary at the end."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from classifier.report import words
from classifier.report.marks import check_spans
from classifier.report.rows import encodable

if TYPE_CHECKING:
    from classifier.journal.entry import Entry
    from classifier.report.formats import ReportSettings
    from classifier.tagging import TaggedEntry

_ELLIPSIS: Final = "..."  # three dots, which every encoding has
_LEAST_SENTENCE: Final = 50  # columns; a sentence with less room gets a line of its own
_DIRECTION_CONTROLS: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_INDENT: Final = 2
_GAP: Final = 2


class TerminalTable:
    """Shows each tag on one line, below the name of its entry. Colours are used on a terminal only.

    The sentences are shown only if the settings ask for text, because a terminal keeps what it has shown.
    """

    def __init__(self, out: TextIO, settings: ReportSettings) -> None:
        self._out = out
        self._taxonomy = settings.taxonomy
        self._measured = settings.model.measured
        self._console = Console(file=out, markup=False, highlight=False, emoji=False)
        self._with_text = settings.with_text
        self._statuses: Counter[str] = Counter()
        self._labels: dict[str, Counter[str]] = {}  # for each person: the number of entries with each label
        self._reasons: Counter[str | None] = Counter()
        self._label_width = max(cell_len(label.name) for label in settings.taxonomy)
        self._odds_width = max(len(step) for step in words.ODDS) + len(", over 99%")

    def write(self, entry: Entry, tagged: TaggedEntry) -> None:
        """Write the lines of one entry. Write nothing if the entry was judged and has no tags."""
        check_spans(entry.text, tagged.tags)
        self._statuses[tagged.status] += 1
        if tagged.status == "no_tags":
            return
        self._line(Text(_heading(entry), style="bold"))
        if tagged.status == "cannot_judge":
            self._reasons[tagged.reason] += 1
            self._line(Text(f"{' ' * _INDENT}could not be judged: {words.reason(tagged.reason)}", style="dim"))
        for tag in tagged.tags:
            sentence = _one_line(entry.text[tag.start : tag.end]) if self._with_text else ""
            self._tag(self._taxonomy[tag.label].name, tag.probability, sentence)
        labels = self._labels.setdefault(entry.author or "", Counter())
        labels.update({self._taxonomy[tag.label].name for tag in tagged.tags})
        self._line(Text())

    def close(self) -> None:
        """Write the summary, the limits of the tool, and how often the model was right."""
        statuses = self._statuses
        self._prose(
            f"{words.count(statuses.total(), 'entry', 'entries')}: {statuses['tagged']:,} tagged, "
            f"{statuses['no_tags']:,} without tags, {statuses['cannot_judge']:,} could not be judged.",
            style="bold",
        )
        for person, labels in self._labels.items():
            counts = ", ".join(f"{name} {number}" for name, number in labels.most_common())
            if counts:
                self._prose(f"{_one_line(person) or 'Entries with a label'}: {counts}.")
        for name, number in self._reasons.most_common():
            self._prose(f"{words.count(number, 'entry', 'entries')} could not be judged because {words.reason(name)}.")
        self._prose(f"{words.NOT_A_DIAGNOSIS} {words.LIMITS}")
        if self._measured:
            self._prose(self._measured)

    def _prose(self, text: str, *, style: str = "") -> None:
        for line in textwrap.wrap(encodable(text, self._out), self._console.width):
            self._line(Text(line, style=style))

    def _tag(self, name: str, probability: float, sentence: str) -> None:
        """Write a tag: on one line if the terminal is wide enough, or else on two or three lines."""
        odds = f"{words.odds(probability)}, {words.percent(probability)}"
        room = self._console.width - _INDENT - self._label_width - _GAP - self._odds_width - _GAP
        if room >= _LEAST_SENTENCE or not sentence:
            line = Text(" " * _INDENT)
            line.append(set_cell_size(name, self._label_width), style="bold yellow")
            line.append(f"{'':{_GAP}}{odds:{self._odds_width}}{'':{_GAP}}{_shorten(sentence, room)}".rstrip())
            self._line(line)
        else:
            head = Text(" " * _INDENT).append(name, style="bold yellow")
            if head.cell_len + _GAP + len(odds) <= self._console.width:
                self._line(head.append(f"{'':{_GAP}}{odds}"))
            else:
                self._line(head)
                self._line(Text(" " * 2 * _INDENT + odds))
            self._line(Text(" " * 2 * _INDENT + _shorten(sentence, self._console.width - 2 * _INDENT)))

    def _line(self, line: Text) -> None:
        line.plain = encodable(line.plain, self._out)  # one `?` per character, so the styles stay in place
        self._console.print(line, soft_wrap=True)


def _heading(entry: Entry) -> str:
    """Return the name of an entry, with its date if the name does not contain the date."""
    name = _one_line(entry.id)
    return name if entry.date is None or entry.date.isoformat() in name else f"{entry.date.isoformat()}  {name}"


def _one_line(text: str) -> str:
    """Return the text on one line. Replace control characters, and drop those that change the writing direction."""
    visible = ("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in " ".join(text.split()))
    return "".join(c for c in visible if unicodedata.bidirectional(c) not in _DIRECTION_CONTROLS)


def _shorten(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - len(_ELLIPSIS), 0)).rstrip() + _ELLIPSIS
