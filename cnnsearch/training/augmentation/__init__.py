"""The augmentation of training examples, in numpy; plan/augmentation.py describes it as data."""
