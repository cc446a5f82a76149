"""Training and measuring: an annotated corpus in, a saved model and its figures out."""
