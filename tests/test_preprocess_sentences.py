"""Text in, sentences out: where typed journals are split, and offsets that are valid in any text."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.errors import PipelineNotFound
from classifier.preprocess import Preprocessor, Sentence

PREPROCESSOR, ANOTHER = Preprocessor(), Preprocessor()
LONE_SURROGATE = "\ud83d"

SPLITS = {
    "full stops": [
        "I went home.| I slept!| Did I dream?| No.",
        "ugh.| just ugh.| cant be bothered",
        "i ate. | i slept.   |i cried.",
        "Note to self: breathe.| 4-7-8.| Again.",
        "My score?| 2/10.| Would not recommend.",
    ],
    "no capitals and no full stops": [
        "i dont know what to do anymore i feel like everything is falling apart and i cant tell anyone",
        "day 6 no weed\n|slept ok.| thanks all!!",
        "rang mum she was fine we talked about the dog",
    ],
    "one thought a line": [
        "Dear diary,\n\n|today was fine.\n\n|Goodnight",
        "Mon: bad\n|Tue: worse\n|Wed: ok",
        "Why?\n|Why?\n|Why?",
        "ok\r\n|fine\r\n\r\n|not fine",
        "old mac\r|line ends",
        "pasted\u2028|from\u2029|an app\x0b|and\x0c|a printer\x85|and a mainframe",
        "=== Day 5 ===\n|fine\n|---\n|Day 6",
    ],
    "dots that trail off": [
        "woke up at 3am... couldnt get back to sleep... watched tv till 6",
        "I waited...| Then he came.",
        "Haha..| Yeah..| No",
        "So\u2026 I rang her.",
        "I couldn't... I just couldn't.| It hurt.",
        "...and then i woke up",
        "i just . . . cant",
        "What if... no.| Stop it.",
        "im so tired\u2026.and sad",
    ],
    "marks in runs": [
        "no way!!!| not again",
        "why me??| why now!?| whatever",
        "wait what??| She left?!?!?!",
        "!!!",
        "hi all !!| how are you ??| ok",
    ],
    "no space after the mark": [
        "Ugh.|So tired.|Cant sleep.",
        "went to bed.|couldnt sleep.|got up again",
        "day 1.|Had a bad night",
        "he left .|She cried .|that was it",
        "was it me?|i dont know!|nobody does",
        "see www.smartrecovery.org or reddit.com/r/stopdrinking.| it helped",
        "I emailed help@clinic.co.uk.| No answer.",
        "every.single.day",
    ],
    "times, dates and amounts": [
        "Got up at 7.30.| Made tea at 8.15 and left.",
        "Meeting at 8:30 a.m. then work.",
        "Meeting was at 8:30 a.m.| Then I went to work.",
        "On 12.03.2024 I stopped.| It was a Tuesday.",
        "01/02/24.| Bad day.",
        "27th. Sat in the garden.| 28th. Rain.",
        "24.12.| at mums all day",
        "took 20 mg. at night and 10 mg. in the morning",
        "Down to 20 mg.| Feeling ok.",
        "I slept 3 hrs. max and went to work.",
        "rent was \u00a31,200.50 this month.| broke again",
        "It cost approx. 40 quid.| Never again.",
        "Sleep: 5h.| Mood: 3.| Urges: 2.",
        "3.5 hrs sleep.| Again.",
    ],
    "abbreviations and names": [
        "Saw Dr. Lee today.| She said it's fine.",
        "saw dr. lee today.| she said its fine",
        "Sgt. Miller and Prof. Adams came.| Both nice.",
        "I rang J. Smith about the flat.",
        "It was me and J.| We talked.",
        "I got an A.| Passed with the rest.",
        "my husband and I.| We fight",
        "He lives in the U.S. now and never rings.",
        "I moved to the U.S.| Then it all started.",
        "She has MS.| It was a shock.",
        "pills, wine, etc. and then nothing",
        "Pills, wine, etc.| Then nothing.",
        "I need distraction, e.g. a walk or a film.| That helps.",
        "P.S. I love you.| p.s. not really",
        "I said no.| Then I left.",
        "One.| That's how many I had.",
    ],
    "lists": [
        "1. call mum\n|2. meds\n|3. gym",
        "1) call mum\n|2) meds",
        "  1. call mum\n|  2. meds",
        "i lost him.| 2. i lost the house.| 3. i lost the dog",
        "- call mum\n|- take meds\n|* sleep",
        "\u2022 walk the dog \u2022| no phone after ten".replace("\u2022|", "|\u2022"),
        "[ ] shower\n|[x] teeth",
        "**Thought:** I am useless.| **Evidence:** none.",
    ],
    "quotes and brackets": [
        '"Are you ok?" he said.| I said yes.',
        '"you ok?" he said, and i said no',
        "\u201cI hate you!\u201d she shouted.| \u201cGet out.\u201d",
        'She said "it will pass."| Then she left.',
        'She said "it will pass".| Then she left.',
        "he was like 'no.' and i was like 'fine.'",
        "He said, 'You are useless.'| I believed him.",
        "\u201cI miss you\u2026\u201d.| I tried to say so.",
        "I thought (again) about it.| (I know, I know.)| Then I slept.",
        "He asked if I was ok (I wasn't).| I lied.",
    ],
    "emoji and smileys": [
        "I did it! \U0001f389\U0001f389| Ninety days!",
        "so tired \U0001f62d\U0001f62d cant do this",
        "So tired \U0001f62d| Cant do this",
        "\u2764\ufe0f\u2764\ufe0f Thank you all \u2764\ufe0f\u2764\ufe0f| Night",
        "well done you \U0001f44d\U0001f3fd| Next stop a year",
        "night \U0001f468\u200d\U0001f469\u200d\U0001f467| Goodnight",
        "I feel \U0001f600.| Good.",
        "slept well :) work was ok",
        "Slept well. :)| Work was ok.",
        "i love her <3 she is the best",
        "idk \u00af\\_(\u30c4)_/\u00af maybe tomorrow",
    ],
}
"""Typed text with `|` before each sentence but the first."""


def split(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in PREPROCESSOR.sentences(text)]


def replaced(character: str) -> bool:
    """Whether preprocessing may read a character as another one."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} or character.isspace()


