"""Multi-label classification: each of several tags applies to an example, or does not, independently."""
