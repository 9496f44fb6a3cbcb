import numpy as np
import pytest

from cnnsearch.bundle.evidence import EVIDENCE, read_evidence
from cnnsearch.data import Split
from cnnsearch.finish.evidence import MOST_BEST, MOST_WORST, evidence
from cnnsearch.tasks.classification.results import ClassificationResults
from cnnsearch.tasks.segmentation.results import SegmentationResults

CLASSES = 3
RESULTS = ClassificationResults(("a", "b", "c"))


def kept_of(predictions, test):
    return evidence(predictions, test, RESULTS)


@pytest.fixture(scope="module")
def predicted():
    draws = np.random.default_rng(0)
    truth = draws.integers(CLASSES, size=100)
    probabilities = draws.dirichlet(np.ones(CLASSES), size=100)
    return probabilities, Split(draws.integers(256, size=(100, 2, 2, 1), dtype=np.uint8), truth)


def test_it_keeps_all_predictions_and_the_truth(predicted):
    probabilities, test = predicted
    kept = kept_of(*predicted)
    assert kept["predictions"].dtype == np.float32 and kept["predictions"] == pytest.approx(probabilities)
    assert (kept["truth"] == test.y).all()


def test_the_worst_are_wrong_and_the_most_confident_first(predicted):
    kept = kept_of(*predicted)
    confidence = kept["worst_predictions"].max(axis=1)
    assert len(confidence) == MOST_WORST and (np.diff(confidence) <= 0).all()
    assert (kept["worst_predictions"].argmax(axis=1) != kept["worst_truth"]).all()


def test_the_worst_can_be_found_in_the_test_split(predicted):
    _, test = predicted
    kept = kept_of(*predicted)
    assert (test.x[kept["worst_index"]] == kept["worst_x"]).all()
    assert (test.y[kept["worst_index"]] == kept["worst_truth"]).all()


def test_where_nothing_is_wrong_there_are_none():
    test = Split(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
    assert kept_of(np.eye(2), test)["worst_x"].shape == (0, 4, 4, 1)


def test_the_best_are_kept_for_tasks_that_draw_predictions(tmp_path):
    draws = np.random.default_rng(0)
    masks = draws.integers(2, size=(30, 6, 6)).astype(np.uint8)
    noise = draws.uniform(size=(30, 6, 6)) < np.linspace(0, 0.5, 30)[:, None, None]  # each more than the last
    predictions = np.eye(2)[masks ^ noise]
    test = Split(draws.integers(256, size=(30, 6, 6, 1), dtype=np.uint8), masks)
    kept = evidence(predictions, test, SegmentationResults(("a", "b")), has_best=True)
    assert len(kept["best_index"]) == MOST_BEST and kept["best_index"][0] == 0
    assert (kept["best_truth"] == masks[kept["best_index"]]).all()
    np.savez(tmp_path / EVIDENCE, **kept)
    assert (read_evidence(tmp_path).best_x == kept["best_x"]).all()


def test_a_bundle_without_the_best_is_read(tmp_path, predicted):
    np.savez(tmp_path / EVIDENCE, **kept_of(*predicted))
    assert read_evidence(tmp_path).best_x is None
