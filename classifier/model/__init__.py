"""Computes label probabilities of sentences, finds the evidence for tags, and stores the trained model in a file."""
