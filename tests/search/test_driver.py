import pytest

from cnnsearch.errors import SearchError
from cnnsearch.search import driver as driver_module
from cnnsearch.search.executors import Died
from cnnsearch.study.events import Note, TrialChanged
from cnnsearch.study.records import TIME_LIMIT, TrialState
from tests.search.toys import ENDLESS, FINITE, FULL_DISK, ToyExecutor, driver_of, toy_study
from tests.studies import add_trial


def searched(study, executor, told=None):
    driver_of(study, executor, told).run()
    return study.records()


def states(records):
    return [record.state.value for record in records]


def weights_kept(study):
    return sorted(int(file.parent.name) for file in study.path.glob("trials/*/weights.npz"))


def rising(trial, epoch):
    return trial / 10 + epoch / 100


def test_the_given_number_of_trials_is_trained_to_the_end(tmp_path):
    records = searched(toy_study(tmp_path, trials=4), ToyExecutor(rising))
    assert states(records) == ["complete"] * 4
    assert [len(record.curve) for record in records] == [3] * 4
    assert [record.value for record in records] == pytest.approx([0.03, 0.13, 0.23, 0.33])
    assert [record.result.best_epoch for record in records] == [3] * 4


def test_a_second_run_of_a_finished_study_trains_nothing(tmp_path):
    study = toy_study(tmp_path)
    searched(study, ToyExecutor())
    again = ToyExecutor()
    searched(study, again)
    assert again.submitted == []


def test_failed_trials_count_against_the_budget_and_infeasible_ones_do_not(tmp_path):
    space = ENDLESS.replace("[4, 8]", "[4, 400]") + "constraints: {max_weights: 1000}\n"
    executor = ToyExecutor(failures=dict.fromkeys(range(0, 50, 2), "ValueError: x"))
    counts = searched(toy_study(tmp_path, space, trials=6), executor).counts()
    assert counts["failed"] + counts["complete"] == 6
    assert counts["failed"] and counts["infeasible"]


def test_no_more_trials_run_at_once_than_there_are_places(tmp_path):
    executor = ToyExecutor(free=3)
    records = searched(toy_study(tmp_path, trials=7), executor)
    assert states(records) == ["complete"] * 7
    assert executor.submitted == list(range(7))


def test_the_next_candidate_is_drawn_while_one_trains(tmp_path):
    drawn_when = []
    executor = ToyExecutor()
    driver = driver_of(toy_study(tmp_path, trials=3), executor)
    draw = driver.proposals.next

    def watched(started):
        drawn_when.append(len(executor.jobs))
        return draw(started)

    driver.proposals.next = watched
    driver.run()
    assert drawn_when == [0, 1, 1]


def test_the_pruners_verdict_ends_a_trial_and_is_its_reason(tmp_path):
    study = toy_study(tmp_path, pruner="asha", epochs=9, trials=4)
    records = searched(study, ToyExecutor(lambda trial, epoch: 0.9 - trial / 10))
    assert states(records) == ["complete", "pruned", "pruned", "pruned"]
    assert records[3].reason == "rank 4 of 4 after 2 epochs; the best 2 continue"
    assert len(records[3].curve) == 2
    assert records[3].value == pytest.approx(0.6)


def test_a_loss_is_minimized(tmp_path):
    study = toy_study(tmp_path, pruner="asha", epochs=9, trials=2, objective="validation_loss")
    records = searched(study, ToyExecutor(lambda trial, epoch: 0.9 - trial / 10))
    assert states(records) == ["complete", "pruned"]
    assert records[0].value == pytest.approx(0.1)


def test_a_trial_whose_worker_dies_is_resumed_in_another_with_a_note(tmp_path):
    told = []
    executor = ToyExecutor(deaths={1: [Died((1,), "the worker ended: signal SIGSEGV")]})
    records = searched(toy_study(tmp_path, trials=3), executor, told)
    assert states(records) == ["complete", "complete", "complete"]
    assert executor.submitted == [0, 1, 1, 2]
    assert records[1].trial.retries == 1
    assert Note("trial 1: the worker ended: signal SIGSEGV; resuming it in another worker") in told


def test_a_trial_whose_workers_die_twice_is_failed_with_the_reason(tmp_path):
    executor = ToyExecutor(deaths={1: [Died((1,), "the worker ended: signal SIGKILL")] * 2})
    records = searched(toy_study(tmp_path, trials=3), executor)
    assert states(records) == ["complete", "failed", "complete"]
    assert records[1].reason == "the worker ended: signal SIGKILL, for the second time"


def test_a_retry_is_counted_over_a_resume_too(tmp_path):
    study = toy_study(tmp_path, trials=1)
    records = add_trial(study, 0, TrialState.RUNNING, epochs=1)
    records.retry(0)
    records = searched(study, ToyExecutor(deaths={0: [Died((0,), "the worker ended: exit status 137")]}))
    assert states(records) == ["failed"]


