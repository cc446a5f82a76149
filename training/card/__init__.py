"""A model, its corpus and public sets in, its model card out."""
