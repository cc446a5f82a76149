"""E-mail: the writer's own words, the date and writer of a message, and attachments."""

from __future__ import annotations

import datetime

import pytest
from helpers.documents import mail
from helpers.journal import Write, entries, only_problem, outcomes, texts

from classifier.journal.entry import Entry, Unreadable
from classifier.journal.reader import read_entries


@pytest.mark.parametrize(
    "quoted",
    [
        "\n> their words\n> more\n",
        "\nOn Mon, 9 Mar 2026 at 10:00, Therapist wrote:\n> their words\n>\n> more\n",
        "\nOn Mon, 9 Mar 2026 at 10:00, Therapist\n<therapist@example.org> wrote:\n\n> their words\n",
        "\n-----Original Message-----\nFrom: Therapist\n\ntheir words\n",
        "\n________________________________\nFrom: Therapist\nSent: Monday\n\ntheir words\n",
        "\nFrom: Therapist\nSent: Monday\n\ntheir words\n",
        "\n-- \ntheir words\n",
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_own_words(write: Write, quoted: str, line_break: str) -> None:
    """Quoted replies and the signature are left out, as the usual programs write them."""
    message = f"Subject: x\n\nMine, all of it.\nOn Monday she wrote:\nnothing.\n{quoted}".replace("\n", line_break)
    assert texts(write("a.eml", message.encode())) == ["Mine, all of it.\nOn Monday she wrote:\nnothing."]


def test_answers_between_quotes(write: Write) -> None:
    """Answers that are written between quoted questions are all read."""
    assert texts(write("a.eml", "Subject: x\n\n> How was it?\nBad.\n> And now?\nBetter.\n")) == ["Bad.\nBetter."]


@pytest.mark.parametrize("text", [None, "", "> theirs\n"])
def test_html_part(write: Write, text: str | None) -> None:
    """The HTML part is read where there is no text of one's own in plain form; quoted replies are left out."""
    html = '<p>Mine.</p><div class="gmail_attr">On Monday she wrote:</div><blockquote type="cite">theirs</blockquote>'
    assert texts(write("a.eml", mail(text, html=html).as_bytes())) == ["Mine."]


def test_plain_part_comes_first(write: Write) -> None:
    """Of a message with both parts, the plain one is read."""
    assert texts(write("a.eml", mail("plain", html="<p>rich</p>").as_bytes())) == ["plain"]


def test_headers(write: Write) -> None:
    """The date is that of the writer's own clock, and the author is the writer's name or address."""
    (entry,) = entries(write("diary.eml", mail("text").as_bytes()))
    assert entry == Entry("diary", "text", datetime.date(2026, 3, 2), "Ann Example", entry.source)
    assert entries(write("a.eml", "From: ann@example.org\n\ntext"))[0].author == "ann@example.org"


def test_date_of_the_message(write: Write) -> None:
    """A message that is one entry has its own date, as the text before the first date of several entries has."""
    assert entries(write("a.eml", mail("1 March 2026\nBad day.").as_bytes()))[0].date == datetime.date(2026, 3, 2)
    diary = mail("My diary:\n2026-02-27\none\n2026-02-28\ntwo")
    assert [(entry.text, entry.date, entry.author) for entry in entries(write("b.eml", diary.as_bytes()))] == [
        ("My diary:", datetime.date(2026, 3, 2), "Ann Example"),
        ("one", datetime.date(2026, 2, 27), "Ann Example"),
        ("two", datetime.date(2026, 2, 28), "Ann Example"),
    ]


@pytest.mark.parametrize("header", ["Date: no date", "Date:", "From: <<>>, ;", "From:", "Content-Type: ;;"])
def test_headers_that_are_not_valid(write: Write, header: str) -> None:
    """A header that is not valid is left out, and the text is read."""
    (entry,) = entries(write("2026-03-02.eml", f"Subject: x\n{header}\n\ntext\n"))
    assert (entry.text, entry.date) == ("text", datetime.date(2026, 3, 2))


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "unknown-8", None])
def test_charsets(write: Write, charset: str | None) -> None:
    """A body is read in the encoding that it names, or in the one that is detected."""
    kind = "text/plain" if charset is None else f"text/plain; charset={charset}"
    body = "it\u2019s a café".encode("cp1252" if charset == "windows-1252" else "utf-8")
    message = f"Content-Type: {kind}\nContent-Transfer-Encoding: 8bit\n\n".encode() + body
    assert texts(write("a.eml", message)) == ["it\u2019s a café"]


def test_wrapped_lines_are_joined(write: Write) -> None:
    """Lines that the mail program wrapped, and marked as such, are joined."""
    kind = "Content-Type: text/plain; format=flowed"
    assert texts(write("a.eml", f"{kind}\n\none \nline\nnext\n-- \nsignature")) == ["one line\nnext"]


@pytest.mark.parametrize("number", [1, 3])
def test_attachments_are_counted(write: Write, number: int) -> None:
    """Attachments are not read, and the number of them is reported, also where the message has no text."""
    path = write("a.eml", mail("text", attachments=number).as_bytes())
    entry, unreadable = read_entries([path])
    assert isinstance(entry, Entry)
    assert isinstance(unreadable, Unreadable)
    assert f"has {'a file' if number == 1 else '3 files'} attached" in unreadable.problem
    assert outcomes(write("b.eml", mail("", attachments=number).as_bytes())) == ["!", "!"]


def test_mailbox(write: Write) -> None:
    """Each message of a mailbox is an entry; a line that begins with an escaped "From" is text."""
    message = "From ann Mon Mar  2 2026\nDate: Mon, 02 Mar 2026 21:00:00 +0000\n\n{}\n\n"
    path = write("a.mbox", message.format("one\n>From now on") + message.format("> only theirs") + message.format("x"))
    assert outcomes(path) == ["one\nFrom now on", "!2", "x"]
    assert [item.id for item in read_entries([path]) if isinstance(item, Entry)] == ["a:1", "a:3"]


def test_no_mailbox(write: Write) -> None:
    """A file with the ending of a mailbox that is none is reported."""
    assert "not a mailbox" in only_problem(write("a.mbox", "Dear diary\n"))
