"""The features of fixed texts are those in `columns.json`, or `COLUMNS_VERSION` must be raised.

Run as a program (`python tests/test_columns.py`) this writes the file again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from classifier.model.artifact import COLUMNS_VERSION
from classifier.model.families import FAMILIES
from classifier.model.tagger import CLAUSE_PENALTY
from classifier.preprocess import Preprocessor, Sentence, split_clauses
from classifier.preprocess.lexicon import LEXICON

GOLDEN = Path(__file__).with_name("columns.json")
ADVICE = (
    "the columns of the model have changed, so saved models no longer fit: "
    "raise COLUMNS_VERSION in classifier/model/artifact.py and run `.venv/bin/python tests/test_columns.py`"
)
TEXTS = (
    "day 9. i CANT sleep w/o it \U0001f62d he says I\u2019m a failure",
    "Took 20mg at 8:30 p.m., spent $40. Dr. Lee rang\n- three weeks now sober!!",
    'I used to think "just one" beer was fine... not anymore',
    "went to work and did the shift, but by nine i knew one beer would not hurt so i stopped at the shop",
)


def features(sentence: Sentence) -> dict[str, str]:
    """Return the names of all features of a sentence, by family, those of a family in one line."""
    return {name: "|".join(family.names(sentence)) for name, family in FAMILIES.items()}


def current_columns() -> dict[str, Any]:
    """Return the features of the texts and their clauses, and a hash over those of every phrase of the lexicon."""
    preprocessor = Preprocessor()
    sentences = [sentence for text in TEXTS for sentence in preprocessor.sentences(text)]
    tables = (LEXICON.classes, LEXICON.cues)
    phrases = [*LEXICON.spelling, *(text for table in tables for texts in table.values() for text in texts)]
    of_lexicon = [features(sentence) for text in phrases for sentence in preprocessor.sentences(f"so {text} x")]
    return {
        "columns_version": COLUMNS_VERSION,
        "clause_penalty": CLAUSE_PENALTY,
        "lexicon": hashlib.sha256(json.dumps(of_lexicon).encode()).hexdigest(),
        "sentences": [
            {"start": part.start, "end": part.end, **features(part)}
            for sentence in sentences
            for part in (sentence, *split_clauses(sentence))
        ],
    }


def test_columns_are_those_of_their_version() -> None:
    """The same version gives the same columns."""
    current, golden = current_columns(), json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert current["columns_version"] == golden["columns_version"], ADVICE
    for part, expected in zip(current["sentences"], golden["sentences"], strict=True):
        assert part == expected, ADVICE
    assert current == golden, ADVICE


def write() -> None:
    """Write the golden file, unless it has other columns for the same version."""
    current = current_columns()
    if GOLDEN.exists():
        golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
        if current != golden and current["columns_version"] == golden["columns_version"]:
            raise SystemExit(ADVICE)
    GOLDEN.write_text(json.dumps(current, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
