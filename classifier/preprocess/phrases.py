"""Component `thoughtmark_phrases`: the word classes and cue phrases of the lexicon, found in the text.

Notes word classes (`insult`, `substance`, `limit`, ...) as folds and `hedge`, `absolute`, `modal`, `conditional`,
`future`, `distancing`, `insight`, person, ... as cues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.matcher import PhraseMatcher

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.normalizer import Normalizer
from classifier.preprocess.notes import Mark, noted, notes

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab


class Phrases:
    """Matches the lexicon against the norms of the tokens, so any spelling of a phrase is found."""

    def __init__(self, nlp: Language) -> None:
        self._classes = self._matcher(nlp, LEXICON.classes)
        self._cues = self._matcher(nlp, LEXICON.cues)
        self._names = {nlp.vocab.strings[name]: name for name in (*LEXICON.classes, *LEXICON.cues)}

    @staticmethod
    def _matcher(nlp: Language, lists: dict[str, tuple[str, ...]]) -> PhraseMatcher:
        vocab: Vocab = nlp.vocab
        matcher = PhraseMatcher(vocab, attr="NORM")
        normalizer = Normalizer(vocab.strings)
        for name, phrases in lists.items():
            matcher.add(name, [normalizer(noted(nlp.make_doc(phrase), phrase)) for phrase in phrases])
        return matcher

    def __call__(self, doc: Doc) -> Doc:
        """Note what the lexicon knows of the doc."""
        found, names = notes(doc), self._names
        found.folds.extend([Mark(names[key], start, end) for key, start, end in self._classes(doc)])
        found.cues.extend([Mark(names[key], start, end) for key, start, end in self._cues(doc)])
        return doc


@Language.factory("thoughtmark_phrases", requires=["token.norm"], assigns=["doc.user_data"])
def phrases(nlp: Language, name: str) -> Phrases:
    """Build the component for a pipeline's vocabulary."""
    return Phrases(nlp)
