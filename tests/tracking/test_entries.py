from cnnsearch.study.records import TrialState
from cnnsearch.tracking import entries
from tests.studies import add_trial, make_study


def test_the_values_for_a_whole_network_come_before_those_of_a_part():
    sampled = {"stages.0.filters": 8, "stages.1.filters": 8, "activation": "relu"}
    assert list(entries.most_telling(sampled)) == ["activation", "stages.0.filters", "stages.1.filters"]


def test_at_most_twenty_values_are_shown():
    sampled = {f"stages.{n}.filters": n for n in range(30)} | {"batch_size": 32}
    shown = entries.most_telling(sampled)
    assert len(shown) == 20 and "batch_size" in shown


def test_a_tag_is_cut_to_what_mlflow_takes():
    assert len(entries.tags({"reason": "x" * 10_000})[0].value) == 1_000


def test_the_objective_of_an_epoch_comes_first(tmp_path):
    """MLflow's comparison shows a run's first metric."""
    records = add_trial(make_study(tmp_path / "some"), 0, TrialState.COMPLETE)
    names = [metric.key for metric in entries.curve(records[0], "validation_accuracy", 3, after=2)]
    assert names[0] == "validation_accuracy" and "loss" in names[1:]


def test_the_epochs_of_folds_go_on_from_one_to_the_next(tmp_path):
    records = add_trial(make_study(tmp_path / "some"), 0, TrialState.RUNNING)
    for epoch in records[0].curve[:2]:
        records.add_epoch(0, epoch.model_copy(update={"fold": 1}))
    found = entries.curve(records[0], "validation_accuracy", 3, after=2)
    assert [metric.step for metric in found if metric.key == "loss"] == [3, 4, 5]


def test_the_best_so_far_is_the_least_where_less_is_better(tmp_path):
    study = make_study(tmp_path / "some", objective="validation_loss")
    for number in (0, 1):
        records = add_trial(study, number, TrialState.COMPLETE)
        result = records[number].result.model_copy(update={"value": 1.0 - number / 2})
        records.end(number, result)
    found = entries.best_metrics(records, "validation_loss", "minimize")
    assert [metric.value for metric in found] == [1.0, 0.5]
