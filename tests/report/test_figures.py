import random

import numpy as np
import pytest
from PIL import Image

from cnnsearch.page.charts import Axis, Chart, Figure, Marks, thinned
from cnnsearch.report import parameters, progress
from cnnsearch.report.findings import gather_findings
from cnnsearch.report.importance import importances
from cnnsearch.report.pngs import write_png
from cnnsearch.space import load_space
from cnnsearch.study.records import EpochRecord, Result, Rung, Trial, TrialState
from cnnsearch.training.fidelity import Fidelity
from tests.studies import STARTED, add_trial, every_state, make_study


def add_made_up(study, count, value_of, planned=None):
    """Complete trials at random points of `plain`, each with a value of its sampled values.

    `planned` gives what a planned search has a trial with: its fidelity and rung.
    """
    records, space = study.records(), load_space("plain")
    for number in range(count):
        candidate = space.sample_random(number, input_shape=(8, 8, 1), num_classes=10)
        started = STARTED + 10 * number
        sized = planned(number) if planned else {}
        records.begin(Trial(number=number, seed=number, candidate=candidate, started=started, **sized))
        metrics = {"validation_accuracy": value_of(candidate.params), "validation_loss": 0.5}
        records.add_epoch(number, EpochRecord(epoch=1, time=started + 1, metrics=metrics))
        value = metrics["validation_accuracy"]
        ended = {"ended": started + 5, "value": value, "best_epoch": 1, "metrics": metrics}
        records.end(number, Result(state=TrialState.COMPLETE, **ended))
    return study


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return gather_findings(every_state(make_study(tmp_path_factory.mktemp("runs") / "some")))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """60 trials whose value depends on their batch size, and slightly on chance."""
    rng = random.Random(0)
    study = make_study(tmp_path_factory.mktemp("runs") / "many")
    value = lambda params: 0.9 - 0.002 * params["batch_size"] + 0.01 * rng.random()  # noqa: E731
    return gather_findings(add_made_up(study, 60, value))


def test_the_best_so_far_counts_trials_trained_to_their_end(findings):
    values = progress.best_so_far(findings.trained, "maximize")
    complete = [r.value for r in findings.trained if r.state == TrialState.COMPLETE]
    assert values == [complete[0], complete[0], max(complete)]


def test_the_history_distinguishes_pruned_trials(findings):
    names = {mark.name: len(mark.x) for mark in progress.history(findings).charts[1].marks}
    assert names == {"pruned": 1, "trained to the end": 2, "best so far": 2}


def test_a_pruned_trial_s_curve_ends_in_a_point(findings):
    marks = progress.learning_curves(findings).charts[0].marks
    assert [list(mark.x) for mark in marks if mark.name == "pruned here"] == [[1]]


def test_of_many_curves_the_best_are_drawn(tmp_path):
    study = make_study(tmp_path / "some")
    records = add_trial(study, 0)
    for number in range(1, 200):
        records = add_trial(study, number, epochs=1) if number % 40 == 0 else records
    found = gather_findings(study)
    assert len(found.records) == 5 and progress.learning_curves(found).charts[0].marks


def test_what_mattered_is_found(many):
    shares = importances(many)
    assert next(iter(shares)) == "batch_size"
    assert sum(shares.values()) == pytest.approx(1)


def at_a_rung(number):
    """Two trials in three at the lowest rung, the others at the last."""
    is_last = number % 3 == 0
    fidelity = Fidelity(
        rounds=1, round_examples=9_000 if is_last else 1_000, subset=900, validation=9, checked=9
    )
    return {"fidelity": fidelity, "rung": Rung(number=int(is_last), is_last=is_last, origin=number)}


def test_in_a_planned_search_what_mattered_is_read_from_trials_of_equal_length(tmp_path):
    def value(params):  # at the last rung the batch size says nothing
        return 0.9 - 0.002 * params["batch_size"]

    study = make_study(tmp_path / "some", epochs=None, timeout=600)
    shares = importances(gather_findings(add_made_up(study, 60, value, at_a_rung)))
    assert next(iter(shares)) == "batch_size"


def test_the_curves_of_a_planned_search_are_drawn_against_the_examples_seen(tmp_path):
    study = add_made_up(make_study(tmp_path / "some", epochs=None, timeout=600), 4, lambda p: 0.5, at_a_rung)
    chart = progress.learning_curves(gather_findings(study)).charts[0]
    assert chart.x.title == "examples seen"
    assert {x for mark in chart.marks for x in mark.x if x is not None} == {1_000, 9_000}


def test_too_few_trials_have_no_importances(findings):
    assert importances(findings) == {}


def test_trials_that_all_reached_the_same_tell_nothing(tmp_path):
    study = add_made_up(make_study(tmp_path / "some"), 8, lambda params: 0.5)
    assert importances(gather_findings(study)) == {}


def test_training_parameters_are_distinguished_from_the_network_s(many):
    marks = parameters.importance_figure(many, {"batch_size": 0.7, "activation": 0.3}).charts[0].marks
    assert {mark.name: list(mark.y) for mark in marks} == {
        "training": ["batch_size"], "architecture": ["activation"],
    }  # fmt: skip


def test_parallel_coordinates_have_the_parameters_that_all_trials_have(many):
    chart = parameters.parallel(many, importances(many)).charts[0]
    axes = [axis.title for axis in chart.parallel.axes]
    assert axes[0] == "batch_size" and axes[-1] == "validation accuracy"
    assert {len(values) for values in chart.parallel.values} == {60}


def test_slices_begin_with_what_mattered_most(many):
    charts = parameters.slices(many, importances(many)).charts
    assert charts[0].title == "batch_size" and charts[0].x.categories == ("32", "64", "128")


def test_long_names_keep_their_ends():
    assert parameters.shortened("stages.1.blocks.convolutions.kernel_size").endswith("kernel_size")


@pytest.mark.parametrize(("count", "most"), [(5, 10), (100, 10), (101, 100), (3, 1)])
def test_thinning_keeps_the_given_positions(count, most):
    chosen = thinned(count, most, kept=[1])
    assert len(chosen) <= max(most, 2) + 1 and (1 in chosen) and max(chosen) < count


def test_a_figure_becomes_a_picture(tmp_path):
    lines = (
        Marks("line", [1, 2, None, 3], [0.1, None, 0.2, 0.3], "$x$"),
        Marks("steps", [1, 2], [0.2, 0.3], "b"),
    )
    points = Marks("points", ["a", "b"], [1e3, 1e6], texts=["", ""])
    charts = Chart("one", marks=lines), Chart("two", Axis(categories=("a", "b")), Axis(log=True), (points,))
    path = write_png(Figure("some", charts), tmp_path)
    pixels = np.asarray(Image.open(path).convert("L"))
    assert path.name == "some.png" and pixels.min() < 100 and pixels.max() == 255


def test_the_same_figure_becomes_the_same_picture(tmp_path):
    figure = Figure("some", (Chart(marks=(Marks("points", [1], [2]),)),))
    assert write_png(figure, tmp_path).read_bytes() == write_png(figure, tmp_path).read_bytes()
