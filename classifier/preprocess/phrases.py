"""spaCy component `thoughtmark_phrases`: finds the word classes and cue phrases of `lexicon.toml`.

Word classes (`insult`, `substance`, `limit`, ...) and cues (`hedge`, `absolute`, `modal`, `negation`, ...) are added to
the notes, each with the tokens that it covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.matcher import PhraseMatcher

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.normalizer import Normalizer
from classifier.preprocess.notes import CLASSES, CUES, NORMS, NamedRange, notes_of

if TYPE_CHECKING:
    from spacy.tokens import Doc


class PhraseFinder:
    """Matches the phrases of the lexicon against the norms of the tokens, so that any spelling of a phrase is found."""

    def __init__(self, nlp: Language) -> None:
        self._classes = self._matcher(nlp, LEXICON.classes)
        self._cues = self._matcher(nlp, LEXICON.cues)
        self._names = {nlp.vocab.strings[name]: name for name in (*LEXICON.classes, *LEXICON.cues)}

    @staticmethod
    def _matcher(nlp: Language, phrases: dict[str, tuple[str, ...]]) -> PhraseMatcher:
        matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        normalizer = Normalizer(nlp.vocab.strings)
        for name, texts in phrases.items():
            matcher.add(name, [normalizer(nlp.make_doc(text)) for text in texts])
        return matcher

    def __call__(self, doc: Doc) -> Doc:
        """Add the classes and cues of a doc to its notes."""
        notes = notes_of(doc, "thoughtmark_phrases", requires=[NORMS])
        for ranges, matcher in ((notes.classes, self._classes), (notes.cues, self._cues)):
            ranges.extend([NamedRange(self._names[key], start, end) for key, start, end in matcher(doc)])
        notes.assigned.extend([CLASSES, CUES])
        return doc


@Language.factory("thoughtmark_phrases", requires=[NORMS], assigns=[CLASSES, CUES])
def create_phrase_finder(nlp: Language, name: str) -> PhraseFinder:
    """Create the component for a pipeline's tokenizer and vocabulary."""
    return PhraseFinder(nlp)
