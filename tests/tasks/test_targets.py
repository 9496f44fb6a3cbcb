"""Boxes, keypoints and maps under motions whose result is known."""

from dataclasses import dataclass

import numpy as np
import pytest

from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints import task as keypoints
from cnnsearch.tasks.regression.task import Regression
from cnnsearch.tasks.segmentation.task import Segmentation
from cnnsearch.tasks.tagging.task import Tagging
from cnnsearch.tasks.targets import UNUSED_BOX, Boxes, Keypoints, Maps, Vectors

SIZES = (20, 30)


@dataclass(frozen=True)
class Moved:
    """A motion of all examples: coordinates are multiplied by a factor, and a shift is added."""

    x: float = 0.0
    y: float = 0.0
    factor: float = 1.0
    is_mirrored: bool | None = None
    sizes: tuple[int, ...] = SIZES

    @property
    def mirrored(self):
        return None if self.is_mirrored is None else np.array([self.is_mirrored])

    def points(self, places):
        return [place * self.factor + step for place, step in zip(places, (self.y, self.x), strict=True)]

    def maps(self, values):
        moved = np.zeros_like(values)
        moved[:, :, int(self.x) :] = values[:, :, : values.shape[2] - int(self.x)]
        return moved


def moved_boxes(boxes, *motions):
    return Boxes().moved(np.array([boxes], np.float32), motions)[0].tolist()


def moved_keypoints(points, *motions, swaps=()):
    return Keypoints(swaps).moved(np.array([[points]], np.float32), motions)[0, 0].tolist()


def test_each_box_of_an_example_moves_and_keeps_its_class():
    found = moved_boxes([(1, 2, 5, 6, 3), UNUSED_BOX, (10, 3, 12, 8, 0)], Moved(x=4, y=1))
    assert found == [[5, 3, 9, 7, 3], list(UNUSED_BOX), [14, 4, 16, 9, 0]]


@pytest.mark.parametrize(
    ("motion", "expected"),
    [
        (Moved(x=-7), (0, 4, 1, 8, 2)),
        (Moved(x=-7.01), UNUSED_BOX),  # the side that remains is shorter than a pixel
        (Moved(y=-7), (4, 0, 8, 1, 2)),
        (Moved(x=25), (29, 4, 30, 8, 2)),
        (Moved(y=15), (4, 19, 8, 20, 2)),
        (Moved(x=-6, y=-6), (0, 0, 2, 2, 2)),
        (Moved(x=-6, y=-6.1), UNUSED_BOX),  # less than a quarter of the area remains
        (Moved(x=-50), UNUSED_BOX),
        (Moved(factor=0.25), (1, 1, 2, 2, 2)),
        (Moved(factor=0.2), UNUSED_BOX),
    ],
)
def test_a_box_is_clipped_or_left_out(motion, expected):
    np.testing.assert_allclose(moved_boxes([(4, 4, 8, 8, 2)], motion), [expected], atol=1e-5)


def test_the_share_of_a_box_is_that_after_all_motions():
    half_out = Moved(x=-8)
    assert moved_boxes([(4, 4, 12, 12, 0)], half_out) == [[0, 4, 4, 12, 0]]
    back = Moved(x=8)
    assert moved_boxes([(4, 4, 12, 12, 0)], half_out, back) == [[8, 4, 12, 12, 0]]
    left = Moved(x=-10.5)
    assert moved_boxes([(4, 4, 12, 12, 0)], half_out, back, left) == [list(UNUSED_BOX)]


@pytest.mark.parametrize(("x", "y"), [(-9.6, 0), (21, 0), (0, -5.6), (0, 15)])
def test_a_keypoint_that_leaves_is_not_labelled_even_if_it_comes_back(x, y):
    points = [(9.5, 5.5, 2), (15, 10, 1), (0, 0, 0)]
    found = moved_keypoints(points, Moved(x, y), Moved(-x, -y))
    assert found[0] == [0, 0, 0] and found[2] == [0, 0, 0]
    assert moved_keypoints(points, Moved(x=2, y=3)) == [[11.5, 8.5, 2], [17, 13, 1], [0, 0, 0]]


def test_a_keypoint_on_the_far_edge_belongs_to_the_last_pixel():
    ((x, y, visibility),) = moved_keypoints([(0, 0, 2)], Moved(x=30, y=20))
    assert visibility == 2
    assert 29.99 < x < 30 and 19.99 < y < 20


@pytest.mark.parametrize(
    ("mirrored", "order"),
    [((None,), (0, 1, 2)), ((False,), (0, 1, 2)), ((True,), (2, 1, 0)), ((True, None, True), (0, 1, 2))],
)
def test_an_odd_number_of_mirrorings_exchanges_pairs(mirrored, order):
    points = [[1, 2, 2], [3, 4, 1], [0, 0, 0]]
    motions = [Moved(is_mirrored=each) for each in mirrored]
    assert moved_keypoints(points, *motions, swaps=((0, 2),)) == [points[index] for index in order]
    assert moved_keypoints(points, *motions) == points


def test_values_outside_are_those_of_the_form():
    y = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(1, 3, 4, 2)
    found = Maps(outside=(255, 0)).moved(y, [Moved(x=1)])
    np.testing.assert_array_equal(found[:, :, 1:], y[:, :, :-1])
    assert (found[:, :, 0] == (255, 0)).all() and found.dtype == np.uint8
    one = Maps().moved(y[..., 0], [Moved(x=1)])
    np.testing.assert_array_equal(one, Maps(outside=(255,)).moved(y, [Moved(x=1)])[..., 0])


@pytest.mark.parametrize(
    ("task", "form"),
    [
        (Classification.of(2), Vectors()),
        (Tagging(labels=("a", "b")), Vectors()),
        (Regression.of(1), Vectors()),
        (Segmentation.of(2), Maps(outside=(255,))),
        (Instances(labels=("background", "cell")), Maps(outside=(255, 0))),
        (Detection(labels=("car",)), Boxes()),
        (keypoints.Keypoints(labels=("nose", "left eye", "right eye")), Keypoints(swaps=((1, 2),))),
    ],
)
def test_a_task_names_the_form_of_its_targets(task, form):
    assert task.target_form == form


def test_only_vectors_can_be_mixed():
    assert Vectors().can_be_mixed
    assert not any(form.can_be_mixed for form in (Maps(), Boxes(), Keypoints()))
