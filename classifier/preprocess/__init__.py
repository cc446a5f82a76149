"""Text in, sentences out. The only package that imports spaCy; `preprocessor` shows the flow."""

from classifier.preprocess.clauses import clauses
from classifier.preprocess.preprocessor import COMPONENTS, DEFAULT_PIPELINE, Preprocessor
from classifier.preprocess.terms import Sentence, Term, Terms

__all__ = ["COMPONENTS", "DEFAULT_PIPELINE", "Preprocessor", "Sentence", "Term", "Terms", "clauses"]