@pytest.mark.parametrize("marked", [marked for group in SPLITS.values() for marked in group])
def test_split(marked: str) -> None:
    """Typed text is split where a reader would split it."""
    assert split(marked.replace("|", "")) == [part.strip() for part in marked.split("|")]


def test_short_lines_are_not_joined() -> None:
    """Short lines are sentences of their own, also if they are about equally long."""
    assert len(split("slept ok\nate toast\nsaw jane\ncame home\nfed the cat")) == 5


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("hello\x00there. next", ["hello\x00there.", "next"]),
        (f"so sad {LONE_SURROGATE} today. ok", [f"so sad {LONE_SURROGATE} today.", "ok"]),
        ("so\u200bber to\u00adday. yes", ["so\u200bber to\u00adday.", "yes"]),
        ("\u05e9\u05dc\u05d5\u05dd. ok", ["\u05e9\u05dc\u05d5\u05dd.", "ok"]),
    ],
)
def test_unseen_characters(text: str, sentences: list[str]) -> None:
    """NUL, lone surrogates and zero-width characters inside words neither move offsets nor hide a full stop."""
    assert split(text) == sentences


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00 \x00", "\u2028\n\r\n"])
def test_nothing_to_read(text: str) -> None:
    """A text without visible characters has no sentences."""
    assert split(text) == []


def test_offsets_count_code_points() -> None:
    """Offsets count code points, so an emoji counts as one."""
    [_, second] = PREPROCESSOR.sentences("\U0001f600\U0001f600. Then bed.")
    assert (second.start, second.end) == (4, 13)


def test_given_starts_are_kept() -> None:
    """Given sentence starts are kept, and the first word starts a sentence in any case."""
    sentences = PREPROCESSOR.sentences("one two. Three four", starts=[4])
    assert [sentence.text for sentence in sentences] == ["one", "two. Three four"]


def test_repr_has_no_text() -> None:
    """The repr of a sentence has offsets and no words."""
    assert repr(PREPROCESSOR.sentences("my secret")[0]) == "Sentence(start=0, end=9)"


PIECES = st.sampled_from(
    [
        *"ab I.!?,'\"()\u201c\u201d-*:;<1\n\r\t\x00\u200b\u202e\u2028\u2026\u2022\U0001f600\u2764\ufe0f\u200d",
        LONE_SURROGATE,
        *("\r\n", "\n\n", "...", "Dr.", "a.m.", "mg", "I'm", "dont", " he said ", "20", "day 9", ":)", "not ", "e.g."),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60))


