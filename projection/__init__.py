"""text -> bits: the LSH projection."""
