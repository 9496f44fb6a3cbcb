"""Semantic segmentation: a class for each position of an example."""
