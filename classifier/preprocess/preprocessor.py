"""Text in, sentences out: exact offsets, normalized words, folded word classes and cues.

The only package that imports spaCy. Its flow is the list of components in `COMPONENTS`; each has
its own module, and says there what it sets.
"""

from __future__ import annotations

import re
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
from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.notes import Mark, bounded, noted
from classifier.preprocess.terms import Sentence, Terms
from classifier.preprocess.tokenizer import blank_english

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

DEFAULT_PIPELINE = "blank:en"
"""spaCy's English tokenizer with nothing to download. Any installed pipeline can be named instead."""

COMPONENTS = (
    "thoughtmark_sentences",
    "thoughtmark_normalizer",
    "thoughtmark_quantities",
    "thoughtmark_phrases",
    "thoughtmark_negation",
    "thoughtmark_reported_speech",
    "thoughtmark_distancing",
)

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_CONTROLS = {code: 0x20 for code in range(0x20) if chr(code) not in "\t\n\r\x0b\x0c"}
_REPLACED = _SURROGATES | _CONTROLS
"""Characters spaCy cannot store or that no one typed, each replaced by one other, so offsets hold."""

_INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_ODD = re.compile(rf"[{_INVISIBLE}\ud800-\udfff\x00-\x08\x0e-\x1f]")
"""Whatever may have to be replaced, which few texts have."""

_LONGEST_WORD = 300
"""No word is longer, and spaCy's time on one grows with its square."""

_ENDLESS = re.compile(rf"(\S{{{_LONGEST_WORD}}})\S")

_LOOSE = re.compile(rf"(?<![\w{_INVISIBLE}])[{_INVISIBLE}]+|[{_INVISIBLE}]+(?![\w{_INVISIBLE}])")
"""Direction marks, soft hyphens and the like that are not inside a word, where the normalizer takes them out."""

_MOST_WORDS = 20_000
"""Different words that a pipeline is given before it is made anew, which takes a quarter of a second.

So its tables stay small however many texts come by. spaCy's memory zones would free the words of each text, but the
tokenizer keeps no word in them that it has cut once, and takes more than twice the time.
"""

_MOST_TYPED = 100_000
"""Words with the marks that cling to them of which the tokenizer keeps how it cuts them; by itself a tenth of that."""


