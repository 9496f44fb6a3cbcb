"""A network that needs more memory than its worker may allocate."""

import pytest

from cnnsearch.errors import SearchError
from cnnsearch.search.launch import run_study
from tests.faults.harm import study_of
from tests.space.helpers import text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LIMIT = 1_000_000_000
BURSTING = text_of(
    "stages: {filters: [4, 8, 700, 3000, 6000], blocks: {repeat: {low: 1, high: 2}, conv: {kernel_size: 3}}}",
    "batch_size: [32, 256, 1024]",
    """
    name: bursting
    baselines:
      small: {stages.filters: 4, batch_size: 32, stages.blocks.repeat: 1}
      huge: {stages.filters: FILTERS, batch_size: BATCH, stages.blocks.repeat: BLOCKS}
      larger: {stages.filters: 6000, batch_size: 1024, stages.blocks.repeat: 2}
    """,
)
SIZES = {
    "a segmentation fault, in silence": (3000, 1024, 1),
    "oneDNN's own words": (700, 256, 2),
    "Python's own words": (700, 1024, 1),
}
"""Filters, batch size and blocks of networks for which TensorFlow fails in different ways."""


def space_of(filters, batch, blocks):
    given = {"FILTERS": filters, "BATCH": batch, "BLOCKS": blocks}
    text = BURSTING
    for name, value in given.items():
        text = text.replace(name, str(value))
    return text


@pytest.fixture(
    scope="module",
    params=[
        "a segmentation fault, in silence",
        *(pytest.param(name, marks=pytest.mark.long) for name in list(SIZES)[1:]),
    ],
)
def burst(request, tmp_path_factory):
    """A search whose second network is too large for its workers."""
    space = space_of(*SIZES[request.param])
    study = study_of(tmp_path_factory.mktemp("burst"), space, trials=2, epochs=1, worker_memory=LIMIT)
    assert run_study(study)
    return list(study.records())


def test_the_network_is_infeasible_for_want_of_memory(burst):
    huge = burst[1]
    assert (huge.state, huge.result.limit, huge.trial.baseline) == ("infeasible", "memory", "huge")


def test_its_predicted_memory_is_reported(burst):
    huge = burst[1]
    predicted = huge.trial.counts["memory"] / 2**20
    assert huge.reason.endswith(f"(predicted: {predicted:,.0f} MB)")


def test_it_is_not_tried_again(burst):
    assert burst[1].trial.retries == 0


def test_what_needs_more_is_not_begun(burst):
    larger = burst[2]
    assert (larger.state, larger.result.limit) == ("infeasible", "memory")
    assert larger.trial.counts == {}
    assert "ran out of memory" in larger.reason


def test_what_needs_less_is_trained(burst):
    trained = [record.trial.counts["memory"] for record in burst if record.state == "complete"]
    assert len(trained) == 2 and max(trained) < burst[1].trial.counts["memory"]


@pytest.mark.parametrize("limit", [300_000_000, 330_000_000, 400_000_000])
def test_workers_that_cannot_come_up_end_the_search_and_name_their_limit(tmp_path, limit):
    study = study_of(tmp_path, worker_memory=limit)
    with pytest.raises(
        SearchError, match=f"could not start .* --worker-memory limits it to {limit // 10**6} MB"
    ):
        run_study(study)
    assert [record.state for record in study.records()] == ["running"]
