import keras
import numpy as np
import pytest

from cnnsearch.data import load_data, open_stored
from cnnsearch.models.build import build_model
from cnnsearch.plan.augmentation import PICTURE_FILE, Cutmix, GaussianNoise, Shift
from cnnsearch.plan.training_plan import Constant, EarlyStopping, OneCycle, Sgd, TrainingPlan
from cnnsearch.training.checkpoint import read_weights
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.folds import fold_splits
from cnnsearch.training.job import USUAL_EPOCHS, run_job
from cnnsearch.training.protocol import Verdict
from tests.training.jobs import ARCHITECTURE, STORE, make_job, run_alone, store_data
from tests.training.networks import make_split


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return store_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


class Judge:
    """Keep the reports, and continue by default."""

    def __init__(self, **decisions):
        self.reports, self._decisions = [], decisions

    def __call__(self, report):
        self.reports.append(report)
        decision = self.decide(report)
        if isinstance(decision, Fidelity):
            return Verdict(trial=report.trial, decision="continue", fidelity=decision)
        return Verdict(trial=report.trial, decision=decision)

    def decide(self, report):
        return self._decisions.get(f"epoch_{report.epoch}", "continue")

    @property
    def curve(self):
        return [report.metrics for report in self.reports]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_trial_reports_each_epoch_and_its_best(data, tmp_path):
    judge = Judge()
    result = run_alone(make_job(data, tmp_path), "float32", judge)

    assert [report.epoch for report in judge.reports] == [1, 2, 3, 4]
    assert (result.outcome, result.epochs, result.reason) == ("complete", 4, "")
    assert result.metrics == min(judge.curve, key=lambda metrics: metrics["validation_loss"])
    assert result.metrics == judge.curve[result.best_epoch - 1]


def test_a_trial_of_a_planned_search_is_trained_in_rounds_on_a_subset(data, tmp_path):
    fidelity = Fidelity(rounds=3, round_examples=16, subset=32, validation=9, checked=9)
    judge = Judge()
    result = run_alone(make_job(data, tmp_path, epochs=3, fidelity=fidelity), "float32", judge)

    assert (result.outcome, [report.epoch for report in judge.reports]) == ("complete", [1, 2, 3])
    assert [report.is_last for report in judge.reports] == [False, False, True]
    shares = [metrics["validation_accuracy"] * 9 for metrics in judge.curve]
    assert shares == pytest.approx(np.rint(shares), abs=1e-5)  # of nine examples


def test_the_last_report_is_the_result_if_earlier_ones_use_fewer_examples(data, tmp_path):
    fidelity = Fidelity(rounds=3, round_examples=16, subset=32, validation=18, checked=6)
    judge = Judge()
    result = run_alone(make_job(data, tmp_path, epochs=3, fidelity=fidelity), "float32", judge)

    sizes = [6, 6, 18]
    shares = [m["validation_accuracy"] * n for m, n in zip(judge.curve, sizes, strict=True)]
    assert shares == pytest.approx(np.rint(shares), abs=1e-5)
    assert result.best_epoch == 3 and result.metrics == judge.curve[-1]


def test_a_trial_killed_within_a_pass_resumes_with_the_same_curve(data, tmp_path):
    fidelity = Fidelity(rounds=4, round_examples=16, subset=54, validation=18, checked=18)
    whole, first, rest = Judge(), Judge(epoch_2="pause"), Judge()
    run_alone(make_job(data, tmp_path / "whole", epochs=4, fidelity=fidelity), "float32", whole)
    broken = make_job(data, tmp_path / "broken", epochs=4, fidelity=fidelity)

    assert run_alone(broken, "float32", first).outcome == "paused"
    assert run_alone(broken, "float32", rest).outcome == "complete"
    assert first.curve + rest.curve == whole.curve


@pytest.mark.parametrize("is_augmented", [True, False])
def test_a_training_of_few_passes_is_not_augmented(data, tmp_path, is_augmented):
    fidelity = Fidelity(
        rounds=1, round_examples=16, subset=54, validation=18, checked=18, is_augmented=is_augmented
    )
    job, noisy = make_job(data, tmp_path, epochs=1, fidelity=fidelity), (GaussianNoise(stddev=0.5),)
    augmented, plain, (member,) = Judge(), Judge(), job.members
    run_alone(
        job.with_members([member.with_plan(member.plan.model_copy(update={"augmentation": noisy}))]),
        "float32",
        augmented,
    )
    assert (tmp_path / PICTURE_FILE).exists() == is_augmented

    run_alone(job, "float32", plain)
    assert (augmented.curve == plain.curve) == (not is_augmented)


