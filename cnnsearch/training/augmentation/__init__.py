"""Augmentation of training examples with numpy; plan/augmentation.py describes it as data."""
