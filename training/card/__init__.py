"""Measures a model and writes its model card."""