def test_a_training_counted_in_examples_is_not_stopped_early(data, tmp_path):
    fidelity = Fidelity(rounds=4, round_examples=16, subset=54, validation=18, checked=18)
    plan = TrainingPlan(early_stopping=EarlyStopping(patience=1, min_delta=100.0))
    result = run_alone(make_job(data, tmp_path, epochs=4, fidelity=fidelity, plan=plan), "float32", Judge())

    assert (result.outcome, result.epochs) == ("complete", 4)


def test_its_warm_up_is_the_same_share_of_it_as_of_the_usual_epochs(data, tmp_path):
    fidelity = Fidelity(rounds=4, round_examples=16, subset=54, validation=18, checked=18)
    plan = TrainingPlan(batch_size=8, schedule=Constant(warmup_epochs=USUAL_EPOCHS / 2))
    judge = Judge()
    run_alone(make_job(data, tmp_path, epochs=4, fidelity=fidelity, plan=plan), "float32", judge)

    rates = [metrics["learning_rate"] / plan.learning_rate for metrics in judge.curve]
    assert rates[0] < 1.0 and rates[1:] == pytest.approx([1.0, 1.0, 1.0])


RESIZABLE = Fidelity(rounds=4, round_examples=16, subset=54, validation=18, checked=18)
ONE_CYCLE = TrainingPlan(batch_size=8, schedule=OneCycle(warmup=0.25))


def resized_job(data, folder, fidelity=RESIZABLE, plan=ONE_CYCLE):
    return make_job(data, folder, epochs=fidelity.rounds, fidelity=fidelity, plan=plan)


@pytest.mark.parametrize("rounds", [3, 8])
def test_a_training_whose_length_is_changed_ends_with_its_schedule(data, tmp_path, rounds):
    judge = Judge(epoch_2=RESIZABLE.resized(rounds, done=2))
    result = run_alone(resized_job(data, tmp_path), "float32", judge)

    assert (result.outcome, result.epochs) == ("complete", rounds)
    rates = [metrics["learning_rate"] / ONE_CYCLE.learning_rate for metrics in judge.curve]
    at_change, left = 1 - (4 - 2) / 6, 2 * (rounds - 2)  # of 8 steps, 2 of warm-up
    falling = [at_change * (1 - 2 * done / left) for done in range(1, rounds - 1)]
    assert rates[2:] == pytest.approx(falling, abs=1e-6)


def test_a_change_of_length_is_kept_where_it_is_killed_and_resumed(data, tmp_path):
    longer = RESIZABLE.resized(6, done=2)
    whole, first, rest = Judge(epoch_2=longer), Judge(epoch_2=longer, epoch_4="pause"), Judge()
    run_alone(resized_job(data, tmp_path / "whole"), "float32", whole)

    run_alone(resized_job(data, tmp_path / "broken"), "float32", first)
    run_alone(resized_job(data, tmp_path / "broken", longer), "float32", rest)
    assert first.curve + rest.curve == whole.curve


def test_a_constant_rate_needs_no_change(data, tmp_path):
    judge = Judge(epoch_2=RESIZABLE.resized(3, done=2))
    result = run_alone(resized_job(data, tmp_path, plan=TrainingPlan(batch_size=8)), "float32", judge)

    assert (result.outcome, result.epochs) == ("complete", 3)
    assert len({metrics["learning_rate"] for metrics in judge.curve}) == 1


def test_steps_are_timed_if_there_are_enough(data, tmp_path):
    judge = Judge()
    run_alone(make_job(data, tmp_path, plan=TrainingPlan(batch_size=4)), "float32", judge)

    assert all(report.step_seconds > 0 for report in judge.reports)


def test_the_saved_weights_give_the_best_scores(data, tmp_path):
    result = run_alone(make_job(data, tmp_path), "float32", Judge())
    model = build_model(ARCHITECTURE)
    model.set_weights(read_weights(tmp_path / "weights.npz"))

    validation = open_stored(data).validation
    found = (model.predict(validation.x, verbose=0).argmax(1) == validation.y).mean()
    assert found == pytest.approx(result.metrics["validation_accuracy"])


