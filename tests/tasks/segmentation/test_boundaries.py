"""The boundary F1 against all pairs of positions, one by one."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.tasks.segmentation.boundaries import boundaries, f1_scores, mean_f1
from cnnsearch.tasks.segmentation.details import SegmentationDetails
from cnnsearch.tasks.segmentation.metrics import IGNORED, TOLERANCE
from cnnsearch.tasks.segmentation.report import SegmentationReport
from cnnsearch.tasks.segmentation.results import SegmentationResults

CLASSES = 3


def predicting(classes: np.ndarray) -> np.ndarray:
    """Probabilities of 1 for each position's class."""
    return np.eye(CLASSES, dtype=np.float32)[classes]


def score(classes: np.ndarray, y: np.ndarray) -> float:
    return mean_f1(boundaries(predicting(classes), y, CLASSES).sum(axis=0))


def edge(mask: np.ndarray, ignored: np.ndarray, label: int) -> list[tuple[int, ...]]:
    """The counted positions of a class beside a counted position of another one."""
    found = []
    for place in itertools.product(*map(range, mask.shape)):
        beside = [
            (*place[:axis], place[axis] + step, *place[axis + 1 :])
            for axis in range(mask.ndim)
            for step in (-1, 1)
            if 0 <= place[axis] + step < mask.shape[axis]
        ]
        is_edge = any(mask[other] != label and not ignored[other] for other in beside)
        if mask[place] == label and not ignored[place] and is_edge:
            found.append(place)
    return found


def by_hand(classes: np.ndarray, y: np.ndarray) -> float:
    tolerance = max(1.0, TOLERANCE * math.hypot(*y.shape[1:]))
    scores = []
    for label in range(CLASSES):
        counts = np.zeros(4)
        for predicted, true in zip(classes, y, strict=True):
            ends = edge(true, true == IGNORED, label), edge(predicted, true == IGNORED, label)
            for place, (here, there) in enumerate((ends, ends[::-1])):
                near = [p for p in here if any(math.dist(p, q) <= tolerance for q in there)]
                counts[2 * place : 2 * place + 2] += len(here), len(near)
        if counts[0] + counts[2] > 0:
            recall, precision = counts[1] / max(counts[0], 1), counts[3] / max(counts[2], 1)
            scores.append(2 * recall * precision / (recall + precision) if recall + precision else 0.0)
    return float(np.mean(scores)) if scores else 1.0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    size=st.lists(st.integers(1, 7), min_size=1, max_size=3),
    ignored=st.sampled_from((0.0, 0.1, 0.5, 1.0)),
    agreeing=st.floats(0.0, 1.0),
)
def test_the_score_is_that_of_all_pairs_of_positions(seed, size, ignored, agreeing):
    draws = np.random.default_rng(seed)
    y = draws.integers(CLASSES, size=(3, *size)).astype(np.uint8)
    classes = np.where(draws.random(y.shape) < agreeing, y, draws.integers(CLASSES, size=y.shape))
    y[draws.random(y.shape) < ignored] = IGNORED
    assert score(classes, y) == pytest.approx(by_hand(classes, y))


def ball(shape: tuple[int, ...], shift: int = 0) -> np.ndarray:
    """A ball in the middle of one example, shifted along the first dimension."""
    places = np.indices(shape).astype(float)
    middle = [size // 2 for size in shape]
    middle[0] += shift
    distances = np.sqrt(sum((axis - at) ** 2 for axis, at in zip(places, middle, strict=True)))
    return (distances < min(shape) / 4).astype(np.uint8)[None]


@pytest.mark.parametrize("shape", [(60,), (60, 50), (24, 20, 22)])
def test_a_perfect_prediction_has_1(shape):
    assert score(ball(shape), ball(shape)) == 1.0


@pytest.mark.parametrize("shape", [(60,), (60, 50), (24, 20, 22)])
def test_a_shift_within_the_tolerance_has_1_and_a_larger_one_less(shape):
    scores = [score(ball(shape, shift), ball(shape)) for shift in (1, 2, 4)]
    assert scores[0] == 1.0
    assert 1.0 > scores[1] > scores[2] or scores[1] == scores[2] == 0.0


def test_the_tolerance_grows_with_the_example():
    shape = (400, 300)  # diagonal 500: 3.75 positions
    scores = [score(ball(shape, shift), ball(shape)) for shift in (3, 4, 8)]
    assert scores[0] == 1.0 > scores[1] > scores[2]


def test_a_class_without_a_boundary_does_not_count():
    found = f1_scores(boundaries(predicting(ball((20, 20))), ball((20, 20)), CLASSES).sum(axis=0))
    np.testing.assert_array_equal(found, (1.0, 1.0, np.nan))


def test_a_boundary_that_is_missed_has_0():
    assert score(np.zeros((1, 20, 20), int), ball((20, 20))) == 0.0


def test_no_boundary_at_all_has_1():
    y = np.zeros((2, 5, 5), np.uint8)
    assert score(y, y) == 1.0


def test_the_borders_of_ignored_positions_are_no_boundaries():
    y = ball((20, 20))
    y[0, :, 10:] = IGNORED
    counts = boundaries(predicting(ball((20, 20))), y, CLASSES)[0, 1]
    y[0, :, 10:] = 0
    assert counts[0] == counts[2] < boundaries(predicting(y), y, CLASSES)[0, 1, 0]


def test_the_score_of_a_finished_network_has_an_interval_on_test():
    y = np.concatenate([ball((30, 30), shift) for shift in range(6)])
    classes = np.concatenate([ball((30, 30), shift) for shift in (0, 2, 2, 6, 4, 5)])
    results = SegmentationResults(("ground", "cell", "gap"))
    found = results.scores(predicting(classes), y, on_test=True)["boundary_f1"]
    low, high = found.interval
    assert low < found.value < high <= 1.0
    assert found.value == pytest.approx(score(classes, y))
    assert results.scores(predicting(classes), y, on_test=False)["boundary_f1"].interval is None
    details = results.details(predicting(classes), y, None)
    assert details.boundary_f1 == pytest.approx(found.value)
    assert details.per_class["gap"].boundary_f1 is None


def test_details_without_a_boundary_f1_are_read_and_shown():
    of_class = {"iou": 0.5, "dice": 0.6, "support": 10, "predicted": 12}  # as written before it was measured
    details = SegmentationDetails.model_validate({"task": "segmentation", "per_class": {"cell": of_class}})
    report = SegmentationReport(("cell",))
    assert details.boundary_f1 is None
    assert report.columns(details)["boundary F1"] == "–"
    assert [row.name for row in report.rows(details)] == ["IoU of cell"]
