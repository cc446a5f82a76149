"""Which texts are judged, and why others are not."""

from __future__ import annotations

import random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.language import MAX_CODE_POINTS, Reason, reason_not_clear, reason_not_to_judge


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u3000\xa0\u2028", "\u200b\u200d\ufeff", "\u202a \u202c"])
def test_nothing_visible_is_empty(text: str) -> None:
    """White space and characters of zero width are an empty text."""
    assert reason_not_to_judge(text) == "empty"


@pytest.mark.parametrize(
    "text", ["tired", "drank.", "7", "12345", "...", "?!", "\U0001f62d\U0001f62d", "ok \U0001f44d"]
)
def test_one_word_is_too_short(text: str) -> None:
    """One word, a number, punctuation or emoji are too little to judge."""
    assert reason_not_to_judge(text) == "too_short"


def test_longest_text() -> None:
    """A text at the limit is judged and one code point more is too long; an emoji counts as one."""
    text = "\U0001f600I slept badly. " * (MAX_CODE_POINTS // 16)
    assert len(text) == MAX_CODE_POINTS == 200_000
    assert reason_not_to_judge(text) is None
    assert reason_not_to_judge(text + ".") == "too_long"


@pytest.mark.parametrize(
    "text",
    [
        "so tired",
        "I relapsed",
        "cant sleep",
        "slept ok",
        "Called sponsor",
        "no cravings today",
        "day 3 no weed",
        "fuck this",
        "bored af",
        "craving bad",
        "thank you",
    ],
)
def test_short_notes_are_judged(text: str) -> None:
    """An English note of two or three words is judged."""
    assert reason_not_to_judge(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Ah wis steamin last nicht an ah cannae mind a thing",
        "och am jist fed up wi it aw",
        "Aye right, nae bother",
        "Abeg I no fit again o, dis wahala too much",
        "I dey try but e no easy at all",
        "Kindly do the needful, I am having too much of tension only",
        "yaar i am so fed up, mummy is scolding me daily",
        "Lah so sian today, cannot tahan already leh",
        "she do be tripping",
        "we was all drunk innit",
        "Ja maybe I should go to the meeting man, was kak today",
    ],
)
def test_dialects_are_judged(text: str) -> None:
    """Scots, Nigerian, Indian, Singaporean, South African, London and African American English are English."""
    assert reason_not_to_judge(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "idk man im rly not ok rn lol",
        "u ok hun? cba 2day tbh",
        "gonna b sober 2moro ffs",
        "ngl im lowkey struggling fr",
        "smh cant even",
        "aaaaaaargh i hate this",
        "slept 3h. woke 4am. no use.",
        "8:00 meds\n9:00 walk\n10:00 coffee",
        "Mood: 3/10\nSleep: 4h\nUrges: 8/10",
        "Methadone 40mg, Diazepam 10mg, Sertraline 50mg.",
        "I did it!!! " + "\U0001f389" * 60,
        "why me" + "?" * 80,
        "I can\ufffdt sleep",
        "so tired \ud83d today",
    ],
)
def test_typed_english_is_judged(text: str) -> None:
    """Texting, lists, repeated marks and a broken character do not keep a text from being judged."""
    assert reason_not_to_judge(text) is None


