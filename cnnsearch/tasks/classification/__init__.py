"""Single-label classification: each example is of one of several classes."""
