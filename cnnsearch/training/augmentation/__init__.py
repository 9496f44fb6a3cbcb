"""What is done to the examples in training: kinds.py says it as data, augmenter.py does it, in numpy."""
