"""Runtime: a conversation in, reply suggestions out."""
