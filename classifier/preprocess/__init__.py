"""Text in, sentences out: exact offsets, normalized words, folded word classes and cues.

The only package that imports spaCy. Its flow is the list of components in `COMPONENTS`; each has
its own module, and says there what it sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import spacy
from spacy.tokenizer import Tokenizer

from classifier.errors import PipelineNotFound
from classifier.preprocess import normalize, phrases, quantities, scopes, sentences  # noqa: F401  (registers the components)
from classifier.preprocess.clauses import clauses
from classifier.preprocess.document import Sentence, Term
from classifier.preprocess.lexicon import LEXICON
from classifier.preprocess.tokenizer import blank_english

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

__all__ = ["COMPONENTS", "DEFAULT_PIPELINE", "Preprocessor", "Sentence", "Term", "clauses"]

DEFAULT_PIPELINE = "blank:en"
"""spaCy's English tokenizer with nothing to download. Any installed pipeline can be named instead."""

COMPONENTS = (
    "mindmark_sentences",
    "mindmark_normalizer",
    "mindmark_quantities",
    "mindmark_phrases",
    "mindmark_negation",
    "mindmark_reported_speech",
    "mindmark_distancing",
)

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_CONTROLS = {code: 0x20 for code in range(0x20) if chr(code) not in "\t\n\r\x0b\x0c"}
_REPLACED = _SURROGATES | _CONTROLS
"""Characters spaCy cannot store or that no one typed, each replaced by one other, so offsets hold."""

_INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_ENDLESS = re.compile(r"(\S{300})\S")
"""No word is that long, and spaCy's time on one grows with its square."""

_LOOSE = re.compile(rf"(?<![\w{_INVISIBLE}])[{_INVISIBLE}]+|[{_INVISIBLE}]+(?![\w{_INVISIBLE}])")
"""Direction marks, soft hyphens and the like that are not inside a word, where the normalizer takes them out."""

_MOST_WORDS = 300_000
"""Different words that a pipeline is given before it is made anew, which takes a quarter of a second.

A memory zone frees the words of a text, but not their places in the table of the vocabulary, which doubles when it
runs full: with fifteen words of its own in each text it grows by 16 MiB in 60,000 texts. This many take 8 MiB.
"""


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
            component `mindmark_sentences` finds them. Nothing but the first token starts elsewhere.
        """
        if len(self._nlp.vocab) > self._full:
            self._nlp = _load(self.pipeline)
        with self._nlp.memory_zone():  # the words of one journal do not stay for the next
            doc = self._nlp.make_doc(_readable(text))
            if starts is not None:
                preset = set(starts)
                sentences.mark(doc, [token.i for token in doc if token.idx in preset])
            for _, component in self._nlp.pipeline:
                doc = component(doc)
            return list(_sentences(doc))


def _readable(text: str) -> str:
    """The text as spaCy is given it, of the same length."""
    text = _LOOSE.sub(lambda marks: " " * len(marks[0]), text.translate(_REPLACED))
    return _ENDLESS.sub(r"\1 ", text)


def _load(pipeline: str) -> Language:
    if pipeline == DEFAULT_PIPELINE:
        nlp = blank_english()
    else:
        try:
            nlp = spacy.load(pipeline, exclude=["ner", "senter"])
        except OSError as error:
            raise PipelineNotFound(pipeline) from error
    if isinstance(nlp.tokenizer, Tokenizer):
        for typed, meant in LEXICON.spelling.items():
            if not typed.isalpha():  # "w/o" is one word
                nlp.tokenizer.add_special_case(typed, [{"ORTH": typed, "NORM": meant}])
    splitter, *rest = COMPONENTS
    nlp.add_pipe(splitter, first=True)  # a trained parser respects the bounds that it finds set
    for component in rest:
        nlp.add_pipe(component)
    return nlp


def _sentences(doc: Doc) -> Iterator[Sentence]:
    text = doc.text
    folds = _widest(doc.spans["folds"])
    negated = {i for cue in doc.spans["cues"] if cue.label_ == "negated" for i in range(cue.start, cue.end)}
    cues: list[list[Term]] = [[] for _ in doc]
    for cue in doc.spans["cues"]:
        cues[cue.start].append(Term(cue.label_, cue.start_char, cue.end_char))
    for span in doc.sents:
        tokens = [token for token in span if not token.is_space]
        if not tokens:
            continue
        start, end = tokens[0].idx, tokens[-1].idx + len(tokens[-1])
        words = []
        folded = []
        covered = 0
        for token in tokens:
            term = Term(token.lemma_.lower() or token.norm_, token.idx, token.idx + len(token))
            words.append(term)
            if token.i < covered:
                continue
            if fold := folds.get(token.i):
                covered = fold.end
                term = Term(f"<{fold.label_}>", fold.start_char, fold.end_char)
            folded.append(Term(f"not:{term.text}", term.start, term.end) if token.i in negated else term)
        yield Sentence(
            text=text[start:end],
            start=start,
            end=end,
            words=tuple(words),
            folded=tuple(folded),
            cues=tuple(cue for i in range(span.start, span.end) for cue in cues[i]),
        )


def _widest(spans: Iterable[Span]) -> dict[int, Span]:
    """Of spans that overlap, the longest, then the first listed; by the index of their first token."""
    chosen: dict[int, Span] = {}
    taken: set[int] = set()
    for span in sorted(spans, key=lambda span: span.start - span.end):
        if taken.isdisjoint(range(span.start, span.end)):
            chosen[span.start] = span
            taken.update(range(span.start, span.end))
    return chosen
