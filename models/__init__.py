"""Network definitions for training (never imported at run time)."""