def test_members_of_a_job_are_all_recorded_before_one_is_judged(tmp_path):
    study = toy_study(tmp_path, pruner="asha", epochs=9, trials=2, workers=2)
    better_later = ToyExecutor(lambda trial, epoch: 0.5 + trial / 10, free=2, is_grouped=True)
    alone = ToyExecutor(lambda trial, epoch: 0.5 + trial / 10, free=2)
    together = searched(study, better_later)
    apart = searched(toy_study(tmp_path / "apart", pruner="asha", epochs=9, trials=2, workers=2), alone)
    assert states(together) == ["pruned", "complete"]
    assert len(together[0].curve) < len(apart[0].curve)


@pytest.mark.parametrize("cause", ["crash", "memory"])
def test_the_members_of_a_lost_job_are_each_resumed_alone(tmp_path, cause):
    lost = Died((0, 1), "the worker ended: signal SIGKILL", cause)
    executor = ToyExecutor(free=2, hanging=(0,), deaths={1: [lost]})
    records = searched(toy_study(tmp_path, trials=2, workers=2), executor)
    assert executor.submitted == [0, 1, 0, 1]
    assert [record.trial.retries for record in records] == [1, 1]
    assert states(records) == ["complete", "complete"]


@pytest.mark.parametrize("said", ["died", "failed"])
def test_a_network_that_memory_does_not_hold_is_infeasible_and_not_tried_again(tmp_path, said):
    reason = "OOM when allocating tensor with shape[9999,9999]"
    harm = {"deaths": {1: [Died((1,), reason, "memory")]}} if said == "died" else {"failures": {1: reason}}
    executor = ToyExecutor(**harm)
    records = searched(toy_study(tmp_path, trials=2), executor)
    assert states(records)[:2] == ["complete", "infeasible"] and records.counts()["complete"] == 2
    assert records[1].result.limit == "memory" and records[1].result.violation > 0
    assert executor.submitted.count(1) == 1


def test_a_trial_that_takes_too_long_is_recorded_with_its_result(tmp_path):
    study = toy_study(tmp_path, trials=1)
    add_trial(study, 0, TrialState.RUNNING, epochs=2)
    records = searched(study, ToyExecutor(deaths={0: [Died((0,), "it took longer than 60 s", "time")]}))
    assert (records[0].state, records[0].reason) == (TrialState.PRUNED, "it took longer than 60 s")
    assert records[0].value == records[0].curve[1].metrics["validation_accuracy"]


def falling(trial, epoch):
    """Each trial is worse than the last, and each fold of two epochs by as much."""
    return 0.9 - trial / 10 - (epoch - 1) // 2 / 100 + epoch / 1000


def test_a_trial_over_folds_has_their_mean_after_its_best_epoch(tmp_path):
    study = toy_study(tmp_path, trials=1, epochs=2, folds=3)
    [record] = searched(study, ToyExecutor(falling))
    assert [(epoch.fold, epoch.epoch) for epoch in record.curve] == [
        (fold, epoch) for fold in range(3) for epoch in (1, 2)
    ]
    assert record.result.best_epoch == 2
    assert record.value == pytest.approx((falling(0, 2) + falling(0, 4) + falling(0, 6)) / 3)
    assert record.result.metrics["validation_loss"] == pytest.approx(1 - record.value)


def test_a_trial_that_is_worse_fold_for_fold_ends_after_the_fourth(tmp_path):
    study = toy_study(tmp_path, trials=3, epochs=2, folds=6, pruner="median")
    records = searched(study, ToyExecutor(falling))
    assert states(records) == ["complete", "pruned", "pruned"]
    assert [len(record.curve) for record in records] == [12, 8, 8]
    assert records[1].reason.startswith("worse than the best trial in 4 folds")
    assert records[1].value == pytest.approx(sum(falling(1, epoch) for epoch in (2, 4, 6, 8)) / 4)


def test_in_the_first_fold_trials_are_compared_epoch_by_epoch(tmp_path):
    study = toy_study(tmp_path, pruner="asha", epochs=9, trials=4, folds=2)
    records = searched(study, ToyExecutor(lambda trial, epoch: 0.9 - trial / 10))
    assert states(records) == ["complete", "pruned", "pruned", "pruned"]
    assert [len(record.curve) for record in records] == [18, 2, 2, 2]


def test_with_folds_and_without_pruning_every_trial_gets_all(tmp_path):
    records = searched(toy_study(tmp_path, trials=3, epochs=2, folds=6), ToyExecutor(falling))
    assert [len(record.curve) for record in records] == [12] * 3


