"""A sampler or a pruner given as an instance, through the Python API."""

import optuna
import pytest
from optuna.samplers import QMCSampler

from cnnsearch.api import resume, search
from cnnsearch.errors import SettingsError
from cnnsearch.search.instances import Instances, without_instances
from cnnsearch.search.launch import resume_settings, run_study
from cnnsearch.search.samplers import make_sampler
from cnnsearch.study.records import TrialState
from cnnsearch.study.settings import checked_settings, load_settings
from tests.search.real import tiny_study
from tests.studies import make_study

QMC = "optuna.samplers._qmc.QMCSampler"
ONCE = f"{__name__}.Once"

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


class Once:
    """A user's pruner: only the first trial continues after its first epoch."""

    def reason_to_stop(self, number, curve, others):
        return "not the first" if number else ""


def test_a_name_stays_a_name():
    values = {"sampler": "tpe", "pruner": "none", "seed": 3}
    assert without_instances(values) == (values, Instances())


def test_the_settings_record_the_class_of_an_instance():
    sampler, pruner = QMCSampler(), Once()
    values, instances = without_instances({"sampler": sampler, "pruner": pruner})
    assert values == {"sampler": QMC, "pruner": ONCE}
    assert instances == Instances(sampler, pruner)
    settings = checked_settings({"space": "plain", "data": "digits", **values})
    assert (settings.sampler, settings.pruner) == (QMC, ONCE)


def test_an_instance_with_a_pruner_by_name_is_planned_for_as_any_sampler():
    given = {"space": "plain", "data": "digits", "timeout": 60.0}
    assert checked_settings({**given, "sampler": QMC}).is_planned
    assert not checked_settings({**given, "pruner": ONCE}).is_planned


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sampler": 3}, "sampler: found 3; expected one of tpe, .*optuna.samplers.BaseSampler"),
        ({"sampler": QMCSampler}, "sampler: found <class .*; expected .* an instance"),
        ({"sampler": Once()}, "sampler: found <.*Once"),
        ({"pruner": 3}, r"pruner: found 3; expected one of asha, .* reason_to_stop\(number, curve, others\)"),
        ({"pruner": Once}, "pruner: found <class .*; expected .* an instance"),
        (
            {"pruner": optuna.pruners.MedianPruner()},
            "pruner: found Optuna's MedianPruner, which depends on an Optuna storage; cnnsearch prunes by "
            "the recorded curves alone. Instead, expected one of asha, hyperband, median, none",
        ),
    ],
)
def test_what_is_neither_a_name_nor_an_instance_is_refused_before_anything_is_written(given, said, tmp_path):
    with pytest.raises(SettingsError, match=said):
        search("plain", "digits", runs=tmp_path / "runs", **given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["sampler", "pruner"])
def test_the_class_of_an_instance_is_no_name(kind, tmp_path):
    said = rf"--{kind} mine.Own: an instance of this class can only be given in Python, by cnnsearch.search\("
    with pytest.raises(SettingsError, match=said):
        search("plain", "digits", runs=tmp_path / "runs", **{kind: "mine.Own"})
    assert list(tmp_path.iterdir()) == []


def test_a_resume_without_the_instance_explains_how_to_give_it_and_changes_nothing(tmp_path):
    study = make_study(tmp_path / "mine", sampler=QMC)
    with pytest.raises(SettingsError) as caught:
        resume(study.path, trials=50)
    assert str(caught.value) == (
        f"--sampler {QMC}: an instance of this class can only be given in Python, by cnnsearch.search(..., "
        "sampler=...) or cnnsearch.search.resume(STUDY, sampler=...); or choose one of tpe, random, grid, "
        "nsga2, gp, cmaes"
    )
    assert load_settings(study.path / "study.yaml").trials != 50


def test_a_name_replaces_an_instance(tmp_path):
    study = make_study(tmp_path / "mine", sampler=QMC, pruner=ONCE)
    resumed = resume_settings(study, {"sampler": "random", "pruner": "none"})
    assert (resumed.settings.sampler, resumed.settings.pruner) == ("random", "none")


def test_a_resume_with_an_instance_uses_it(tmp_path):
    study = make_study(tmp_path / "mine", sampler=QMC)
    changes, instances = without_instances({"sampler": QMCSampler(), "trials": 50})
    resumed = resume_settings(study, changes, instances=instances)
    assert (resumed.settings.sampler, resumed.settings.trials) == (QMC, 50)


@pytest.mark.timeout(240)
def test_a_search_draws_with_one_instance_and_prunes_with_the_other(tmp_path):
    sampler = QMCSampler(seed=1)
    changes, instances = without_instances({"sampler": sampler, "pruner": Once(), "trials": 2})
    study = tiny_study(tmp_path, instances=instances, **changes)
    assert run_study(study, instances=instances)
    records = study.records()
    assert [record.state for record in records] == [TrialState.COMPLETE, TrialState.PRUNED]
    assert records[1].reason == "not the first"
    drawn = make_sampler(study.settings, study.space, [], given=QMCSampler(seed=1))
    first = study.space.sample(drawn.ask(0), input_shape=(8, 8, 1), num_classes=10)
    assert first.params == records[0].params
