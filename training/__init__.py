"""Trains models on annotated texts, and measures them."""
