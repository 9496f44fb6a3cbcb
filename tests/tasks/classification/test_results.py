"""The scores compared with values computed by hand, and with the formulas of the worker."""

import numpy as np
import pytest

from cnnsearch.tasks.classification.measures import balanced_accuracy, class_counts, macro_f1
from cnnsearch.tasks.classification.results import ClassificationResults, share_interval

RESULTS = ClassificationResults(("a", "b", "c"))
TRUTH = np.array([0, 0, 0, 1, 1, 2])
CHOSEN = np.array([0, 0, 1, 1, 0, 0])


def predictions(chosen=CHOSEN, classes=3, confidence=0.8):
    rest = (1 - confidence) / (classes - 1)
    found = np.full((len(chosen), classes), rest, np.float32)
    found[np.arange(len(chosen)), chosen] = confidence
    return found


def test_the_scores_are_the_hand_computed_ones():
    found = {name: score.value for name, score in RESULTS.scores(predictions(), TRUTH, on_test=False).items()}
    assert found == pytest.approx(
        {
            "accuracy": 3 / 6,
            "balanced_accuracy": (2 / 3 + 1 / 2 + 0) / 3,
            "macro_f1": (4 / 7 + 1 / 2 + 0) / 3,
            "loss": -(np.log(0.8) + np.log(0.1)) / 2,
        },
        rel=1e-6,
    )


def test_on_the_test_split_the_accuracy_alone_has_an_interval():
    found = RESULTS.scores(predictions(), TRUTH, on_test=True)
    assert found["accuracy"].interval == share_interval(3, 6)
    assert {name for name, score in found.items() if score.interval} == {"accuracy"}
    assert all(
        score.interval is None for score in RESULTS.scores(predictions(), TRUTH, on_test=False).values()
    )


@pytest.mark.parametrize(
    ("right", "examples", "low", "high"),
    [
        (0, 10, 0.0, 0.277533),  # z^2 / (n + z^2), with z = 1.959964
        (10, 10, 0.722467, 1.0),
        (5, 10, 0.236593, 0.763407),
        (333, 359, 0.895999, 0.950100),
    ],
)
def test_the_interval_is_wilson_s(right, examples, low, high):
    assert share_interval(right, examples) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_a_finished_network_is_scored_as_a_worker_scores(seed):
    draws = np.random.default_rng(seed)
    truth = draws.integers(0, 4, 60)  # of the six classes two never occur, one is never predicted
    chosen = np.where(draws.random(60) < 0.6, truth, draws.integers(0, 5, 60))
    counts = class_counts(truth, chosen, 6)
    found = ClassificationResults("abcdef").scores(predictions(chosen, 6), truth, on_test=False)
    assert found["balanced_accuracy"].value == pytest.approx(balanced_accuracy(counts))
    assert found["macro_f1"].value == pytest.approx(macro_f1(counts))


def test_the_figures_of_each_class_are_the_hand_computed_ones():
    found = RESULTS.details(predictions(), TRUTH, 1.0).per_class
    assert {label: (of.precision, of.recall, of.support) for label, of in found.items()} == {
        "a": (pytest.approx(2 / 4), pytest.approx(2 / 3), 3),
        "b": (pytest.approx(1 / 2), pytest.approx(1 / 2), 2),
        "c": (0.0, 0.0, 1),  # never predicted
    }


def test_a_class_without_examples_has_no_recall():
    found = RESULTS.details(predictions(), TRUTH.clip(0, 1), None).per_class["c"]
    assert (found.precision, found.recall, found.support) == (0.0, 0.0, 0)


def test_without_a_temperature_there_is_no_calibration():
    assert RESULTS.details(predictions(), TRUTH, None).calibration is None
    assert RESULTS.details(predictions(), TRUTH, 2.0).calibration.temperature == 2.0


def test_a_prediction_lists_the_likeliest_labels():
    found = RESULTS.decode(np.array([0.1, 0.7, 0.2]), 2)
    assert found == {"label": "b", "probability": 0.7, "label2": "c", "probability2": 0.2}
