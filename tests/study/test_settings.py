import pytest

from cnnsearch.errors import SettingsError
from cnnsearch.study.settings import Settings, checked_settings, load_settings, save_settings
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.tagging.task import Tagging

GIVEN = {"space": "plain", "data": "digits"}


def faults(**values):
    with pytest.raises(SettingsError) as caught:
        checked_settings({**GIVEN, **values})
    return str(caught.value)


def test_twenty_trials_are_searched_where_nothing_else_bounds_the_search():
    assert checked_settings(GIVEN).trials == 20
    assert checked_settings({**GIVEN, "trials": None}).trials == 20


def test_a_time_limit_alone_is_bound_enough():
    assert checked_settings({**GIVEN, "timeout": 60}).trials is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"trials": -1}, "--trials: found -1; input should be greater than or equal to 1"),
        ({"trials": 0}, "--trials: found 0; input should be greater than or equal to 1"),
        ({"timeout": 0}, "--timeout: found 0; input should be greater than 0"),
        ({"epochs": 0}, "--epochs: found 0; input should be greater than or equal to 1"),
        ({"workers": 0}, "--workers: found 0; expected a number from 1, or auto"),
        ({"workers": "none"}, "--workers: found none; expected a number from 1, or auto"),
        ({"seed": -1}, "--seed: found -1; input should be greater than or equal to 0"),
        (
            {"sampler": "nsga"},
            "--sampler: found nsga; expected one of tpe, random, grid, nsga2, gp, cmaes. "
            "Did you mean 'nsga2'?",
        ),
        ({"pruner": "halving"}, "--pruner: found halving; expected one of asha, hyperband, median, none."),
        (
            {"objective": "accuracy"},
            "--objective: found accuracy; expected one of validation_accuracy, ",
        ),
        ({"backend": "torch"}, "--backend: found torch; expected one of tensorflow, jax."),
        (
            {"precision": "float16"},
            "--precision: found float16; expected one of float32, mixed_bfloat16, mixed_float16.",
        ),
        ({"baselines": "some"}, "--baselines: found some; expected one of all, none."),
        ({"tracking_url": "x"}, "tracking_url: is not a setting."),
    ],
)
def test_a_wrong_value_is_reported_with_the_expected_ones(values, message):
    assert faults(**values).startswith(message)


def test_all_errors_are_reported_at_once():
    assert len(faults(trials=-1, sampler="x", epochs=0).splitlines()) == 3


@pytest.mark.parametrize(
    ("objective", "direction"), [("validation_accuracy", "maximize"), ("validation_loss", "minimize")]
)
def test_the_objective_determines_the_direction(objective, direction):
    assert checked_settings({**GIVEN, "objective": objective}).direction == direction


def test_settings_go_round_through_their_file(tmp_path):
    settings = Settings(
        **GIVEN,
        timeout=90.5,
        image_size=(48, 64),
        overrides={"architecture.stages.repeat": "{low: 1, high: 2}"},
    )
    save_settings(settings, tmp_path / "study.yaml")
    assert load_settings(tmp_path / "study.yaml") == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "contains no settings; restore the file that the search wrote"),
        ("- 1\n", "contains no settings; restore the file that the search wrote"),
        ("{", "cannot be read: while parsing a flow node"),
        ("data: digits\n", "space: is missing"),
        (
            "space: plain\ndata: digits\nepochs: none\n",
            "--epochs: found none; input should be a valid integer",
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, message):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_the_objective_of_the_task_is_the_default():
    given = checked_settings(GIVEN)
    tagging = given.for_task(Tagging(labels=("a", "b")))
    assert (tagging.task, tagging.objective) == ("tagging", "validation_mean_average_precision")
    assert tagging.main_metric.name == "mean_average_precision"
    assert given.for_task(Classification.of(3)).objective == "validation_accuracy"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"objective": "validation_accuracy"}, "--objective: found validation_accuracy for a tagging task"),
        ({"more_objectives": ["validation_mae"]}, "--objective: found validation_mae for a tagging task"),
        ({"class_weights": "balanced"}, "--class-weights: found balanced for a tagging task, which has no"),
        ({"task": "regression"}, "--task: found regression for a dataset whose task is tagging"),
        (
            {"more_objectives": ["validation_mean_average_precision"]},
            r"--objective: found .*; an objective is given twice; name each one once",
        ),
    ],
)
def test_what_has_no_meaning_for_the_task_is_refused(values, message):
    with pytest.raises(SettingsError, match=f"^{message}"):
        checked_settings({**GIVEN, **values}).for_task(Tagging(labels=("a", "b")))
