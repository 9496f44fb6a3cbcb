"""Workers are replaced before they wear out, and what they hold of memory stays bounded."""

import psutil
import pytest

from cnnsearch.search.executors import local
from cnnsearch.search.launch import run_study
from cnnsearch.study.events import TrialChanged, WorkersReady
from tests.faults.harm import Seen, study_of, workers_of
from tests.search.real import table
from tests.space.helpers import text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LAST_IS_SLOW = text_of(
    "stages: {filters: 4, blocks: conv}",
    "batch_size: [1, 64, 128]",
    """
    name: uneven
    baselines: {first: {batch_size: 128}, second: {batch_size: 1}, third: {batch_size: 64}}
    """,
)
"""The second trial takes longer than a worker needs to come up."""


class Held:
    """A watcher that keeps what the worker of each trial held of memory at its last epoch, in bytes."""

    def __init__(self):
        self.by_trial = {}

    def __call__(self, happening):
        if isinstance(happening, TrialChanged) and happening.record.curve and not happening.record.result:
            self.by_trial[happening.record.number] = max(map(memory_of, workers_of()))


def memory_of(process):
    return process.memory_info().rss


@pytest.fixture(scope="module")
def recycled(tmp_path_factory):
    """A search of ten trials whose workers are replaced after three each."""
    study = study_of(tmp_path_factory.mktemp("recycled"), trials=10, epochs=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "MOST_JOBS", 3)
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


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_JOBS", 2), pytest.param("MOST_GROWTH", 0.5, marks=pytest.mark.long)]
)
def test_the_spare_is_up_before_it_is_needed(tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(local, limit, value)
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


@pytest.mark.long
def test_the_memory_of_workers_and_of_the_driver_stays_bounded(tmp_path):
    held, study = Held(), study_of(tmp_path, trials=70, epochs=1)
    before = memory_of(psutil.Process())
    assert run_study(study, [held])
    memory = list(held.by_trial.values())
    assert len(memory) == 70
    assert max(memory[-10:]) <= 1.5 * max(memory[:20])
    assert memory_of(psutil.Process()) - before < 100_000_000
