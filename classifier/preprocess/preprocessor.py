"""An entry's text in, sentences out: exact offsets, normalized words, folded word classes and cues.

The flow: `cleaning` → `tokenizer` → the spaCy components in `COMPONENTS`, each documented in its module → `Sentence`
values. Importing this module registers the components with spaCy, where they also work without it (`nlp.add_pipe`).
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
"""spaCy's English tokenizer, with nothing to download. Any installed pipeline can be named instead."""

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
"""New words in spaCy's vocabulary after which the pipeline is created again, which takes a quarter of a second.

Without that its tables would grow with every text. spaCy's memory zones would free the words of each text, but then the
tokenizer cannot cache them, and takes more than twice the time.
"""

_TOKENIZER_CACHE = 100_000
"""Strings whose tokens the tokenizer caches. spaCy's default is a tenth of that."""


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
        No such pipeline is installed.

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
        """Pickle the pipeline's name only, so that no spaCy object is stored."""
        return Preprocessor, (self.pipeline,)

    def sentences(self, text: str, *, starts: Iterable[int] | None = None) -> list[Sentence]:
        """Split a text into sentences. Together they cover all of it except white space.

        Parameters
        ----------
        text
            Any string. Characters that nobody typed are read as blanks or as U+FFFD; see `cleaning.clean`.
        starts
            Offsets at which sentences start, for text that is split already; one that is not the start of a token is
            ignored. By default the component `thoughtmark_sentences` finds them.
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
            if not typed.isalpha():  # keeps "w/o" one token
                nlp.tokenizer.add_special_case(typed, [{"ORTH": typed, "NORM": meant}])
    splitter, *others = COMPONENTS
    nlp.add_pipe(splitter, first=True)  # first, because a trained parser keeps sentence boundaries that are set
    for component in others:
        nlp.add_pipe(component)
    return nlp


_START = attrgetter("start")


def _sentences(doc: Doc) -> Iterator[Sentence]:
    """Yield the sentences of a processed doc; those of white space alone are left out."""
    notes = notes_of(doc, "Preprocessor", requires=[SENTENCES, NORMS])
    starts, ends = notes.starts, notes.ends
    words = _words(doc, notes.norms)
    is_word = [not is_space for is_space in notes.is_space]
    folded, folded_ends, is_folded = list(words), list(ends), list(is_word)
    for name, start, end in _longest(notes.classes):
        folded[start], folded_ends[start] = f"<{name}>", ends[end - 1]
        for i in range(start + 1, min(end, notes.bounds[bisect_right(notes.bounds, start)])):
            is_folded[i] = False  # the class stands for all its tokens
    for i in {i for _, start, end in notes.cues_named("negated") for i in range(start, end)}:
        folded[i] = f"not:{folded[i]}"
    word_stream, folded_stream = _Stream(is_word, words, starts, ends), _Stream(is_folded, folded, starts, folded_ends)
    ranges = sorted(notes.cues, key=_START)
    cues = Terms(
        tuple([cue.name for cue in ranges]),
        tuple([starts[cue.start] for cue in ranges]),
        tuple([ends[cue.end - 1] for cue in ranges]),
    )
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
    """Terms of a doc, one for each token that the mask includes, which can be sliced by token index."""

    def __init__(self, mask: list[bool], texts: list[str], starts: list[int], ends: list[int]) -> None:
        self._terms = Terms(tuple(texts), tuple(starts), tuple(ends)).where(mask)
        self._before = [0, *accumulate(mask)]  # number of terms before each token

    def between(self, first: int, end: int) -> Terms:
        """Return the terms of the tokens from `first` to before `end`."""
        return self._terms[self._before[first] : self._before[end]]


def _words(doc: Doc, norms: list[str]) -> list[str]:
    """Return the lemma of each token in lower case, or its norm if it has no lemma."""
    if not doc.to_array(LEMMA).any():
        return norms
    return [token.lemma_.lower().replace(" ", "_") or norm for token, norm in zip(doc, norms, strict=True)]


def _longest(ranges: Iterable[NamedRange]) -> list[NamedRange]:
    """Of ranges that overlap keep the longest; of equally long ones the one that was added first."""
    kept: list[NamedRange] = []
    taken: set[int] = set()
    for candidate in sorted(ranges, key=lambda candidate: candidate.start - candidate.end):
        tokens = range(candidate.start, candidate.end)
        if taken.isdisjoint(tokens):
            kept.append(candidate)
            taken.update(tokens)
    return kept
