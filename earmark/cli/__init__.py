"""Command line of Earmark: one file per command group."""
