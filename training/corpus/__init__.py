"""Reads annotated texts, splits them into labelled sentences, and checks the corpus."""
