import numpy as np
import pytest

from cnnsearch.tasks.tagging.metrics import METRICS
from cnnsearch.tasks.tagging.training import TaggingTraining, tag_accuracy

Y = np.array([[1, 0, 1], [0, 0, 1]], np.uint8)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_tags_are_counted_right_however_far_targets_are_smoothed(smoothing):
    predicted = np.array([[0.9, 0.2, 0.4], [0.1, 0.3, 0.8]], np.float32)
    targets = TaggingTraining(smoothing).training_targets(Y)
    np.testing.assert_allclose(tag_accuracy(targets, predicted), [2 / 3, 1.0], rtol=1e-6)


def test_smoothed_targets_are_drawn_towards_a_half():
    training = TaggingTraining(0.2)
    np.testing.assert_allclose(training.training_targets(Y)[0], [0.9, 0.1, 0.9], rtol=1e-6)


def test_validation_gives_every_metric_of_the_task():
    training = TaggingTraining(0.0)
    found = training.values(training.measured(np.array([[0.95, 0.3, 0.7], [0.1, 0.3, 0.9]]), Y))
    assert set(found) == set(METRICS) and found["exact_match"] == 1.0
