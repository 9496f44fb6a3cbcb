import pytest

from cnnsearch.errors import SettingsError
from cnnsearch.study.objectives import COSTS, DIRECTIONS, OBJECTIVES, brief_value, front, value_of
from cnnsearch.study.records import TrialState
from cnnsearch.study.settings import checked_settings
from tests.studies import add_trial, make_study

BOTH = ("validation_accuracy", "macs")


def with_values(study, *points):
    """Complete trials of these accuracies and MACs."""
    for number, (accuracy, macs) in enumerate(points):
        records = add_trial(study, number)
        counts = records[number].trial.counts | {"macs": macs}
        records.begin(records[number].trial.model_copy(update={"counts": counts}))
        records = study.records()
        result = records[number].result.model_copy(
            update={"value": accuracy, "metrics": {"validation_accuracy": accuracy}}
        )
        records.end(number, result)
    return study.records()


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path / "mine")


def test_a_trained_objective_is_the_best_epochs(study):
    records = add_trial(study, 0)
    assert value_of(records[0], "validation_accuracy") == records[0].result.metrics["validation_accuracy"]


@pytest.mark.parametrize("name", COSTS)
def test_a_cost_is_the_trials_count(study, name):
    records = add_trial(study, 0)
    assert value_of(records[0], name) == records[0].trial.counts.get(COSTS[name])


def test_a_trial_under_way_has_no_value(study):
    records = add_trial(study, 0, TrialState.RUNNING)
    assert [value_of(records[0], name) for name in DIRECTIONS] == [None] * len(DIRECTIONS)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_settings_take_every_objective(name):
    given = {"objective": name} if name not in COSTS else {"more_objectives": (name,)}
    assert name in checked_settings({"space": "plain", "data": "digits", **given}).objectives


def test_a_cost_cannot_be_the_first_objective():
    with pytest.raises(SettingsError, match="--objective: found macs; expected one of validation_accuracy, "):
        checked_settings({"space": "plain", "data": "digits", "objective": "macs"})


def test_a_value_that_was_not_recorded_is_the_worst(study):
    records = with_values(study, (0.9, 1), (0.8, 1))  # without a loss
    losing = records[0].result.model_copy(update={"metrics": {"validation_loss": 5.0}})
    records.end(0, losing)
    assert [record.number for record in front(records, ("validation_loss",))] == [0]


def test_the_front_is_the_non_dominated_trials(study):
    records = with_values(study, (0.9, 100), (0.8, 50), (0.7, 60), (0.95, 400), (0.9, 120))
    assert [record.number for record in front(records, BOTH)] == [3, 0, 1]


def test_equals_are_on_the_front_together(study):
    records = with_values(study, (0.9, 100), (0.9, 100))
    assert {record.number for record in front(records, BOTH)} == {0, 1}


def test_pruned_and_failed_trials_are_on_no_front(study):
    add_trial(study, 0)
    add_trial(study, 1, TrialState.PRUNED)
    add_trial(study, 2, TrialState.FAILED, epochs=0)
    assert [record.number for record in front(study.records(), BOTH)] == [0]


def test_of_one_objective_the_front_is_the_best(study):
    records = with_values(study, (0.9, 1), (0.95, 2), (0.8, 3))
    assert [record.number for record in front(records, ("validation_accuracy",))] == [1]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.91234, "0.9123"), (0.0, "0.0000"), (-0.5, "-0.5000"), (1.25e-5, "1.25e-05"), (126292.4, "1.263e+05")],
)
def test_values_of_any_size_are_distinguished(value, text):
    assert brief_value(value) == text
