"""spaCy component `thoughtmark_phrases`: finds the word classes and cue phrases of `lexicon.toml`.

Word classes (`insult`, `substance`, `limit`, ...) and cues (`hedge`, `absolute`, `modal`, `negation`, ...) are added to
the doc's `Notes`, each with the range of tokens that it covers.
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
    """Finds phrases by comparing norms, so that a phrase is found in any spelling that the normalizer knows."""

    def __init__(self, nlp: Language) -> None:
        self._classes = self._matcher(nlp, LEXICON.classes)
        self._cues = self._matcher(nlp, LEXICON.cues)
        # The matchers return hashes of names.
        self._names = {nlp.vocab.strings[name]: name for name in (*LEXICON.classes, *LEXICON.cues)}

    @staticmethod
    def _matcher(nlp: Language, phrases: dict[str, tuple[str, ...]]) -> PhraseMatcher:
        """Create a matcher of phrases. Their texts pass through the same tokenizer and normalizer as a journal."""
        matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        normalizer = Normalizer(nlp.vocab.strings)
        for name, texts in phrases.items():
            matcher.add(name, [normalizer(nlp.make_doc(text)) for text in texts])
        return matcher

    def __call__(self, doc: Doc) -> Doc:
        """Find the word classes and cues of a doc, and add them to its `Notes`."""
        notes = notes_of(doc, "thoughtmark_phrases", requires=[NORMS])
        for ranges, matcher in ((notes.classes, self._classes), (notes.cues, self._cues)):
            ranges.extend([NamedRange(self._names[key], start, end) for key, start, end in matcher(doc)])
        notes.assigned.extend([CLASSES, CUES])
        return doc


@Language.factory("thoughtmark_phrases", requires=[NORMS], assigns=[CLASSES, CUES])
def create_phrase_finder(nlp: Language, name: str) -> PhraseFinder:
    """Create the component with the tokenizer and vocabulary of a pipeline."""
    return PhraseFinder(nlp)
