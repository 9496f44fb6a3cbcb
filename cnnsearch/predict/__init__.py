"""Predictions of a bundle for image files, folders, .npz arrays and CSV manifests.

The command line calls `start.predict`, which calls `predict.predict_batches` in a separate process. That
reads the bundle (bundles.py) and the examples (examples.py), and returns one batch at a time.
"""
