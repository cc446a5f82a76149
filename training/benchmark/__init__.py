"""Public labelled sets in, figures out."""
