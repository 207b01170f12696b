"""Training: corpora in, the tables and models the runtime rooms load out."""
