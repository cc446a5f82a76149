"""The word lists of `lexicon.toml`, read once: spelling, word classes and cue phrases."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What `lexicon.toml` holds.

    spelling
        A typed short form and the word it stands for.
    classes
        Name of a word class and its words and phrases, in order of precedence.
    cues
        Name of a cue and the words and phrases that announce it.
    """

    spelling: dict[str, str]
    classes: dict[str, tuple[str, ...]]
    cues: dict[str, tuple[str, ...]]


def _read() -> Lexicon:
    with (resources.files(__package__) / "lexicon.toml").open("rb") as file:
        tables = tomllib.load(file)
    return Lexicon(
        spelling=tables["spelling"],
        classes={name: tuple(phrases) for name, phrases in tables["classes"].items()},
        cues={name: tuple(phrases) for name, phrases in tables["cues"].items()},
    )


LEXICON = _read()
