"""Texts as people have them, and the readable text that is judged instead, with a map back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.pipeline import Classifier
from classifier.readable import STEPS, readable

VIEWS = {
    "white space": [
        ("I\u00a0can't \t do\u202fthis  now", "I can't do this now"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("\ufeffso\u200bber to\u00adday\u200e", "sober today"),
        ("  a walk  \n\n\n then tea ", "a walk\n\nthen tea"),
    ],
    "apostrophes": [(f"I can{mark}t", "I can't") for mark in "\u2019\u2018\u02bc\u00b4`\u2032\uff07\u201b\ua78c"],
    "single quotation marks": [
        ("\u2018I am no good,\u2019 he said", '"I am no good," he said'),
        ("'I am no good,' he said", '"I am no good," he said'),
        ("my parents' house and the boys' room", "my parents' house and the boys' room"),
        ("'cause I can't, 'til Friday", "'cause I can't, 'til Friday"),
    ],
    "double quotation marks": [
        (f"{opening}no good{closing} he said", '"no good" he said')
        for opening, closing in (
            "\u201c\u201d",
            "\u201e\u201c",
            "\u00ab\u00bb",
            "\u00bb\u00ab",
            "\u2039\u203a",
            ("``", "''"),
        )
    ],
    "HTML": [
        ("<p>Slept fine</p><p>Ate <b>toast</b></p>", "Slept fine\n\nAte toast"),
        ("Slept fine<br>Ate toast", "Slept fine\nAte toast"),
        ("<ul><li>tea</li>\n<li>toast</li></ul>", "tea\n\ntoast"),
        ("<style>p {color: red}</style>Hi<!-- hidden --> there", "Hi there"),
        ("I don&rsquo;t &amp; won&#39;t, it&amp;#39;s over&nbsp;now", "I don't & won't, it's over now"),
        ("<div>used\nto drink</div>", "used to drink"),
        ("I <3 you, 2 < 3 and 5 > 4 <sigh>", "I <3 you, 2 < 3 and 5 > 4 <sigh>"),
    ],
    "Markdown": [
        ("# Monday\nI **really** _cannot_ do `this`", "Monday\nI really cannot do this"),
        ("[my page](https://a.example/x) and [[Work|the office]]", "my page and the office"),
        ("![cat](cat.png)\n![[cat.png]]\nfed the cat", "fed the cat"),
        ("> walked the dog\n> and slept", "walked the dog\nand slept"),
        ("tired\\. so\\-so\\!", "tired. so-so!"),
        ("3 * 4 * 5 and a_b_c", "3 * 4 * 5 and a_b_c"),
    ],
    "damage": [
        ("I canâ€™t", "I can't"),
        ("I can\u00e2\u0080\u0099t", "I can't"),
        ("I can\x92t, I don?t, it\ufffds over", "I can't, I don't, it's over"),
        ("Who? Me? Is it?", "Who? Me? Is it?"),
    ],
    "time stamps": [
        (f"{stamp}Slept badly", "Slept badly")
        for stamp in (
            "[2026-03-07 22:30] ",
            "2026-03-07 ",
            "22:30 ",
            "22:14 - ",
            "9.40pm ",
            "10:32 PM ",
            "Sat 7 Mar: ",
            "7 March 2026 - ",
            "March 7, 2026: ",
            "Mon: ",
            "Day 12 - ",
            "[07/03/2026, 22:14:05] Sam: ",
            "07/03/2026, 22:14 - Sam: ",
            "3/7/26, 10:14 PM - Sam: ",
        )
    ],
    "no time stamps": [
        (text, text)
        for text in ("Day 12. Slept", "May I go", "Sat in the garden", "Note to self: breathe", "7 March was bad")
    ],
    "list items": [
        ("- tea\n* toast\n\u2022 jam", "tea\n\ntoast\n\njam"),
        ("1. tea\n2) toast", "tea\n\ntoast"),
        ("- [ ] tea\n- [x] toast", "tea\n\ntoast"),
    ],
    "words of others": [
        ("Mum: you are no good\nI cried", "I cried"),
        ("**Mum:** you are no good\nI cried", "I cried"),
        ('Her: "go away" and I went', "and I went"),
        ("Dan: come out\nMe: no", "no"),
        ("On Tue, 3 Mar 2026, Ann wrote:\n> you are no good\n> ever\nI cried", "I cried"),
    ],
    "fields": [
        ("---\ntitle: I am bad\ntags: [a, b]\n---\nWalked", "Walked"),
        ("\ufeff---\r\ntitle: I am bad\r\n---\r\nWalked", "Walked"),
        ("+++\ntitle = 'I am bad'\n+++\nWalked", "Walked"),
        ("mood:: awful\nWalked [sleep:: bad] home", "Walked home"),
        ("Created: 7 March\nTags: bad, worse\n\nWalked", "Walked"),
        ("#low #sad I went for a #walk today #day40", "I went for a walk today"),
    ],
    "links and figures": [
        ("https://a.example/x?y=1\nwww.example.org\nWalked", "Walked"),
        ("![p](data:image/png;base64,AAAABBBBCCCC+/==)\nWalked", "Walked"),
        ("\n".join(f"2026-03-27T00:{i} heart={i} steps=0" for i in range(10, 16)) + "\nWalked", "Walked"),
        ("Zoloft 50mg, 2 beers\nWalked", "Zoloft 50mg, 2 beers\nWalked"),
    ],
}


@pytest.mark.parametrize(("given_text", "text"), [case for cases in VIEWS.values() for case in cases])
def test_view(given_text: str, text: str) -> None:
    """What is no word of the writer is removed, and what has many forms gets one."""
    assert readable(given_text).text == text


PARAGRAPH = (
    "Woke before the alarm and lay there counting the hours until the shop would close. Rang Jo, who did not pick up. "
    "I used to think they all wanted me gone. Then I made soup and it was quite good, so I ate it twice. The man "
    "from the council came about the damp and he wrote it all down, which is more than the last one ever did. I asked "
    "him when they would start and he said after Easter, so I suppose that means June. Bed at ten."
)


@pytest.mark.parametrize("width", [28, 34, 40, 46, 60, 72, 80, 100, 120])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_hard_wrapped_lines_are_joined(width: int, end: str) -> None:
    """Text that was wrapped at any width is read like the same text without wraps."""
    lines, line = [], ""
    for word in PARAGRAPH.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    assert readable(end.join([*lines, line])).text == PARAGRAPH


@pytest.mark.parametrize(
    "text", ["slept ok\nate toast\nsaw jane\ncame home\nfed the cat", "day 6 no weed\nslept ok.", "Tea\nToast\nJam"]
)
def test_one_thought_a_line_stays(text: str) -> None:
    """Lines that hold a thought each are not joined, also if they are about equally long."""
    assert readable(text).text == text


PIECES = st.sampled_from(
    [
        *"ab I.!?,'\"()-*_:;<>&#1\n\r\t\x00\u200b\u2028\u2026\u2022\U0001f600\u2019\u201c\ufeff\ud83d",
        *("<p>", "</p>", "<br>", "<b>", "&amp;", "&rsquo;", "\r\n", "\n\n", "**", "[2026-03-07 22:30] ", "- ", "Mum: "),
        *("> ", "On Tue, Ann wrote:\n", "â€™", "don?t", "mood:: ", "---\n", "![a](b)", "\\n", "# ", "' ", " '"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_map_is_exact(text: str) -> None:
    """Each character stands for a range of the given text, in order; a letter that both have is the same letter."""
    view = readable(text)
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert list(view.starts) == sorted(view.starts)
    for i, character in enumerate(view.text):
        start, end = view.given(i, i + 1)
        assert 0 <= start <= end <= len(text)
        if end - start == 1 and character.isascii() and character.isalnum() and text[start].isascii():
            assert character == text[start]
    for offset in range(len(text)):
        position = view.position(offset)
        assert position == len(view.text) or view.starts[position] >= offset


TYPED: dict[str, Callable[[str], str]] = {
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "narrow spaces": lambda text: text.replace(" ", "\u202f"),
    "two blanks": lambda text: text.replace(" ", "  "),
    "tabs": lambda text: text.replace(" ", "\t"),
    "soft hyphens": lambda text: text.replace("o", "o\u00ad"),
    "byte order mark": lambda text: "\ufeff" + text,
    **{
        f"apostrophe {mark!a}": lambda text, mark=mark: text.replace("'", mark)  # type: ignore[misc]
        for mark in (
            *"\u2019\u2018\u02bc\u00b4`\u2032\uff07\u201b\ua78c\x92\ufffd",
            *("&#39;", "&rsquo;", "&apos;", "\\'", "\u00e2\u20ac\u2122", "\u00e2\u0080\u0099"),
        )
    },
    "paragraph": lambda text: f'<p dir="auto">{text}</p>',
    "line of HTML": lambda text: f"{text}<br>",
    "bold word of HTML": lambda text: text.replace(" a ", " <b>a</b> "),
    "bold": lambda text: f"**{text}**",
    "italics": lambda text: f"_{text}_",
    "quoted block": lambda text: f"> {text}",
    "list item": lambda text: f"- {text}",
    "check box": lambda text: f"- [x] {text}",
    "heading": lambda text: f"## {text}",
    "hashtags": lambda text: f"#journal {text} #day40",
    "ISO stamp": lambda text: f"[2026-03-07 22:30] {text}",
    "time": lambda text: f"22:30 {text}",
    "day of the week": lambda text: f"Sat 7 Mar: {text}",
    "clean days": lambda text: f"Day 12 - {text}",
    "iPhone chat": lambda text: f"[07/03/2026, 22:14:05] Sam: {text}",
    "Android chat": lambda text: f"07/03/2026, 22:14 - Sam: {text}",
    "bold letters": lambda text: "".join(chr(ord(c) + 0x1D3BF) if "A" <= c <= "Z" else c for c in text),
    "front matter": lambda text: f"---\ntitle: x\n---\n{text}",
}
THOUGHTS = (
    "I can't do anything right, I'm a complete failure.",
    "I'll just have a couple on Friday and then stop again.",
    "They all think I'm a joke and they won't call me back.",
)


@pytest.mark.parametrize("form", TYPED)
def test_same_thought_gets_same_tags(classifier: Classifier, form: str) -> None:
    """The same thought gets the same tags and probabilities in every form of typing, at the same words."""
    for thought in THOUGHTS:
        typed = TYPED[form](thought)
        plain, answer = classifier.tag(thought), classifier.tag(typed)
        assert [tag.label for tag in answer.tags] == [tag.label for tag in plain.tags]
        assert answer.any_label == pytest.approx(plain.any_label, abs=0.02)
        for tag, same in zip(answer.tags, plain.tags, strict=True):
            assert readable(typed[tag.start : tag.end]).text == readable(thought[same.start : same.end]).text


REPEATED = [
    *(
        "a",
        " ",
        "\n",
        "<",
        "<p",
        "<b ",
        "&",
        "&amp;",
        "*",
        "_",
        "`",
        "'",
        "' a",
        "[",
        "![",
        "[[",
        "(",
        "#",
        "# ",
        "#a ",
        "> ",
    ),
    *(
        ">\n",
        "1:",
        "1-",
        "Mon ",
        "On a",
        "a: ",
        "Me: a\n",
        "a::",
        "\\",
        "data:a/a;base64,",
        "\u200d",
        "a\u200d",
        "1\n",
        "1 1\n",
    ),
    *(
        "www.a",
        "www.a ",
        "http://a",
        "\u00e2\u0080",
        "?",
        "n?",
        "- ",
        "<!--",
        "<script>",
        "\ud83d",
        "a\n",
        "a b\n",
        "two ",
    ),
    *("<p>\n", "<x>", "<x a=1>", "On a b c d wrote:\n", "On a b c d wrote:\n\n", "wrote:\n>\n", "'<x>"),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_step_is_linear(step: Callable[[str], object]) -> None:
    """Ten times the text takes about ten times the time, whatever is repeated; a quadratic step takes a hundred."""
    for unit in REPEATED:
        times = []
        for length in (10_000, 100_000):
            text = unit * (length // len(unit)) + " b"
            start = time.process_time()
            list(step(text))  # type: ignore[call-overload]
            times.append(time.process_time() - start)
        assert times[1] < 40 * times[0] + 0.1, repr(unit)
