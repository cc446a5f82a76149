"""Splits the text of an entry into sentences with exact offsets, normalized words, word classes and cues.

The flow: `cleaning` → `tokenizer` → the spaCy components in `COMPONENTS` → `Sentence` values. The module of each
component documents it. Importing this module registers the components with spaCy. Then any spaCy pipeline can use them
through `nlp.add_pipe`, without `Preprocessor`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

import spacy
from spacy.attrs import LEMMA
from spacy.tokenizer import Tokenizer

from classifier.errors import PipelineNotFound
from classifier.preprocess import normalizer, phrases, quantities, scopes, splitter  # noqa: F401  (registers the components)
from classifier.preprocess.cleaning import clean
from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.notes import NORMS, SENTENCES, NamedRange, new_notes, notes_of
from classifier.preprocess.terms import Sentence, Terms
from classifier.preprocess.tokenizer import blank_english

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

DEFAULT_PIPELINE = "blank:en"
"""spaCy's English tokenizer, which needs no download. `Preprocessor` also accepts any installed pipeline."""

COMPONENTS = (
    "thoughtmark_sentences",
    "thoughtmark_normalizer",
    "thoughtmark_quantities",
    "thoughtmark_phrases",
    "thoughtmark_negation",
    "thoughtmark_reported_speech",
    "thoughtmark_distancing",
)

_MAX_NEW_WORDS = 20_000
"""After this number of new words in spaCy's vocabulary, the pipeline is created again, in a quarter of a second.

Otherwise the vocabulary would grow with every text and fill the memory. spaCy's memory zones, which free the words of
each text, are no alternative: the tokenizer cannot cache such words, and takes more than twice the time.
"""

_TOKENIZER_CACHE = 100_000
"""The tokenizer caches the tokens of this number of strings. spaCy's default is a tenth of this number."""


class Preprocessor:
    r"""Turns the text of an entry into sentences.

    Parameters
    ----------
    pipeline
        `blank:en`, or the name or path of an installed spaCy pipeline. The components of this package are added to it.
        If it sets lemmas, the words of sentences are lemmas.

    Raises
    ------
    PipelineNotFound
        The pipeline is not installed.

    Examples
    --------
    >>> [s.text for s in Preprocessor().sentences("day 6 no weed\nslept ok. thanks all!!")]
    ['day 6 no weed', 'slept ok.', 'thanks all!!']
    """

    def __init__(self, pipeline: str = DEFAULT_PIPELINE) -> None:
        self.pipeline = pipeline
        self._nlp = _load(pipeline)
        self._max_vocabulary = len(self._nlp.vocab) + _MAX_NEW_WORDS

    def __reduce__(self) -> tuple[type[Preprocessor], tuple[str]]:
        """Pickle only the name of the pipeline, so that no spaCy object is stored."""
        return Preprocessor, (self.pipeline,)

    def sentences(self, text: str, *, starts: Iterable[int] | None = None) -> list[Sentence]:
        """Split a text into sentences. Together, the sentences cover the whole text except white space.

        Parameters
        ----------
        text
            Any string. `cleaning.clean` replaces characters that nobody typed by spaces or U+FFFD.
        starts
            The offsets at which sentences start, for a text that is split already. An offset that is not the start of a
            token is ignored. By default, the component `thoughtmark_sentences` finds the sentences.
        """
        if len(self._nlp.vocab) > self._max_vocabulary:
            del self._nlp  # before the new one is created, so that only one is in memory
            self._nlp = _load(self.pipeline)
        cleaned = clean(text)
        doc = self._nlp.make_doc(cleaned)
        new_notes(doc, cleaned)
        if starts is not None:
            offsets = set(starts)
            splitter.set_sentence_starts(doc, [token.i for token in doc if token.idx in offsets])
        return list(_sentences(self._nlp(doc)))


