import pytest

from cnnsearch.search.pruners.rungs import first_rung


@pytest.mark.parametrize(
    ("epochs", "examples", "rung"),
    [(20, 50_000, 2), (90, 50_000, 10), (20, 1_079, 5), (3, 1_079, 3), (1, 50_000, 1), (100, 10, 100)],
)
def test_the_first_rung_is_a_ninth_of_the_epochs_once_batch_normalization_has_caught_up(
    epochs, examples, rung
):
    assert first_rung(epochs, examples) == rung
