"""The first rung, at which trials are compared first."""

LAG_STEPS = 40
"""Steps before which comparisons of networks with batch normalization are unreliable: the moving statistics
lag behind the weights, even without their initial values (benchmarks/replay/RESULTS.md compares the ranking
by early scores with that by final ones, with and without batch normalization)."""
USUAL_BATCH = 128


def first_rung(epochs: int, examples: int) -> int:
    """Return the default first rung: a ninth of the epochs, but enough of them for batch normalization.

    It is based on replayed searches (benchmarks/replay): this rung with a reduction of 3 gives better results
    than no pruning, and no other rung, reduction or rule is clearly better on all data.

    Args:
        epochs: The most epochs of a trial.
        examples: The examples that a trial trains on.
    """
    enough = -(-LAG_STEPS * USUAL_BATCH // examples)
    return min(epochs, max(2, epochs // 9, enough))
