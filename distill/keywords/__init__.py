"""Training of the keyword model: data, priors, the curve, and what is measured."""
