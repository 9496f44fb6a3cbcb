"""Single-label classification: each example belongs to one of several classes."""
