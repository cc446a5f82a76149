"""A sentence in, the names of its features out."""

from __future__ import annotations

from classifier.model.families import CHARACTERS, CUE_PAIRS, FOLDED, WORDS, Family
from classifier.preprocess import Preprocessor

PREPROCESSOR = Preprocessor()


def names(family: Family, text: str) -> list[str]:
    """Return the names of a family's features in a text of one sentence."""
    [sentence] = PREPROCESSOR.sentences(text)
    return family.names(sentence)


def test_words() -> None:
    """Normalized words and pairs of neighbouring words."""
    assert names(WORDS, "i cant cope") == ["i", "can", "not", "cope", "i can", "can not", "not cope"]


def test_characters() -> None:
    """Character n-grams stay within a word and the blanks around it."""
    of_text = names(CHARACTERS, "no thanks")
    assert {" no", "no ", " no ", " th", "hanks", "nks "} <= set(of_text)
    assert not any(" " in name.strip() for name in of_text)


def test_folded() -> None:
    """N-grams of folded terms include the bounds of the sentence, and negated terms are marked."""
    assert {"^ <substance>", "<substance> is <problem>", "<problem> $"} <= set(names(FOLDED, "wine is fine"))
    assert "not not:<insult> $" in names(FOLDED, "i am not worthless")


def test_cue_pairs() -> None:
    """Each cue and class of a sentence is named once, and once with each other, however far apart."""
    of_text = names(CUE_PAIRS, "maybe just one drink, maybe wine if i must")
    assert len(of_text) == len(set(of_text))
    assert {"hedge", "conditional", "<limit>"} <= set(of_text)
    assert {"<limit> & <substance>", "conditional & hedge"} <= set(of_text)
    assert not any("wrong" in name or "today" in name for name in of_text)
