"""What a bundle says of examples: pictures, folders of them, .npz arrays, CSV manifests.

The command line calls `start.predict`, which calls `predict.predict_batches` in a process of its own; that
reads the bundle (bundles.py) and the examples (examples.py), and answers a batch at a time.
"""