class Preprocessor:
    r"""Turns the text of an entry into sentences.

    Parameters
    ----------
    pipeline
        `blank:en`, or the name or path of an installed spaCy pipeline. The components of this
        package are added to it; where it sets lemmas, the words are lemmas.

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
        self._full = len(self._nlp.vocab) + _MOST_WORDS

    def __reduce__(self) -> tuple[type[Preprocessor], tuple[str]]:
        """Travel by name: an artifact holds no spaCy object."""
        return Preprocessor, (self.pipeline,)

    def sentences(self, text: str, *, starts: Iterable[int] | None = None) -> list[Sentence]:
        """Split a text into sentences, which together cover all of it but white space.

        Parameters
        ----------
        text
            Any string. Lone surrogates are read as U+FFFD; control characters, and invisible ones that
            stand outside of words, as a blank; so is each 300th character of a run without white space.
        starts
            Offsets at which a sentence starts, for text that somebody else has split; by default the
            component `thoughtmark_sentences` finds them. Nothing but the first token starts elsewhere.
        """
        if len(self._nlp.vocab) > self._full:
            del self._nlp  # or both would be in memory for a moment
            self._nlp = _load(self.pipeline)
        readable = _readable(text)
        doc = noted(self._nlp.make_doc(readable), readable)
        if starts is not None:
            preset = set(starts)
            splitter.mark(doc, [token.i for token in doc if token.idx in preset])
        for _, component in self._nlp.pipeline:
            doc = component(doc)
        return list(_sentences(doc))


def _readable(text: str) -> str:
    """The text as spaCy is given it, of the same length."""
    if _ODD.search(text):
        text = _LOOSE.sub(lambda marks: " " * len(marks[0]), text.translate(_REPLACED))
    return _ENDLESS.sub(r"\1 ", text) if max(map(len, text.split()), default=0) > _LONGEST_WORD else text


def _load(pipeline: str) -> Language:
    if pipeline == DEFAULT_PIPELINE:
        nlp = blank_english()
    else:
        try:
            nlp = spacy.load(pipeline, exclude=["ner", "senter"])
        except OSError as error:
            raise PipelineNotFound(pipeline) from error
    if isinstance(nlp.tokenizer, Tokenizer):
        nlp.tokenizer.max_cache_size = _MOST_TYPED
        for typed, meant in LEXICON.spelling.items():
            if not typed.isalpha():  # "w/o" is one word
                nlp.tokenizer.add_special_case(typed, [{"ORTH": typed, "NORM": meant}])
    splitter, *rest = COMPONENTS
    nlp.add_pipe(splitter, first=True)  # a trained parser respects the bounds that it finds set
    for component in rest:
        nlp.add_pipe(component)
    return nlp


_START = attrgetter("start")


def _sentences(doc: Doc) -> Iterator[Sentence]:
    found = bounded(doc)
    text, starts, ends = found.text, found.starts, found.ends
    words = _words(doc, found.norms)
    folded, folded_ends = list(words), list(ends)
    filled = [not blank for blank in found.blank]
    kept = list(filled)  # terms of the folded stream
    for fold in _widest(found.folds):
        folded[fold.start], folded_ends[fold.start] = f"<{fold.name}>", ends[fold.end - 1]
        for i in range(fold.start + 1, min(fold.end, found.bounds[bisect_right(found.bounds, fold.start)])):
            kept[i] = False
    for i in {i for cue in found.reaching("negated") for i in range(cue.start, cue.end)}:
        folded[i] = f"not:{folded[i]}"
    of_words, of_folded = _Stream(filled, words, starts, ends), _Stream(kept, folded, starts, folded_ends)
    marks = sorted(found.cues, key=_START)
    cues = Terms(
        tuple([cue.name for cue in marks]),
        tuple([starts[cue.start] for cue in marks]),
        tuple([ends[cue.end - 1] for cue in marks]),
    )
    cues_before = [bisect_left(marks, bound, key=_START) for bound in found.bounds]
    for number, (first, last) in enumerate(pairwise(found.bounds)):
        own = of_words.between(first, last)
        if not own:
            continue
        start, end = own.starts[0], own.ends[-1]
        yield Sentence(
            text=text[start:end],
            start=start,
            end=end,
            words=own,
            folded=of_folded.between(first, last),
            cues=cues.run(slice(cues_before[number], cues_before[number + 1])),
        )


class _Stream:
    """Terms of a doc, one for each token that is chosen."""

    def __init__(self, chosen: list[bool], texts: list[str], starts: list[int], ends: list[int]) -> None:
        self._terms = Terms(tuple(texts), tuple(starts), tuple(ends)).chosen(chosen)
        self._before = [0, *accumulate(chosen)]

    def between(self, first: int, last: int) -> Terms:
        """Return the terms of the tokens from `first` to before `last`."""
        return self._terms.run(slice(self._before[first], self._before[last]))


def _words(doc: Doc, norms: list[str]) -> list[str]:
    """The lemma of each token in lower case, or its norm."""
    if not doc.to_array(LEMMA).any():
        return list(norms)
    return [token.lemma_.lower().replace(" ", "_") or norm for token, norm in zip(doc, norms, strict=True)]


def _widest(folds: Iterable[Mark]) -> list[Mark]:
    """Of folds that overlap, the longest, then the first noted."""
    chosen: list[Mark] = []
    taken: set[int] = set()
    for fold in sorted(folds, key=lambda fold: fold.start - fold.end):
        if taken.isdisjoint(range(fold.start, fold.end)):
            chosen.append(fold)
            taken.update(range(fold.start, fold.end))
    return chosen