def test_a_finished_trial_leaves_its_weights_alone(data, tmp_path):
    run_alone(make_job(data, tmp_path), "float32", Judge())

    assert files(tmp_path) == ["weights.npz"]


def test_a_stop_ends_it_with_weights(data, tmp_path):
    result = run_alone(make_job(data, tmp_path), "float32", Judge(epoch_2="stop"))

    assert (result.outcome, result.epochs) == ("stopped", 2)
    assert files(tmp_path) == ["weights.npz"]


def test_a_stop_after_the_last_epoch_has_no_effect(data, tmp_path):
    assert run_alone(make_job(data, tmp_path), "float32", Judge(epoch_4="stop")).outcome == "complete"


def test_a_pause_leaves_a_checkpoint(data, tmp_path):
    result = run_alone(make_job(data, tmp_path), "float32", Judge(epoch_2="pause"))

    assert (result.outcome, result.epochs) == ("paused", 2)
    assert files(tmp_path) == ["checkpoint.npz"]


def test_a_paused_trial_resumes_exactly(data, tmp_path):
    whole, first, rest = Judge(), Judge(epoch_2="pause"), Judge()
    expected = run_alone(make_job(data, tmp_path / "whole"), "float32", whole)
    job = make_job(data, tmp_path / "paused")
    run_alone(job, "float32", first)
    result = run_alone(job, "float32", rest)

    assert first.curve + rest.curve == whole.curve
    assert result.model_copy(update={"seconds": expected.seconds}) == expected
    for name in ("whole", "paused"):
        assert files(tmp_path / name) == ["weights.npz"]
    found, wanted = (read_weights(tmp_path / name / "weights.npz") for name in ("paused", "whole"))
    np.testing.assert_equal(found, wanted)


def test_an_augmented_trial_leaves_a_picture_and_is_paused_as_any_other(data, tmp_path):
    plan = TrainingPlan(batch_size=16, augmentation=(Shift(), GaussianNoise(), Cutmix()))
    whole, first, rest = Judge(), Judge(epoch_2="pause"), Judge()
    run_alone(make_job(data, tmp_path / "whole", plan=plan), "float32", whole)
    job = make_job(data, tmp_path / "paused", plan=plan)
    run_alone(job, "float32", first)
    assert files(tmp_path / "paused") == [PICTURE_FILE, "checkpoint.npz"]
    run_alone(job, "float32", rest)

    assert first.curve + rest.curve == whole.curve
    assert files(tmp_path / "whole") == [PICTURE_FILE, "weights.npz"]


def test_strengths_follow_the_range_of_the_stored_data(tmp_path):
    split = make_split(90, 0)
    np.savez(tmp_path / "data.npz", x=split.x.astype(np.float32) / 1000, y=split.y)
    folder = load_data(tmp_path / "data.npz").store(tmp_path)
    architecture = ARCHITECTURE.model_dump(mode="json")
    architecture["input"]["scale"] = [1000 / 255]

    def loss_with(name, *augmentation):
        judge, plan = Judge(), TrainingPlan(augmentation=augmentation)
        run_alone(
            make_job(folder, tmp_path / name, plan=plan, architecture=architecture, epochs=1),
            "float32",
            judge,
        )
        return judge.curve[0]["loss"]

    expected = loss_with("plain")
    assert loss_with("noisy", GaussianNoise(stddev=0.01)) == pytest.approx(expected, rel=0.05)


def test_early_stopping_completes_it_with_a_reason(data, tmp_path):
    plan = TrainingPlan(early_stopping=EarlyStopping(patience=2, min_delta=100.0))
    result = run_alone(make_job(data, tmp_path, plan=plan), "float32", Judge())

    assert (result.outcome, result.epochs) == ("complete", 3)
    assert result.reason == "no better validation_loss for 2 epochs"


def test_a_diverged_trial_names_the_metric(data, tmp_path):
    plan = TrainingPlan(optimizer=Sgd(learning_rate=1e38))
    result = run_alone(make_job(data, tmp_path, plan=plan), "float32", Judge())

    assert result.outcome == "diverged"
    assert "loss was" in result.reason
    assert files(tmp_path) == []


