"""Side-by-side comparisons with peers; each script prints one table and writes it below `results/`."""
