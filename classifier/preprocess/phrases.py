"""Component `mindmark_phrases`: the word classes and cue phrases of the lexicon, found in the text.

Adds word classes (`insult`, `substance`, `limit`, ...) to `doc.spans["folds"]` and cues (`hedge`,
`absolute`, `modal`, `conditional`, `future`, `distancing`, `insight`, person, ...) to
`doc.spans["cues"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Span

from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.normalize import normalizer

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab


class Phrases:
    """Matches the lexicon against the norms of the tokens, so any spelling of a phrase is found."""

    def __init__(self, nlp: Language) -> None:
        self._classes = self._matcher(nlp, LEXICON.classes)
        self._cues = self._matcher(nlp, LEXICON.cues)

    @staticmethod
    def _matcher(nlp: Language, lists: dict[str, tuple[str, ...]]) -> PhraseMatcher:
        vocab: Vocab = nlp.vocab
        matcher = PhraseMatcher(vocab, attr="NORM")
        for name, phrases in lists.items():
            matcher.add(name, [normalizer(nlp.make_doc(phrase)) for phrase in phrases])
        return matcher

    def __call__(self, doc: Doc) -> Doc:
        """Add what the lexicon knows to the span groups of the doc."""
        doc.spans["folds"].extend([Span(doc, start, end, label=name) for name, start, end in self._classes(doc)])
        doc.spans["cues"] = [Span(doc, start, end, label=name) for name, start, end in self._cues(doc)]
        return doc


@Language.factory("mindmark_phrases", requires=["token.norm"], assigns=["doc.spans"])
def phrases(nlp: Language, name: str) -> Phrases:
    """Build the component for a pipeline's vocabulary."""
    return Phrases(nlp)