def places(judge):
    return [(report.fold, report.epoch) for report in judge.reports]


def stopping_at(fold, epoch, decision):
    """Return a judge with one decision other than to continue."""

    class Stopping(Judge):
        def decide(self, report):
            return decision if (report.fold, report.epoch) == (fold, epoch) else "continue"

    return Stopping()


FOLDED = {"folds": 3, "epochs": 2}
EVERY_PLACE = [(fold, epoch) for fold in range(3) for epoch in (1, 2)]


@pytest.fixture(scope="module")
def folded(data, tmp_path_factory):
    """A complete trial over folds: its reports, its result and its folder."""
    judge, folder = Judge(), tmp_path_factory.mktemp("folded")
    result = run_alone(make_job(data, folder, **FOLDED), "float32", judge)
    return judge, result, folder


def test_folds_are_trained_one_after_another(folded):
    judge, result, folder = folded
    assert places(judge) == EVERY_PLACE
    assert [report.is_last for report in judge.reports] == [False, True] * 3
    assert (result.outcome, result.epochs) == ("complete", 2)
    assert files(folder) == ["weights.npz"]


def test_each_fold_has_other_examples_and_other_draws(folded):
    losses = [report.metrics["loss"] for report in folded[0].reports if report.epoch == 1]
    assert len(set(losses)) == 3


def test_the_weights_that_folds_leave_are_the_first_ones(data, folded):
    judge, _, folder = folded
    model = build_model(ARCHITECTURE)
    model.set_weights(read_weights(folder / "weights.npz"))

    _, held_out = fold_splits(open_stored(data), 3, 0)
    found = (model.predict(held_out.x, verbose=0).argmax(1) == held_out.y).mean()
    best = min(judge.curve[:2], key=lambda metrics: metrics["validation_loss"])
    assert found == pytest.approx(best["validation_accuracy"])


@pytest.mark.parametrize("place", [(0, 2), (1, 1)])
def test_paused_folds_resume_exactly(data, folded, tmp_path, place):
    first, rest = stopping_at(*place, "pause"), Judge()
    job = make_job(data, tmp_path, **FOLDED)
    assert run_alone(job, "float32", first).outcome == "paused"
    assert run_alone(job, "float32", rest).outcome == "complete"

    assert places(first) + places(rest) == EVERY_PLACE
    assert first.curve + rest.curve == folded[0].curve
    found, wanted = (read_weights(folder / "weights.npz") for folder in (tmp_path, folded[2]))
    np.testing.assert_equal(found, wanted)


class KilledError(Exception):
    """Stands in for SIGKILL, which the tests of the worker send."""


def test_a_kill_in_a_later_fold_leads_back_to_that_fold(data, folded, tmp_path):
    first, rest = Judge(), Judge()

    def killing(report):
        if (report.fold, report.epoch) == (1, 1):
            raise KilledError
        return first(report)

    job = make_job(data, tmp_path, **FOLDED)
    with pytest.raises(KilledError):
        run_alone(job, "float32", killing)
    run_alone(job, "float32", rest)

    assert first.curve + rest.curve == folded[0].curve


def test_a_stop_between_folds_ends_the_trial(data, tmp_path):
    judge = stopping_at(0, 2, "stop")
    result = run_alone(make_job(data, tmp_path, **FOLDED), "float32", judge)

    assert (result.outcome, places(judge)) == ("stopped", EVERY_PLACE[:2])
    assert files(tmp_path) == ["weights.npz"]


def test_early_stopping_ends_a_fold_and_not_the_trial(data, tmp_path):
    plan, judge = TrainingPlan(early_stopping=EarlyStopping(patience=1, min_delta=100.0)), Judge()
    result = run_alone(make_job(data, tmp_path, plan=plan, folds=2), "float32", judge)

    assert places(judge) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert [report.is_last for report in judge.reports] == [False, True] * 2
    assert (result.outcome, result.reason) == ("complete", "no better validation_loss for 1 epochs")


