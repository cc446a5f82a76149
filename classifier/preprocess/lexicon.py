"""`lexicon.toml` in, `LEXICON` out: spellings, word classes and cue phrases."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Content of `lexicon.toml`.

    spelling
        From a short form to the word that it stands for.
    classes
        From the name of a word class to its words and phrases.
    cues
        From the name of a cue to its words and phrases.
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
