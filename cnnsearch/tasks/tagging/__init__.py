"""Multi-label classification: each example may have any of several tags, predicted independently."""
