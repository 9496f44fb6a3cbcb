import optuna
import pytest
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState as OptunaState

from cnnsearch.search.optuna_study import distribution_of, frozen_trial, project
from cnnsearch.space.domains import Choice, Range
from cnnsearch.study.folder import Study
from cnnsearch.study.records import EpochRecord, TrialState
from tests.studies import add_epoch, add_trial, begin, end, every_state, make_study

DOMAINS = {
    "words": Choice(("relu", "elu")),
    "booleans": Choice((False, True)),
    "numbers": Choice((16, 32, 64)),
    "whole": Range(1, 5),
    "whole in steps": Range(2, 8, step=3),
    "whole, log": Range(1, 100, log=True),
    "real": Range(0.0, 0.5),
    "real in steps": Range(0.0, 0.5, step=0.25),
    "real, log": Range(1e-4, 1e-2, log=True),
}
STATES = [
    OptunaState.COMPLETE,
    OptunaState.PRUNED,
    OptunaState.PRUNED,
    OptunaState.FAIL,
    OptunaState.COMPLETE,
    OptunaState.RUNNING,
]
"""Of the trials that `every_state` makes."""


@pytest.fixture
def study(tmp_path):
    return every_state(make_study(tmp_path / "runs" / "some"))


def frozen(study, number, **options):
    return frozen_trial(study.records()[number], study.space, ("validation_accuracy",), **options)


def opened(study):
    return optuna.load_study(study_name=study.name, storage=f"sqlite:///{study.path / 'study.db'}")


def in_file(study):
    return [(t.number, t.state, t.values, t.params, t.intermediate_values) for t in opened(study).trials]


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_a_distribution_is_the_one_that_the_domain_requests(domain):
    trial = optuna.create_study().ask()
    domain.suggest(trial, "x")
    assert trial.distributions["x"] == distribution_of(domain)


def test_a_range_that_its_step_does_not_divide_ends_at_its_last_value():
    assert distribution_of(Range(0.0, 1.0, step=0.4)).high == pytest.approx(0.8)


def test_a_readable_numeric_choice_has_its_values():
    assert distribution_of(Choice((16, 32)), readable=True) == CategoricalDistribution((16, 32))


@pytest.mark.parametrize(("number", "state"), list(enumerate(STATES)))
def test_each_state_has_its_own(study, number, state):
    assert frozen(study, number).state == state


def test_a_complete_trial_has_its_value(study):
    assert frozen(study, 4).value == study.records()[4].value


def test_a_pruned_trial_has_its_curve(study):
    assert frozen(study, 1).intermediate_values == {1: pytest.approx(0.56)}


def test_a_trial_over_folds_has_the_mean_so_far_after_all_its_epochs(study):
    records = study.records()
    begin(records, 6)
    for fold, values in enumerate([(0.5, 0.7), (0.1, 0.3)]):
        for epoch, value in enumerate(values, start=1):
            metrics = {"validation_accuracy": value}
            records.add_epoch(6, EpochRecord(fold=fold, epoch=epoch, time=1.0, metrics=metrics))
    end(records, 6, TrialState.PRUNED)
    expected = {1: 0.5, 2: 0.7, 3: pytest.approx(0.3), 4: pytest.approx(0.5)}
    assert frozen(study, 6).intermediate_values == expected
    assert frozen(study, 6).value == pytest.approx(0.5)


def test_an_infeasible_trial_breaks_a_constraint_that_all_others_keep(study):
    broken = [frozen(study, number).constraints for number in range(6)]
    assert broken == [{"infeasible": 0.7 if number == 2 else 0.0} for number in range(6)]


def test_the_times_are_those_recorded(study):
    trial, record = frozen(study, 0), study.records()[0]
    assert trial.datetime_start.timestamp() == record.trial.started
    assert trial.datetime_complete.timestamp() == record.result.ended


def test_the_samplers_see_the_encoded_values(study):
    record = study.records()[0]
    assert frozen(study, 0).params == study.space.encoded(record.params)


def test_people_see_the_values_themselves(study):
    assert frozen(study, 0, readable=True).params == study.records()[0].params


def test_values_that_the_space_no_longer_has_are_left_out(study):
    change_space(study, "growth: [1, 2]", "growth: [3, 4]")
    change_space(study, "    stages.filters.growth: 2\n", "")
    names = frozen(Study(study.path), 0).params
    assert "stages.filters.first" in names and "stages.filters.growth" not in names


def test_optuna_takes_the_trials_into_memory(study):
    fresh = optuna.create_study(direction="maximize")
    fresh.add_trials([frozen(study, number) for number in range(5)])
    assert fresh.best_trial.number == 4


def test_optuna_opens_the_projected_study(study):
    project(study)
    assert opened(study).best_value == study.records()[4].value


def test_projected_trials_have_the_numbers_and_values_of_the_records(study):
    project(study)
    assert {t.number: t.params for t in opened(study).trials} == {r.number: r.params for r in study.records()}


def test_projected_trials_describe_their_records(study):
    project(study)
    attributes = opened(study).trials[0].user_attrs
    assert (
        attributes["baseline"] == "small" and attributes["num_weights"] > 0 and attributes["best_epoch"] == 3
    )


def test_projecting_again_changes_nothing(study):
    before = project(study).read_bytes()
    assert project(study).read_bytes() == before


def test_a_new_trial_is_appended(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    add_trial(study, 0)
    inode = project(study).stat().st_ino
    add_trial(study, 1)
    assert project(study).stat().st_ino == inode and len(opened(study).trials) == 2


def test_running_trials_are_omitted_during_the_search(study):
    add_trial(study, 6)
    project(study, live=True)
    assert [trial.number for trial in opened(study).trials] == [0, 1, 2, 3, 4]


def test_a_trial_that_went_on_after_it_was_written_is_written_again(study):
    project(study)
    records = study.records()
    add_epoch(records, 5, 3)
    end(records, 5, TrialState.COMPLETE)
    project(study)
    assert opened(study).trials[5].value == records[5].value


def test_a_changed_space_rebuilds_the_file(study):
    project(study)
    change_space(study, "units: {per_layer: [64, 128]}", "units: {per_layer: [64, 96, 128]}")
    changed = Study(study.path)
    project(changed)
    written = [
        distribution.choices
        for trial in opened(changed).trials
        for name, distribution in trial.distributions.items()
        if name.endswith("units")
    ]
    assert set(written) == {(64, 96, 128)}


def test_a_study_without_trials_gives_an_empty_file(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    project(study)
    assert opened(study).trials == []


def change_space(study, before, after):
    file = study.path / "space.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