def test_several_objectives_are_searched_for_over_folds_too(tmp_path):
    study = toy_study(
        tmp_path, trials=14, epochs=2, folds=5, pruner="asha", sampler="tpe", more_objectives=["macs"]
    )
    records = searched(study, ToyExecutor(falling))
    assert records.counts()["pruned"] and records.counts()["complete"]
    driver_of(study, ToyExecutor())  # a sampler rebuilt from the records alone


def test_a_trial_cut_off_in_a_later_fold_has_the_score_of_the_earlier_ones(tmp_path):
    study = toy_study(tmp_path, trials=1, epochs=2, folds=3)
    records = add_trial(study, 0, TrialState.RUNNING, epochs=2)
    first = records[0].curve[0]
    metrics = first.metrics | {"validation_accuracy": 0.1}
    records.add_epoch(0, first.model_copy(update={"fold": 1, "metrics": metrics}))
    records = searched(study, ToyExecutor(deaths={0: [Died((0,), "it took longer than 60 s", "time")]}))
    assert records[0].value == records[0].curve[1].metrics["validation_accuracy"]


def test_a_diverged_trial_is_recorded_as_such_with_its_result(tmp_path):
    records = searched(toy_study(tmp_path, trials=2), ToyExecutor(rising, diverging=(0,)))
    assert states(records) == ["pruned", "complete"]
    assert (records[0].result.diverged, records[0].reason) == (True, "loss was nan in epoch 2.")
    assert records[0].value == pytest.approx(rising(0, 1))


def test_twenty_failures_in_a_row_end_the_search_with_the_commonest_cause(tmp_path):
    failures = {number: "KeyError" if number % 4 else "ValueError" for number in range(20)}
    executor = ToyExecutor(failures=failures)
    with pytest.raises(SearchError, match="20 trials failed in a row; 15 of them with: KeyError"):
        searched(toy_study(tmp_path, trials=30), executor)
    assert len(executor.submitted) == 20
    assert executor.closings == [False]


def test_failures_between_successes_do_not_end_the_search(tmp_path):
    failures = {number: "KeyError" for number in range(40) if number % 10}
    counts = searched(toy_study(tmp_path, trials=40), ToyExecutor(failures=failures)).counts()
    assert counts["failed"] == 36


def test_a_full_disk_ends_the_search_and_is_no_failure_of_the_trial(tmp_path):
    study = toy_study(tmp_path, trials=3)
    with pytest.raises(OSError, match="No space left"):
        searched(study, ToyExecutor(failures={1: FULL_DISK}))
    assert states(study.records()) == ["complete", "running"]
    assert states(searched(study, ToyExecutor())) == ["complete"] * 3


def test_only_the_best_trials_weights_are_kept(tmp_path):
    values = [0.5, 0.9, 0.1, 0.7, 0.3, 0.8]
    study = toy_study(tmp_path, trials=6)
    searched(study, ToyExecutor(lambda trial, epoch: values[trial]))
    assert weights_kept(study) == [1, 3, 5]


def test_weights_of_an_earlier_run_are_let_go_too(tmp_path):
    study = toy_study(tmp_path, trials=3)
    searched(study, ToyExecutor(rising))
    (study.path / "study.yaml").write_text(
        (study.path / "study.yaml").read_text().replace("trials: 3", "trials: 6")
    )
    searched(type(study)(study.path), ToyExecutor(rising))
    assert weights_kept(study) == [3, 4, 5]


def test_the_best_trial_so_far_is_reported_as_such(tmp_path):
    told = []
    values = [0.5, 0.3, 0.7]
    searched(toy_study(tmp_path, trials=3), ToyExecutor(lambda trial, epoch: values[trial]), told)
    ends = [event for event in told if isinstance(event, TrialChanged) and event.record.result]
    assert [event.is_best for event in ends] == [True, False, True]


def test_each_trial_is_reported_at_its_start_after_each_epoch_and_at_its_end(tmp_path):
    told = []
    searched(toy_study(tmp_path, trials=1), ToyExecutor(), told)
    changes = [event for event in told if isinstance(event, TrialChanged)]
    seen = [(len(event.record.curve), event.record.state.value) for event in changes]
    assert seen == [(0, "running"), (1, "running"), (2, "running"), (3, "running"), (3, "complete")]


def test_a_finite_space_ends_the_search_with_a_note(tmp_path):
    told = []
    records = searched(toy_study(tmp_path, FINITE, sampler="grid", trials=20), ToyExecutor(), told)
    assert len({str(record.params) for record in records}) == 8
    assert [event.text for event in told if isinstance(event, Note)] == [
        "every point of the space has been tried"
    ]


