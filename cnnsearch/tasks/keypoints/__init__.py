"""Keypoints: named points of one or several instances."""
