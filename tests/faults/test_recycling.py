"""Workers are replaced before they wear out, and what they hold of memory stays bounded."""

import psutil
import pytest

from cnnsearch.search import local_executor
from cnnsearch.search.events import TrialChanged, WorkersReady
from cnnsearch.search.launch import run_study
from tests.faults.harm import Seen, study_of, workers_of
from tests.search.real import table
from tests.space.helpers import text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LAST_IS_SLOW = text_of(
    "stages: {filters: 4, blocks: conv}",
    "batch_size: [1, 128]",
    """
    name: uneven
    baselines: {first: {batch_size: 128}, second: {batch_size: 1}, third: {batch_size: 128}}
    """,
)
"""The second trial takes longer than a worker needs to come up."""


class Pids:
    """A watcher that keeps which worker trained each trial, and what it held of memory at its end, in bytes."""

    def __init__(self):
        self.by_trial, self.memory = {}, []

    def __call__(self, happening):
        if isinstance(happening, TrialChanged) and happening.record.curve and not happening.record.result:
            busiest = max(workers_of(), key=lambda worker: sum(worker.cpu_times()[:2]))
            self.by_trial[happening.record.number] = busiest.pid
            self.peak = busiest.memory_info().rss
        elif isinstance(happening, TrialChanged) and happening.record.result:
            self.memory.append(self.peak)


@pytest.fixture(scope="module")
def recycled(tmp_path_factory):
    """A search of ten trials whose workers are replaced after three each."""
    study = study_of(tmp_path_factory.mktemp("recycled"), trials=10, epochs=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_executor, "MOST_JOBS", 3)
        assert run_study(study, [])
    return study


def test_ten_trials_of_three_each_use_four_workers(recycled):
    assert recycled.log.read_text().count("worker ready") == 4


def test_the_table_is_that_of_one_worker(recycled, tmp_path):
    study = study_of(tmp_path, trials=10, epochs=2)
    assert run_study(study)
    assert study.log.read_text().count("worker ready") == 1
    assert table(recycled) == table(study)


def test_no_worn_worker_is_left(recycled):
    assert workers_of() == []


@pytest.mark.parametrize(("limit", "value"), [("MOST_JOBS", 2), ("MOST_GROWTH", 0.5)])
def test_the_spare_is_up_before_it_is_needed(tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(local_executor, limit, value)
    seen, study = Seen(), study_of(tmp_path, LAST_IS_SLOW, epochs=12, pruner="none")
    assert run_study(study, [seen])
    kinds = [
        f"trial {event.record.number} begins" if isinstance(event, TrialChanged) else "ready"
        for event in seen.happenings
        if isinstance(event, WorkersReady) or (isinstance(event, TrialChanged) and is_begun(event.record))
    ]
    assert kinds == ["trial 0 begins", "ready", "trial 1 begins", "ready", "trial 2 begins"]


def is_begun(record):
    return not record.curve and record.result is None


def test_the_memory_of_workers_stays_bounded(tmp_path):
    pids, study = Pids(), study_of(tmp_path, trials=70, epochs=1)
    assert run_study(study, [pids])
    assert max(pids.memory[-10:]) <= 1.5 * max(pids.memory[:20])
    assert psutil.Process().memory_info().rss < 10 * max(pids.memory)