def test_at_the_time_limit_the_trial_under_way_is_stopped_and_can_be_the_best(tmp_path):
    study = toy_study(tmp_path, trials=None, timeout=0.5, epochs=1000)
    records = searched(study, ToyExecutor(rising, seconds=0.2))
    assert states(records) == ["pruned"]
    assert records[0].reason == TIME_LIMIT
    assert records[0].can_be_best


def test_a_trial_at_its_last_epoch_is_complete_also_after_the_time_limit(tmp_path):
    study = toy_study(tmp_path, trials=None, timeout=0.5, epochs=1)
    records = searched(study, ToyExecutor(seconds=0.6))
    assert [(record.state, record.reason) for record in records] == [(TrialState.COMPLETE, "")]


def test_an_epoch_that_does_not_end_in_time_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(driver_module, "OVERTIME", 0.1)
    executor = ToyExecutor(hanging=(0,))
    records = searched(toy_study(tmp_path, trials=None, timeout=0.5), executor)
    assert [(record.state, record.reason) for record in records] == [
        (TrialState.PRUNED, f"{TIME_LIMIT} in the middle of an epoch")
    ]
    assert executor.closings == [True, False]


def test_the_time_of_earlier_runs_counts(tmp_path):
    study = toy_study(tmp_path, trials=None, timeout=60)
    study.save_progress(61, study.settings)
    executor = ToyExecutor()
    searched(study, executor)
    assert executor.submitted == []


def interrupted_at(study, executor, epoch, *, times=1):
    """Press Ctrl-C when trial 1 has ended an epoch."""
    told = []
    driver = driver_of(study, executor, told)

    def press(event):
        if isinstance(event, TrialChanged) and (event.record.number, len(event.record.curve)) == (1, epoch):
            for _ in range(times - driver.interruption.count):
                driver.interruption.add()

    driver.watchers.append(press)
    driver.run()
    return [event.text for event in told if isinstance(event, Note)]


def test_ctrl_c_pauses_the_running_trial_with_a_note(tmp_path):
    study = toy_study(tmp_path)
    notes = interrupted_at(study, ToyExecutor(rising), 1)
    assert states(study.records()) == ["complete", "running"]
    assert notes == ["Ctrl-C: stopping after the current epochs; press it again to stop immediately"]


def test_a_second_ctrl_c_ends_at_once(tmp_path):
    executor = ToyExecutor(rising)
    interrupted_at(toy_study(tmp_path), executor, 1, times=2)
    assert executor.closings == [True]


def test_an_interrupted_search_resumes_its_trial(tmp_path):
    study = toy_study(tmp_path)
    interrupted_at(study, ToyExecutor(rising), 1)
    executor = ToyExecutor(rising)
    records = searched(study, executor)
    assert executor.submitted == [1, 2, 3, 4]
    assert states(records) == ["complete"] * 5
    assert [len(record.curve) for record in records] == [3] * 5


def test_an_interrupted_search_ends_as_an_uninterrupted_one(tmp_path):
    whole = searched(toy_study(tmp_path / "whole", sampler="tpe", trials=16), ToyExecutor(rising))
    study = toy_study(tmp_path / "halved", sampler="tpe", trials=16)
    interrupted_at(study, ToyExecutor(rising), 2)
    halved = searched(study, ToyExecutor(rising))
    assert [record.params for record in halved] == [record.params for record in whole]
    assert [record.trial.seed for record in halved] == [record.trial.seed for record in whole]


def test_the_job_contains_all_that_a_worker_needs(tmp_path):
    executor = ToyExecutor()
    study = toy_study(
        tmp_path,
        trials=1,
        epochs=2,
        objective="validation_loss",
        precision="mixed_bfloat16",
        class_weights="balanced",
        folds=4,
    )
    jobs = []
    submit = executor.submit
    executor.submit = lambda job: (jobs.append(job), submit(job))
    record = searched(study, executor)[0]
    job = jobs[0]
    (member,) = job.members
    assert (member.trial, member.epochs, member.seed) == (0, 2, record.trial.seed)
    assert (member.candidate, member.place) == (record.trial.candidate, "trials/0000")
    assert (job.metric, job.direction) == ("validation_loss", "minimize")
    assert (job.class_weights, job.folds, job.precision) == ("balanced", 4, "mixed_bfloat16")
    assert job.data == study.data_folder.name


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2"])
def test_several_objectives_are_searched_for_with_pruning(tmp_path, sampler):
    study = toy_study(
        tmp_path, sampler=sampler, pruner="asha", epochs=9, trials=30, more_objectives=["num_weights"]
    )
    records = searched(study, ToyExecutor(lambda trial, epoch: (7 * trial % 10) / 10 + epoch / 100))
    assert records.counts()["pruned"] and len(records) >= 30
    driver_of(study, ToyExecutor())  # a sampler rebuilt from the records alone
