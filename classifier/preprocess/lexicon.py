"""Loads `lexicon.toml` as `LEXICON`: spellings, word classes and cue phrases."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The content of `lexicon.toml`.

    spelling
        Maps each short form to the word that it stands for, such as `u` to `you`.
    classes
        Maps the name of each word class to its words and phrases.
    cues
        Maps the name of each cue to its words and phrases.
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
