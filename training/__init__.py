"""thoughtmark's training: an annotated corpus in, an artifact and its figures out."""
