"""Instance segmentation: a class and an instance for each position."""
