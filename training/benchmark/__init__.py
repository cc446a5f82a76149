"""Measures a model and its baselines on public labelled data sets."""