@pytest.mark.parametrize(
    "text",
    [
        'I said "ich liebe dich" and she laughed at me',
        "Mi abuela called and I cried",
        "C\u2019est la vie, I drank again",
    ],
)
def test_foreign_words_in_english_are_judged(text: str) -> None:
    """English with a few words of another language is English."""
    assert reason_not_to_judge(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe heute wieder nicht geschlafen.",
        "Hoy no he dormido nada y tengo miedo de recaer",
        "Aujourd'hui je n'ai pas bu",
        "Oggi non ho bevuto e sono stanco",
        "Hoje não bebi mas estou muito triste",
        "Vandaag weer niet geslapen en ik voel me slecht",
        "Dzisiaj znowu nie spałem i czuję się źle",
        "Jag kunde inte sova i natt igen",
        "Nimekunywa tena leo na ninajisikia vibaya",
        "Hôm nay tôi lại uống rượu",
        "今天我又喝酒了。我觉得自己很失败。",
        "今日はまた飲んでしまった",
        "오늘 또 술을 마셨어요",
        "Сегодня я опять не спал",
        "אני עייף מאוד היום",
        "أنا متعب جدا اليوم",
        "आज मैं बहुत थका हुआ हूँ",
    ],
)
def test_other_languages_are_refused(text: str) -> None:
    """A sentence in another language, in any script, is not judged."""
    assert reason_not_to_judge(text) == "not_english"


@pytest.mark.parametrize(
    "text",
    [
        "aaj phir se sharab pi li maine",
        "mujhe koi pasand nahi karta",
        "ami ajke abar kheyechi",
        "ya segodnya opyat pil",
        "wo jintian hen nanguo",
        "\u043c\u043d\u0435 \u043f\u043b\u043e\u0445\u043e",
        "\u03b5\u03af\u03bc\u03b1\u03b9 \u03ba\u03bf\u03c5\u03c1\u03b1\u03c3\u03bc\u03ad\u03bd\u03bf\u03c2",
        "I had coffee with my sister and it was nice to see her. "
        + "Luego volv\u00ed a casa y beb\u00ed otra vez. Nadie me quiere y nunca voy a cambiar. " * 3,
        "What went well\nrien du tout\nWhat was hard\nj'ai encore bu ce soir, je suis nul\nWhat next\nrien du tout",
    ],
)
def test_the_whole_text_and_its_script_count(text: str) -> None:
    """Romanised languages, other scripts, and texts that only begin in English are not judged."""
    assert reason_not_to_judge(text) == "not_english"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("used again", "too_short"),
        ("Relapsed. Damn.", "too_short"),
        ("used again today", None),
        ("Walked the dog and slept fine.", None),
        ("Hoy fue horrible. I walked the dog and slept. Ma\u00f1ana ser\u00e1 igual.", "not_english"),
    ],
)
def test_what_is_never_clear(text: str, reason: Reason | None) -> None:
    """Two words, or a text of which a quarter is in another language, are judged but never called clear."""
    assert reason_not_to_judge(text) is None
    assert reason_not_clear(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02\x03 abc \x05\x06\x07",
        "PK\x03\x04\x14\x00\x06\x00\x08\x00!\x00",
        "%PDF-1.4 %\ufffd\ufffd\ufffd\ufffd",
        "".join(map(chr, random.Random(0).choices(range(256), k=300))),
        "\ue000\ue001 \ue002\ue003 hello there",
        "qwertyuiop asdfghjkl zxcvbnm",
        "asdkfjh askdjfh aksjdhf kajshdf",
        "0101010101 0110110101 0100100101 0110010101 01010",
        '{"a":1,"b":[2,3,4],"c":{"d":5}} {"a":1,"b":[2,3,4]} 12 13 14',
    ],
)
def test_not_text(text: str) -> None:
    """Binary data, random typing, and digits and punctuation without words are not text."""
    assert reason_not_to_judge(text) == "not_text"


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_string_has_an_answer(text: str) -> None:
    """Any string gets None or one of the reasons, the same each time."""
    reason = reason_not_to_judge(text)
    assert reason is None or reason in get_args(Reason)
    assert reason_not_to_judge(text) == reason


@given(st.text(max_size=40), st.sampled_from([" ", "\n", "\u200b", "\t\ufeff"]))
@settings(max_examples=200, deadline=None)
def test_invisible_characters_around_make_no_difference(text: str, around: str) -> None:
    """Whether a text is empty does not depend on invisible characters around it."""
    assert (reason_not_to_judge(text) == "empty") == (reason_not_to_judge(around + text + around) == "empty")
