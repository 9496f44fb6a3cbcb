from io import StringIO

import pytest
from rich.console import Console

from cnnsearch.search.live import LiveView, PlainLines, brief, brief_count, shown, told_apart
from cnnsearch.search.planning import Costs, plan_rungs
from cnnsearch.study.events import FinalistChanged, Note, PlanMade, Tick, TrialChanged, WorkersReady
from cnnsearch.study.finalists import Retraining, RetrainingStart
from cnnsearch.study.records import Rung, TrialState
from cnnsearch.training.fidelity import Fidelity
from tests.studies import EPOCHS, add_trial, every_state, make_study


def pictured(study, *happenings, width=120):
    """Return the output on a terminal of a width after these events."""
    console = Console(file=StringIO(), width=width)
    view = LiveView(study, console)
    for happening in happenings:
        view(happening)
    console.print(view.render())
    return console.file.getvalue()


def test_the_budget_spent_the_counts_and_the_best_are_shown(tmp_path):
    study = every_state(make_study(tmp_path / "mine", trials=10))
    picture = pictured(study)
    assert picture.splitlines()[0].split()[0] == "mine"
    assert "trial 4 of 10" in picture
    assert "1 running, 2 complete, 1 pruned, 1 infeasible, 1 failed" in picture
    assert picture.index("0.6100") < picture.index("0.5300")
    assert f"trial 5  epoch 2/{EPOCHS}  validation_accuracy 0.6033" in picture


def test_the_time_left_counts_the_epochs_of_trials_under_way(tmp_path):
    study = make_study(tmp_path / "mine", trials=2)
    add_trial(study, 0)
    add_trial(study, 1, TrialState.RUNNING, epochs=EPOCHS - 1)
    study.save_progress(500, study.settings)  # for five sixths of the search
    assert "about 0:01:40 left" in pictured(study)


def test_the_remaining_time_of_a_limit_is_shown(tmp_path):
    study = make_study(tmp_path / "mine", timeout=1000)
    study.save_progress(400, study.settings)
    assert "about 0:10:00 left" in pictured(study).replace("0:09:59", "0:10:00")


def test_a_narrow_terminal_shows_fewer_values_and_cuts_none_off(tmp_path):
    study = every_state(make_study(tmp_path / "mine"))
    wide, narrow = pictured(study), pictured(study, width=60)
    assert "dropout" in wide
    assert "dropout" not in narrow
    tables = [line for line in (wide + narrow).splitlines() if line.startswith(("┃", "│"))]
    assert [line for line in tables if "…" in line] == []


def test_a_trial_is_shown_as_it_changes(tmp_path):
    study = make_study(tmp_path / "mine")
    records = add_trial(study, 0, TrialState.RUNNING, epochs=1)
    add_trial(study, 0, TrialState.RUNNING, epochs=2)
    assert f"trial 0  epoch 1/{EPOCHS}" in pictured(study, TrialChanged(records[0]))


def test_a_trial_over_folds_shows_the_current_fold(tmp_path):
    study = make_study(tmp_path / "mine", folds=5)
    records = add_trial(study, 0, TrialState.RUNNING)
    again = records[0].curve[0].model_copy(update={"fold": 1})
    assert f"trial 0  fold 2/5  epoch 1/{EPOCHS}" in pictured(
        study, TrialChanged(records.add_epoch(0, again))
    )


def test_a_finalist_s_training_is_shown_as_it_changes(tmp_path):
    begins = Retraining(begun=RetrainingStart(trial=4, seed=7, epochs=EPOCHS, started=0.0))
    curve = add_trial(make_study(tmp_path / "other"), 0)[0].curve
    happenings = FinalistChanged(begins), FinalistChanged(begins.model_copy(update={"curve": curve}))
    lines = pictured(make_study(tmp_path / "mine"), *happenings).splitlines()
    shown = [line for line in lines if line.startswith("trial 4 again, seed 7")]
    assert len(shown) == 1 and shown[0].startswith(f"trial 4 again, seed 7  epoch {EPOCHS}/{EPOCHS}  ")


