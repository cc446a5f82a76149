"""Public labelled data sets in, figures of a model and of its baselines out."""
