"""Annotated text in, sentences with their labels out; and checks of the corpus."""
