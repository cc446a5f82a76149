"""Sentences in, probabilities out: features, the linear tagger, evidence, and the file that stores a trained model."""
