"""Words, word classes and cues of sentences: one group of tests for each component of the pipeline."""

from __future__ import annotations

import pytest

from classifier.preprocess import COMPONENTS, Preprocessor, Sentence
from classifier.preprocess.lexicon import LEXICON

PREPROCESSOR = Preprocessor()


def read(text: str) -> Sentence:
    """Read a text that is one sentence."""
    [sentence] = PREPROCESSOR.sentences(text)
    return sentence


def words(text: str) -> list[str]:
    return [word.text for word in read(text).words]


def folded(text: str) -> list[str]:
    return [term.text for term in read(text).folded]


def cue(text: str, name: str) -> list[str]:
    """Return the text of each cue of one name."""
    return [
        text[term.start : term.end]
        for sentence in PREPROCESSOR.sentences(text)
        for term in sentence.cues
        if term.text == name
    ]


# thoughtmark_normalizer


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CANT", "can not"),
        ("can't", "can not"),
        ("can\u2019t", "can not"),
        ("cannot", "can not"),
        ("CAN'T", "can not"),
        ("I\u2019M", "i am"),
        ("im", "i am"),
        ("gonna", "going to"),
        ("u r", "you are"),
        ("bc", "because"),
        ("w/o", "without"),
        ("tmrw", "tomorrow"),
        ("SOOOOO", "soo"),
        ("so\u200bber", "sober"),
        ("cannae", "cannot"),
        ("2 hrs", "2 hours"),
    ],
)
def test_spelling(typed: str, meant: str) -> None:
    """Every way to type a word gives the same normalized word."""
    assert words(typed) == meant.split()


def test_wed_is_a_day() -> None:
    """A short form that is also a normal word is not expanded."""
    assert words("group on wed") == ["group", "on", "wed"]


def test_words_glued_by_a_full_stop_are_apart() -> None:
    """Two words around a full stop without a space are not one word."""
    text = "went to bed.couldnt sleep"
    assert [word.text for sentence in PREPROCESSOR.sentences(text) for word in sentence.words] == (
        ["went", "to", "bed", ".", "could", "not", "sleep"]
    )


def test_every_short_form_is_read() -> None:
    """Each entry of the table of spellings is applied."""
    missed = [typed for typed, meant in LEXICON.spelling.items() if meant not in words(f"so {typed} ok")]
    assert missed == []


# thoughtmark_quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day 9", "<clean_time>"),
        ("Day One", "<clean_time>"),
        ("9 days clean", "<clean_time>"),
        ("nineteen months sober", "<clean_time>"),
        ("3 yrs now sober", "<clean_time>"),
        ("two hundred days without", "<clean_time>"),
        ("a week off", "<clean_time>"),
        ("three weeks", "<duration>"),
        ("an hour", "<duration>"),
        ("20 mg", "<dose>"),
        ("20mg", "<dose>"),
        ("two grams", "<dose>"),
        ("$300", "<money>"),
        ("40 quid", "<money>"),
        ("5k", "<money>"),
        ("8:10", "<clock>"),
        ("3am", "<clock>"),
        ("5 p.m.", "<clock>"),
        ("seven o'clock", "<clock>"),
        ("2019", "<year>"),
        ("17", "<number>"),
        ("3rd", "<number>"),
    ],
)
def test_quantity(text: str, expected: str) -> None:
    """An amount, a time or a stretch of clean time is one folded term, which covers all its words."""
    [term] = read(text).folded
    assert (term.text, term.start, term.end) == (expected, 0, len(text))


@pytest.mark.parametrize("text", ["one", "1", "one more", "1 x"])
def test_one_is_kept(text: str) -> None:
    """The number one is never folded into `<number>`: it carries the meaning of "just one"."""
    assert "<number>" not in folded(text)


# thoughtmark_phrases


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a can of CIDER", "substance"),
        ("some fentanyl", "substance"),
        ("scratchcards", "substance"),
        ("i drank", "use"),
        ("40 of methadone", "medicine"),
        ("rang my sponsor", "recovery"),
        ("waste of space", "insult"),
        ("just this once", "limit"),
        ("cant cope", "doom"),
        ("my fault", "fault"),
    ],
)
def test_word_class(text: str, name: str) -> None:
    """A word or phrase of a class is folded into the class, in any spelling."""
    assert f"<{name}>" in folded(text)


def test_longer_phrase_wins() -> None:
    """Of overlapping phrases the longest is folded: "drunk again" is use, "drunk" alone is an insult."""
    assert folded("drunk again") == ["<use>"]
    assert folded("drunk") == ["<insult>"]


def test_words_stay_beside_the_folded_stream() -> None:
    """Folding does not change the stream of words."""
    assert words("no wine for 20 days") == ["no", "wine", "for", "20", "days"]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Maybe i should, i think", "hedge", ["Maybe", "i think"]),
        ("dunno, kinda sad", "hedge", ["dunno", "kinda"]),
        ("i ALWAYS ruin everything", "absolute", ["ALWAYS", "everything"]),
        ("we have to, you must, i shouldnt", "modal", ["have to", "must", "should"]),
        ("as long as its one", "conditional", ["as long as"]),
        ("unless he rings", "conditional", ["unless"]),
        ("im gonna stop tmrw", "future", ["gonna", "tmrw"]),
        ("I'll go", "future", ["'ll"]),
        ("I told myself, my self", "first_person", ["I", "myself", "my"]),
        ("u and yours", "second_person", ["u", "yours"]),
        ("she hates them", "third_person", ["she", "them"]),
        ("really?", "question", ["?"]),
        ("ty all", "thanks", ["ty"]),
    ],
)
def test_cue(text: str, name: str, expected: list[str]) -> None:
    """Hedges, absolutes, modals, conditionals, future and person are cues, with the offsets of their words."""
    assert cue(text, name) == expected


