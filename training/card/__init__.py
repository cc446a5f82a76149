"""Measured results in, the model card out."""
