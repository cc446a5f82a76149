"""Labels and probabilities in, figures with bootstrap intervals out."""
