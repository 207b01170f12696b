"""Training the sectioner: data, metrics, cue scores, boosted trees, the operating point."""