def test_the_last_notes_are_shown(tmp_path):
    picture = pictured(make_study(tmp_path / "mine"), *(Note(f"note {number}") for number in range(5)))
    assert "note 1" not in picture
    assert [line for line in picture.splitlines() if line.startswith("note")] == [
        "note 2",
        "note 3",
        "note 4",
    ]


def test_without_a_terminal_each_ended_trial_is_a_line(tmp_path, capsys):
    study = make_study(tmp_path / "mine")
    records = every_state(study).records()
    with shown(study) as view:
        view(WorkersReady("tensorflow", ("cpu:0",), {"keras": "3.15.1"}))
        for record in records:
            view(TrialChanged(record, is_best=record.number == 4))
        view(Note("[/a note]"))
    assert isinstance(view, PlainLines)
    assert capsys.readouterr().out.splitlines() == [
        "worker ready: tensorflow on cpu:0 (keras 3.15.1)",
        "trial 0 complete 0.5300 after 3 epochs",
        "trial 1 pruned 0.5600 after 1 epoch (why it is pruned)",
        "trial 2 infeasible (why it is infeasible)",
        "trial 3 failed (why it is failed)",
        "trial 4 complete 0.6100 after 3 epochs, the best so far",
        "[/a note]",
    ]


def test_infeasible_candidates_in_a_row_are_one_line(tmp_path, capsys):
    study = make_study(tmp_path / "mine")
    records = every_state(study).records()
    with shown(study) as view:
        for _ in range(3):
            view(TrialChanged(records[2]))
        view(Note("and on"))
    assert capsys.readouterr().out.splitlines() == ["3 candidates infeasible, by limit:  (3)", "and on"]


def test_a_trial_of_a_planned_search_shows_the_examples_it_has_seen(tmp_path):
    study = make_study(tmp_path / "mine")
    record = add_trial(study, 0, TrialState.RUNNING, epochs=1)[0]
    fidelity = Fidelity(rounds=4, round_examples=1_000, subset=1_079, validation=359, checked=359)
    sized = record.model_copy(update={"trial": record.trial.model_copy(update={"fidelity": fidelity})})
    picture = pictured(study, TrialChanged(sized), Tick(1.0, {0: 75.0}))
    (shown,) = [line for line in picture.splitlines() if line.startswith("trial 0")]
    assert "1,000 of 4,000 examples" in shown and shown.rstrip().endswith("about 0:01:15 left")


def test_a_plan_s_progress_is_shown_by_rung(tmp_path):
    study = make_study(tmp_path / "mine", timeout=600)
    plan = plan_rungs(600.0, 45_000, 5_000, Costs(1e-4, 3e-4, 1e10))
    for number in range(3):
        add_trial(study, number)
    records = [
        record.model_copy(
            update={
                "trial": record.trial.model_copy(update={"rung": Rung(number=0, is_last=False, origin=0)})
            }
        )
        for record in study.records()
    ]
    picture = pictured(study, PlanMade(plan), *(TrialChanged(record) for record in records), width=200)

    assert f"3 of about {plan.candidates[0]} on {plan.rungs[0]:,} examples, 0 of about" in picture


def test_the_differing_values_of_trials_are_shown(tmp_path):
    records = list(every_state(make_study(tmp_path / "mine")).records())
    names = told_apart([records[0], records[4]])
    assert "stages.repeat" not in names
    assert all(records[0].params.get(name) != records[4].params.get(name) for name in names)
    assert told_apart(records[:1]) == list(records[0].params)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1234, "1.23k"), (6_018_304, "6.02M"), (2e9, "2G"), (5e12, "5T")],
)
def test_a_large_number_is_written_with_its_unit(number, text):
    assert brief_count(number) == text


def test_a_value_is_written_briefly():
    assert [brief(value) for value in (0.00123456, 3, "relu", True)] == ["0.001235", "3", "relu", "True"]
