"""Splits the text of an entry into sentences, and finds cues and word classes in them.

The module `preprocessor` shows the flow. Only this package imports spaCy. Importing it registers its components with
spaCy:

>>> import spacy
>>> import classifier.preprocess
>>> nlp = spacy.blank("en")
>>> for component in classifier.preprocess.COMPONENTS:
...     _ = nlp.add_pipe(component)
>>> doc = nlp("I am not a failure. Maybe just one beer")
>>> [sentence.text for sentence in doc.sents]
['I am not a failure.', 'Maybe just one beer']
>>> [(cue.label_, cue.text) for cue in doc._.thoughtmark_cues if cue.label_ in ("hedge", "negated")]
[('hedge', 'Maybe'), ('negated', 'a failure')]
"""

from classifier.preprocess.clauses import split_clauses
from classifier.preprocess.preprocessor import COMPONENTS, DEFAULT_PIPELINE, Preprocessor
from classifier.preprocess.terms import Sentence, Term, Terms

__all__ = ["COMPONENTS", "DEFAULT_PIPELINE", "Preprocessor", "Sentence", "Term", "Terms", "split_clauses"]