def _load(pipeline: str) -> Language:
    """Load a spaCy pipeline and add the components of this package."""
    if pipeline == DEFAULT_PIPELINE:
        nlp = blank_english()
    else:
        try:
            nlp = spacy.load(pipeline, exclude=["ner", "senter"])
        except OSError as error:
            raise PipelineNotFound(pipeline) from error
    if isinstance(nlp.tokenizer, Tokenizer):
        nlp.tokenizer.max_cache_size = _TOKENIZER_CACHE
        for typed, meant in LEXICON.spelling.items():
            if not typed.isalpha():  # without this rule, spaCy would split a short form such as "w/o"
                nlp.tokenizer.add_special_case(typed, [{"ORTH": typed, "NORM": meant}])
    splitter, *others = COMPONENTS
    nlp.add_pipe(splitter, first=True)  # before a trained parser, which then keeps these sentence boundaries
    for component in others:
        nlp.add_pipe(component)
    return nlp


_START = attrgetter("start")


def _sentences(doc: Doc) -> Iterator[Sentence]:
    """Yield the sentences of a processed doc. A sentence of white space only is left out."""
    notes = notes_of(doc, "Preprocessor", requires=[SENTENCES, NORMS])
    starts, ends = notes.starts, notes.ends
    words = _words(doc, notes.norms)
    is_word = [not is_space for is_space in notes.is_space]
    folded, folded_ends, is_folded = list(words), list(ends), list(is_word)
    # The class replaces its first token and covers the other ones, up to the end of the sentence.
    for name, start, end in _longest(notes.classes):
        folded[start], folded_ends[start] = f"<{name}>", ends[end - 1]
        for i in range(start + 1, min(end, notes.bounds[bisect_right(notes.bounds, start)])):
            is_folded[i] = False
    for i in {i for _, start, end in notes.cues_named("negated") for i in range(start, end)}:
        folded[i] = f"not:{folded[i]}"
    word_stream, folded_stream = _Stream(is_word, words, starts, ends), _Stream(is_folded, folded, starts, folded_ends)
    ranges = sorted(notes.cues, key=_START)
    cues = Terms(
        tuple([cue.name for cue in ranges]),
        tuple([starts[cue.start] for cue in ranges]),
        tuple([ends[cue.end - 1] for cue in ranges]),
    )
    # For each sentence boundary, the number of cues that start before it.
    cues_before = [bisect_left(ranges, bound, key=_START) for bound in notes.bounds]
    for number, (first, end) in enumerate(pairwise(notes.bounds)):
        sentence_words = word_stream.between(first, end)
        if not sentence_words:
            continue
        start_offset, end_offset = sentence_words.starts[0], sentence_words.ends[-1]
        yield Sentence(
            text=notes.text[start_offset:end_offset],
            start=start_offset,
            end=end_offset,
            words=sentence_words,
            folded=folded_stream.between(first, end),
            cues=cues[cues_before[number] : cues_before[number + 1]],
        )


class _Stream:
    """The terms of a doc, one for each token whose mask value is true. They can be sliced by token indices."""

    def __init__(self, mask: list[bool], texts: list[str], starts: list[int], ends: list[int]) -> None:
        self._terms = Terms(tuple(texts), tuple(starts), tuple(ends)).where(mask)
        self._before = [0, *accumulate(mask)]  # for each token, the number of terms before it

    def between(self, first: int, end: int) -> Terms:
        """Return the terms of the tokens from `first` to `end`; the end is exclusive."""
        return self._terms[self._before[first] : self._before[end]]


def _words(doc: Doc, norms: list[str]) -> list[str]:
    """Return the lemma of each token in lower case. A token without a lemma gives its norm."""
    if not doc.to_array(LEMMA).any():
        return norms
    return [token.lemma_.lower().replace(" ", "_") or norm for token, norm in zip(doc, norms, strict=True)]


def _longest(ranges: Iterable[NamedRange]) -> list[NamedRange]:
    """Drop ranges so that none overlap. The longest is kept, and among equally long ones the first in the list."""
    kept: list[NamedRange] = []
    taken: set[int] = set()
    for candidate in sorted(ranges, key=lambda candidate: candidate.start - candidate.end):
        tokens = range(candidate.start, candidate.end)
        if taken.isdisjoint(tokens):
            kept.append(candidate)
            taken.update(tokens)
    return kept
