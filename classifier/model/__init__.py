"""Sentences in, probabilities out: columns, the linear tagger, evidence, and the file that holds a trained model."""
