"""Files in, entries out."""
