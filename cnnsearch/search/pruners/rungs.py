"""Where trials are compared first."""

LAG_STEPS = 40
"""Steps before which a comparison means little for a network with batch normalization: its moving statistics
are those of weights that have changed since, even without their initial values
(benchmarks/replay/RESULTS.md has how early figures rank with final ones, with and without it)."""
USUAL_BATCH = 128


def first_rung(epochs: int, examples: int) -> int:
    """Return the default first rung: a ninth of the epochs, but enough of them for batch normalization.

    It rests on replayed searches (benchmarks/replay): with this rung and a reduction of 3 they do better than
    without pruning, and no other rung, reduction or rule does clearly better on all data.

    Args:
        epochs: The most epochs of a trial.
        examples: The examples that a trial trains on.
    """
    enough = -(-LAG_STEPS * USUAL_BATCH // examples)
    return min(epochs, max(2, epochs // 9, enough))
