"""Training of the transformer that stands beside TF-IDF: distilled from MiniLM, then taught its two tasks."""
