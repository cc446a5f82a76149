"""Labels and predictions in, figures out."""
