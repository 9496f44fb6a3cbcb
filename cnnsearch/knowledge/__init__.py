"""What finished studies say about a new dataset."""