def test_class_weights_reach_the_engine(data, tmp_path):
    losses = []
    for class_weights in ("none", "balanced"):
        judge = Judge()
        run_alone(make_job(data, tmp_path, class_weights=class_weights, epochs=1), "float32", judge)
        losses.append(judge.curve[0]["loss"])
    assert losses[0] != losses[1]


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_pauses_and_resumes(data, tmp_path, precision):
    whole, first, rest = Judge(), Judge(epoch_2="pause"), Judge()
    run_alone(make_job(data, tmp_path / "whole"), precision, whole)
    job = make_job(data, tmp_path / "paused", precision=precision)
    run_alone(job, "float32", first)
    run_alone(job, "float32", rest)

    assert first.curve + rest.curve == whole.curve


# Members of one job


def run_members(job, judges):
    """Run a job; return the results in the order of the ends, and how many members reported in each epoch."""
    counts = []

    def judge(reports):
        counts.append(len(reports))
        return {report.trial: judges[report.trial](report) for report in reports}

    return list(run_job(job, STORE, "float32", judge)), counts


@pytest.fixture(scope="module")
def alone(data, tmp_path_factory):
    """Two trials, each trained alone: their curves, and their weights."""
    curves, weights = [], []
    for trial in (0, 1):
        judge, folder = Judge(), tmp_path_factory.mktemp("alone")
        run_alone(make_job(data, folder, trial=trial, seed=trial), "float32", judge)
        curves.append(judge.curve)
        weights.append(read_weights(folder / "weights.npz"))
    return curves, weights


def test_each_member_is_trained_as_if_it_were_alone(data, alone, tmp_path):
    judges = [Judge(), Judge()]
    results, counts = run_members(make_job(data, tmp_path / "a", tmp_path / "b"), judges)

    assert [(result.trial, result.outcome, result.epochs) for result in results] == [
        (0, "complete", 4),
        (1, "complete", 4),
    ]
    assert counts == [2, 2, 2, 2]
    assert [judge.curve for judge in judges] == alone[0]
    for folder, weights in zip("ab", alone[1], strict=True):
        np.testing.assert_equal(read_weights(tmp_path / folder / "weights.npz"), weights)


def test_each_member_has_its_own_verdict(data, alone, tmp_path):
    judges = [Judge(epoch_3="pause"), Judge(epoch_1="stop")]
    results, counts = run_members(make_job(data, tmp_path / "a", tmp_path / "b"), judges)

    assert [(result.trial, result.outcome, result.epochs) for result in results] == [
        (1, "stopped", 1),
        (0, "paused", 3),
    ]
    assert counts == [2, 1, 1]
    assert judges[0].curve == alone[0][0][:3]
    assert (files(tmp_path / "a"), files(tmp_path / "b")) == (["checkpoint.npz"], ["weights.npz"])


def test_a_member_that_diverges_leaves_the_others_as_they_are(data, alone, tmp_path):
    job = make_job(data, tmp_path / "a", tmp_path / "b")
    wild = job.members[0].with_plan(TrainingPlan(batch_size=16, optimizer=Sgd(learning_rate=1e38)))
    judges = [Judge(), Judge()]
    results, _ = run_members(job.with_members([wild, job.members[1]]), judges)

    assert [(result.trial, result.outcome) for result in results] == [(0, "diverged"), (1, "complete")]
    assert judges[1].curve == alone[0][1]


def test_members_killed_at_different_epochs_resume_exactly(data, alone, tmp_path):
    job = make_job(data, tmp_path / "a", tmp_path / "b")
    first = [Judge(epoch_1="pause"), Judge(epoch_3="pause")]
    run_members(job, first)
    rest = [Judge(), Judge()]
    results, counts = run_members(job, rest)

    assert [result.trial for result in results] == [1, 0]
    assert counts == [2, 1, 1]
    assert [before.curve + after.curve for before, after in zip(first, rest, strict=True)] == alone[0]


def test_members_go_through_the_folds_together(data, folded, tmp_path):
    job = make_job(data, tmp_path / "a", tmp_path / "b", **FOLDED)
    judges = [Judge(), stopping_at(0, 2, "stop")]
    results, counts = run_members(job, judges)

    assert [(result.trial, result.outcome) for result in results] == [(1, "stopped"), (0, "complete")]
    assert (places(judges[0]), counts) == (EVERY_PLACE, [2, 2, 1, 1, 1, 1])
    assert judges[0].curve == folded[0].curve
