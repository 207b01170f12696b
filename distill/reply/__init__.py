"""Training smart reply: pairs, trainers, the two-tower student, calibration, gates and the one exported file."""
