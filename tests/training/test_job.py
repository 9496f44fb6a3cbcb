import keras
import numpy as np
import pytest

from cnnsearch.data import load_data, open_stored
from cnnsearch.models.build import build_model
from cnnsearch.plan.augmentation import PICTURE_FILE, Cutmix, GaussianNoise, Shift
from cnnsearch.plan.training_plan import Constant, EarlyStopping, OneCycle, Sgd, TrainingPlan
from cnnsearch.training.checkpoint import read_weights
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.job import USUAL_EPOCHS
from tests.training.jobs import ARCHITECTURE, Judge, files, make_job, run_alone, store_data
from tests.training.networks import make_split


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return store_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


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