def check(text: str, sentences: list[Sentence]) -> None:
    end = 0
    covered = [False] * len(text)
    for sentence in sentences:
        assert end <= sentence.start < sentence.end <= len(text)
        end = sentence.end
        assert len(sentence.text) == sentence.end - sentence.start
        for typed, read in zip(text[sentence.start : sentence.end], sentence.text, strict=True):
            assert read == typed or (replaced(typed) and read in " \ufffd")
        covered[sentence.start : sentence.end] = [True] * len(sentence.text)
        for terms in (sentence.words, sentence.folded):
            starts = [term.start for term in terms]
            assert starts == sorted(starts)
            assert all(sentence.start <= term.start < term.end <= sentence.end for term in terms)
            assert all(term.text for term in terms)
        assert all(sentence.start <= cue.start < cue.end <= sentence.end for cue in sentence.cues)
    assert all(covered[i] or replaced(character) for i, character in enumerate(text))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_sentences_cover_the_text(text: str) -> None:
    """Sentences are in order, do not overlap, are the text at their offsets, and leave out no visible character."""
    check(text, PREPROCESSOR.sentences(text))


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_splitting_is_deterministic(text: str) -> None:
    """The same text gives the same sentences, also after other texts."""
    first = PREPROCESSOR.sentences(text)
    PREPROCESSOR.sentences("something else.\nday 3 no weed")
    assert PREPROCESSOR.sentences(text) == first == ANOTHER.sentences(text)


@pytest.mark.parametrize("piece", ["\U0001f62d", "a\n", "he said i am not sure ", "not ", "! ", "part of me "])
def test_endless_runs(piece: str) -> None:
    """A long text is read to its end, also if it is one sentence or one word."""
    text = piece * (30_000 // len(piece))
    sentences = PREPROCESSOR.sentences(text)
    assert sentences[-1].end >= len(text.rstrip()) - 1


@pytest.mark.parametrize(
    "unit", ["two ", "1 2 ", "' a ", '" a ', "he said ", "not ", "... ", "one day ", "a\u200d", "?!", "$ "]
)
def test_time_grows_with_the_length(unit: str) -> None:
    """Ten times the text takes about ten times the time, whatever is repeated; a quadratic rule takes a hundred."""
    times = []
    for length in (15_000, 150_000):
        start = time.process_time()
        PREPROCESSOR.sentences("I am here. " + unit * (length // len(unit)))
        times.append(time.process_time() - start)
    assert times[1] < 40 * times[0] + 0.1


def test_named_pipeline_gives_lemmas(tmp_path: Path) -> None:
    """With a pipeline that sets lemmas, the words are lemmas; words without a lemma are norms."""
    trained = spacy.blank("en")
    rules = trained.add_pipe("attribute_ruler")
    rules.add(patterns=[[{"LOWER": "relapsed"}]], attrs={"LEMMA": "relapse"})
    trained.to_disk(tmp_path / "trained")
    [sentence] = Preprocessor(str(tmp_path / "trained")).sentences("Relapsed again lol")
    assert [word.text for word in sentence.words] == ["relapse", "again", "lol"]


def test_named_pipeline_keeps_the_split(tmp_path: Path) -> None:
    """A pipeline with a sentence component of its own does not change the journal's sentences."""
    trained = spacy.blank("en")
    trained.add_pipe("sentencizer")
    trained.to_disk(tmp_path / "trained")
    text = "day 6 no weed\nslept ok. thanks w/ love"
    sentences = Preprocessor(str(tmp_path / "trained")).sentences(text)
    assert [sentence.text for sentence in sentences] == split(text)
    assert [word.text for word in sentences[-1].words] == ["thanks", "with", "love"]


def test_named_pipeline_travels_by_name(tmp_path: Path) -> None:
    """A preprocessor is pickled by the name of its pipeline."""
    spacy.blank("en").to_disk(tmp_path / "trained")
    maker, arguments = Preprocessor(str(tmp_path / "trained")).__reduce__()
    assert maker(*arguments).pipeline == str(tmp_path / "trained")


def test_missing_pipeline(tmp_path: Path) -> None:
    """The error for a pipeline that is not installed names it and says what to do."""
    name = str(tmp_path / "en_core_web_none")
    with pytest.raises(PipelineNotFound, match=f"{re.escape(repr(name))} is not installed.*'blank:en'"):
        Preprocessor(name)


def test_words_that_come_once_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vocabulary stays bounded however many different words are read, and the sentences stay the same."""
    monkeypatch.setattr("classifier.preprocess.preprocessor._MAX_NEW_WORDS", 500)
    preprocessor, text = Preprocessor(), "I can't sleep w/o it. sooo tired of this"
    before, bound = preprocessor.sentences(text), len(preprocessor._nlp.vocab) + 600
    for number in range(40):
        preprocessor.sentences(" ".join(f"word{number}x{i}" for i in range(50)))
        assert len(preprocessor._nlp.vocab) <= bound
        assert preprocessor.sentences(text) == before
