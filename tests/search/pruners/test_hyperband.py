import pytest

from cnnsearch.search.pruners.hyperband import Hyperband


@pytest.mark.parametrize(("number", "stopped_at"), [(0, 2), (1, 6), (2, 18), (3, None), (4, 2)])
def test_a_trials_number_determines_its_bracket(number, stopped_at):
    others = [[1.0] * 20] * 9
    pruner = Hyperband(first_rung=2, epochs=20)
    stops = [epoch for epoch in range(1, 20) if pruner.reason_to_stop(number, [0.0] * epoch, others)]
    assert (stops[0] if stops else None) == stopped_at
