"""Measures tags and probabilities against annotated sentences."""