def test_cues_are_in_order() -> None:
    """Cues are in the order of the text."""
    cues = read("Maybe he said I will never stop, if I must").cues
    assert [term.start for term in cues] == sorted(term.start for term in cues)


@pytest.mark.parametrize("name", LEXICON.cues)
def test_every_cue_phrase_is_found(name: str) -> None:
    """Each cue phrase of the lexicon is found when it is typed as listed."""
    assert [phrase for phrase in LEXICON.cues[name] if phrase not in cue(f"so {phrase} x", name)] == []


@pytest.mark.parametrize("name", LEXICON.classes)
def test_every_class_phrase_is_found(name: str) -> None:
    """Each phrase of a class is folded: into its class, or into another class that also matches."""
    lost = [phrase for phrase in LEXICON.classes[name] if "<" not in " ".join(folded(f"so {phrase} x"))]
    assert lost == []


# thoughtmark_negation


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("I'm not a failure, but I am tired", ["a failure"]),
        ("dont drink", ["drink"]),
        ("i never said that because i was out", ["said that"]),
        ("no one came. i slept", ["one came", "came"]),
        ("without it i am lost", ["it i am lost"]),
        ("not", []),
        ("i did not.", []),
    ],
)
def test_negation_scope(text: str, scope: list[str]) -> None:
    """The scope of a negation is what follows it, to the end of its clause."""
    assert cue(text, "negated") == scope


def test_negation_reaches_six_words() -> None:
    """The scope of a negation is at most six words."""
    assert cue("never one two three four five six seven eight", "negated") == ["one two three four five six"]


def test_negation_stays_in_its_sentence() -> None:
    """The scope of a negation ends with its sentence, also if only a line break ends it."""
    assert cue("i am not\nuseless at all", "negated") == []


def test_negated_terms_are_marked() -> None:
    """Negated terms are marked in the folded stream."""
    assert folded("not a failure but tired") == ["not", "not:a", "not:<insult>", "but", "tired"]


# thoughtmark_reported_speech


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("he says I'm a loser", ["I'm a loser"]),
        ("My mum told me that I am lazy. I am not.", ["me that I am lazy."]),
        ("Kev reckons i am fine", ["i am fine"]),
        ("my mate texted its over", ["its over"]),
        ("I said I'm a loser", []),
        ("we thought it was ok", []),
        ("yesterday i said he was wrong", []),
        ("he said", []),
    ],
)
def test_reported_speech(text: str, reach: list[str]) -> None:
    """Speech of others is `reported` to the end of the sentence; what the writer said is not."""
    assert cue(text, "reported") == reach


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('She wrote "you are nothing" on it', ["you are nothing"]),
        ("\u201cget out\u201d and \u201cstay out\u201d", ["get out", "stay out"]),
        ("\u00abjamais\u00bb", ["jamais"]),
        ('"no end to this', []),
        ('"" nothing inside', []),
        ("it's 'fine'", []),
    ],
)
def test_quotation(text: str, inside: list[str]) -> None:
    """Text between quotation marks is `quoted`, without the marks; a single mark quotes nothing."""
    assert cue(text, "quoted") == inside


def test_quotation_over_several_sentences() -> None:
    """Each sentence of a quotation is a cue of its own."""
    assert cue('"Get out. And stay out!" she said', "quoted") == ["Get out.", "And stay out!"]


def test_long_stretch_between_marks_is_no_quotation() -> None:
    """Two marks more than sixty words apart are no quotation."""
    assert cue(f'he is 6"{" tall" * 70} and 2" wide', "quoted") == []


# thoughtmark_distancing


@pytest.mark.parametrize(
    ("text", "phrase", "reach"),
    [
        ("I used to think one drink was fine", "I used to think", "one drink was fine"),
        ("part of me wants to use", "part of me wants", "to use"),
        ("i caught myself thinking im trash. ok now", "i caught myself thinking", "im trash."),
        ("the old me wanted it\nnow i dont", "the old me", "wanted it"),
        ("My head says just one", "My head says", "just one"),
    ],
)
def test_distance(text: str, phrase: str, reach: str) -> None:
    """The scope of a distancing phrase reaches to the end of the sentence."""
    assert phrase in cue(text, "distancing")
    assert min(cue(text, "distanced"), key=len) == reach


def test_distance_with_nothing_after_it() -> None:
    """A distancing phrase at the end of its sentence is a cue without a scope."""
    assert cue("that was the addiction talking", "distancing")[0] == "the addiction talking"
    assert cue("that was the addiction talking", "distanced") == []


@pytest.mark.parametrize("text", ["I know that's not true", "i know thats not true", "Kidding myself", "it will pass"])
def test_insight(text: str) -> None:
    """Phrases that reject a thought are cues."""
    assert cue(text, "insight")


# the pipeline


def test_components_are_listed_in_their_order() -> None:
    """The pipeline has the listed components in the listed order."""
    assert tuple(PREPROCESSOR._nlp.pipe_names) == COMPONENTS


@pytest.mark.parametrize(
    "text", ["", "\n", "...", "\u201c\u201d", "not", "he said", "day", "\u201cnot", "i used to think"]
)
def test_fragments(text: str) -> None:
    """Fragments are no special case: their cues lie inside them."""
    for sentence in PREPROCESSOR.sentences(text):
        assert all(sentence.start <= term.start < term.end <= sentence.end for term in sentence.cues)
