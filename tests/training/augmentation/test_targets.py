"""Targets move with their examples: painted targets are found where the targets say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.plan.augmentation import AUGMENTATIONS, Brightness, Crop, Cutout, Flip, Rotation, Shift, Zoom
from cnnsearch.tasks.targets import LEAST_SHARE, Boxes, Keypoints, Maps
from cnnsearch.training.augmentation.augmenter import Augmenter
from tests.training.augmentation.painted import (
    SIZES,
    found_box,
    found_point,
    painted_boxes,
    painted_keypoints,
    random_boxes,
    random_pixels,
)
from tests.training.augmenting import draws_of
from tests.training.on_jax import run_on_jax

ALONG_AXES = {
    "flip": (Flip(mode="horizontal_and_vertical"),),
    "shift": (Shift(factor=0.3, fill_mode="constant"),),
    "crop": (Crop(factor=0.5),),
    "zoom": (Zoom(factor=0.4, fill_mode="constant"),),
    "several": (Flip(), Shift(factor=0.2, fill_mode="constant"), Crop(), Flip(mode="vertical")),
}
SEVERAL = (
    Shift(factor=0.2, fill_mode="constant"),
    Flip(),
    Rotation(factor=0.05, fill_mode="constant"),
    Crop(),
)
"""No one after the rotation moves the edge of an example inside, where a part of what left it can be seen."""
UNUSED = [0, 0, 0, 0, -1]


def augmented(kinds, x, targets, form, seed=0):
    return Augmenter(kinds, seed, (0.0, 1.0), form)(x, targets, 0, 0)


def turned(x, targets, form, turns):
    """Return pictures and targets rotated by a share of a full turn."""
    angles = np.full(len(x), turns * 2 * math.pi, np.float32)
    kind = Rotation(factor=0.5, fill_mode="constant")
    return Augmenter((kind,), 0, (0.0, 1.0), form).apply(x, targets, [(np.cos(angles), np.sin(angles))])


def assert_boxes_are_painted(pictures, boxes, tolerance=1.0):
    """Compare the first box of each example with its picture; return the number of compared boxes."""
    compared = 0
    for picture, (box, *_) in zip(pictures, boxes, strict=True):
        if box[4] >= 0:
            np.testing.assert_allclose(box[:4], found_box(picture), atol=tolerance)
            compared += 1
        else:
            assert box.tolist() == UNUSED
    return compared


def assert_keypoints_are_painted(pictures, keypoints):
    """Compare the keypoints of each example's first instance with its channels."""
    height, width = pictures.shape[1:3]
    for picture, (points, *_) in zip(pictures, keypoints, strict=True):
        for values, (x, y, visibility) in zip(np.moveaxis(picture, -1, 0), points, strict=True):
            place = (x, y) if visibility else found_point(values)
            is_near_the_edge = place is None or min(*place, width - place[0], height - place[1]) <= 1
            if visibility and not is_near_the_edge:
                np.testing.assert_allclose((x, y), found_point(values), atol=1)
            elif not visibility:
                assert (x, y) == (0, 0) and is_near_the_edge  # or outside
            assert visibility in (0, 2) and 0 <= x < width and 0 <= y < height


@pytest.mark.parametrize("kinds", ALONG_AXES.values(), ids=ALONG_AXES)
@given(seed=st.integers(0, 1000))
def test_a_box_encloses_what_is_painted(kinds, seed):
    x, y = painted_boxes(random_boxes(16, draws_of(seed)))
    pictures, boxes = augmented(kinds, x, y, Boxes(), seed)
    assert (boxes.shape, boxes.dtype) == (y.shape, y.dtype)
    assert_boxes_are_painted(pictures, boxes)


@pytest.mark.parametrize("sizes", (SIZES, (56, 40), (48, 48), (41, 56)))
@given(seed=st.integers(0, 1000), turns=st.floats(-0.06, 0.06))
def test_a_box_encloses_what_is_painted_and_rotated(sizes, turns, seed):
    x, y = painted_boxes(random_boxes(8, draws_of(seed), sizes, margin=10), sizes)
    pictures, boxes = turned(x, y, Boxes(), turns)
    assert assert_boxes_are_painted(pictures, boxes) == 8


@pytest.mark.parametrize("sizes", (SIZES, (56, 40), (48, 48), (41, 56)))
@pytest.mark.parametrize("quarters", (1, 2, 3))
def test_a_box_is_exact_after_quarter_turns(sizes, quarters):
    x, y = painted_boxes(random_boxes(32, draws_of(), sizes), sizes)
    pictures, boxes = turned(x, y, Boxes(), quarters / 4)
    half = 0.5 if sum(sizes) % 2 and quarters % 2 else 0  # pixels lie between pixels
    assert assert_boxes_are_painted(pictures, boxes, tolerance=half + 0.01) > 16


@pytest.mark.parametrize("kinds", [*ALONG_AXES.values(), SEVERAL], ids=[*ALONG_AXES, "rotation"])
@given(seed=st.integers(0, 1000))
def test_keypoints_are_where_they_are_painted(kinds, seed):
    x, y = painted_keypoints(random_pixels(16, 3, draws_of(seed)))
    pictures, keypoints = augmented(kinds, x, y, Keypoints(), seed)
    assert (keypoints.shape, keypoints.dtype) == (y.shape, y.dtype)
    assert_keypoints_are_painted(pictures, keypoints)


@pytest.mark.parametrize("sizes", (SIZES, (56, 40), (41, 56)))
@pytest.mark.parametrize("turns", (-0.25, 0.02, 0.1, 0.25, 0.5))
def test_keypoints_are_where_they_are_painted_and_rotated(sizes, turns):
    x, y = painted_keypoints(random_pixels(32, 3, draws_of(), sizes), sizes)
    assert_keypoints_are_painted(*turned(x, y, Keypoints(), turns))


@pytest.mark.parametrize(
    "kind",
    (
        Crop(factor=0.5),
        Shift(factor=0.3, fill_mode="nearest"),
        Flip(mode="horizontal_and_vertical"),
        Rotation(factor=0.5, fill_mode="nearest"),
        Zoom(factor=0.4, fill_mode="nearest"),
    ),
)
def test_a_point_moves_to_the_position_that_shows_it(kind):
    rows, columns = (np.arange(size, dtype=np.float32) + 0.5 for size in SIZES)
    centres = np.stack(np.meshgrid(columns, rows), axis=-1)  # of the positions, as values of a picture
    x = np.repeat(centres[None], 16, axis=0)
    augmenter = Augmenter((kind,), 0, (0.0, 1.0), Keypoints())
    drawn = augmenter.draw(x.shape, 0, 0)
    shown, _ = augmenter.apply(x, np.zeros((16, 1, 1, 3), np.float32), drawn)
    visible = np.concatenate([shown, np.full((*shown.shape[:-1], 1), 2, np.float32)], axis=-1)
    _, moved = augmenter.apply(x, visible, drawn)
    is_inside = ((shown > 0.51) & (shown < np.array(SIZES[::-1]) - 0.51)).all(axis=-1)
    assert is_inside.mean() > 0.5
    np.testing.assert_allclose(moved[is_inside][:, :2], x[is_inside], atol=1e-3)


def test_pairs_exchange_places_in_mirrored_pictures_only():
    pixels = random_pixels(32, 3, draws_of())
    x, y = painted_keypoints(pixels)
    flips = (Flip(mode="horizontal_and_vertical"), Flip())
    _, plain = augmented(flips, x, y, Keypoints())
    _, swapped = augmented(flips, x, y, Keypoints(swaps=((0, 2),)))
    turned = (plain[:, 0, 0, :2] != y[:, 0, 0, :2]).sum(axis=-1)  # along both axes it is a rotation
    is_mirrored = turned == 1
    assert 0 < is_mirrored.sum() < 32
    np.testing.assert_array_equal(swapped[is_mirrored], plain[is_mirrored][:, :, [2, 1, 0]])
    np.testing.assert_array_equal(swapped[~is_mirrored], plain[~is_mirrored])


def test_a_box_stays_while_a_quarter_of_its_area_is_inside():
    x, y = painted_boxes(np.array([[0, 10, 16, 30]] * 256))
    pictures, boxes = augmented((Shift(factor=0.5, fill_mode="constant"),), x, y, Boxes())
    shares = pictures.sum(axis=(1, 2, 3)) / (16 * 20)
    assert 0 < (shares < LEAST_SHARE).sum() < 256
    np.testing.assert_array_equal(boxes[:, 0, 4] >= 0, shares >= LEAST_SHARE)


def test_what_was_cut_off_does_not_come_back():
    x, y = painted_boxes(np.array([[0, 10, 16, 30]] * 64))
    steps = np.array([[0, -10]] * 64, np.float32)
    shift = Shift(fill_mode="constant")
    pictures, boxes = Augmenter((shift, shift), 0, (0.0, 1.0), Boxes()).apply(x, y, [(steps,), (-steps,)])
    assert boxes[0, 0].tolist() == [10, 10, 16, 30, 0]
    assert assert_boxes_are_painted(pictures, boxes) == 64


@pytest.mark.parametrize("kinds", [(Cutout(),), (Brightness(),), ()])
@pytest.mark.parametrize("form", (Boxes(), Keypoints(), Maps()))
def test_targets_stay_where_values_do(kinds, form):
    x, y = painted_boxes(random_boxes(4, draws_of()))
    assert augmented(kinds, x, y, form)[1] is y


@pytest.mark.parametrize("kind", [kind for word, kind in AUGMENTATIONS.items() if word in ALONG_AXES])
def test_both_values_of_a_position_move_together(kind):
    instances = draws_of().integers(1, 9, (16, *SIZES)).astype(np.uint8)
    y = np.stack([instances % 5, instances], axis=-1)
    form = Maps(outside=(255, 0))
    _, found = augmented((kind(),), instances[..., None].astype(np.float32), y, form)
    assert (found.shape, found.dtype) == (y.shape, y.dtype) and (found != y).any()
    np.testing.assert_array_equal(found[..., 0], found[..., 1] % 5)


def test_each_value_has_its_own_outside():
    y = np.full((16, *SIZES, 2), 7, np.uint8)
    x = np.ones((16, *SIZES, 1), np.float32)
    kind = Shift(factor=0.5, fill_mode="constant")
    pictures, found = augmented((kind,), x, y, Maps(outside=(255, 0)))
    is_outside = pictures[..., 0] == 0
    assert is_outside.any() and (found[is_outside] == (255, 0)).all() and (found[~is_outside] == 7).all()


@pytest.fixture(scope="module")
def on_jax():
    return run_on_jax("augmentation/moving_scenario.py")


@pytest.mark.parametrize("form", ("boxes", "keypoints", "maps"))
@pytest.mark.parametrize("kind", ("crop", "shift", "flip", "rotation", "zoom", "all"))
def test_a_compiled_program_moves_targets_as_numpy_does(on_jax, form, kind):
    largest, share = on_jax["differences"][form][kind]
    assert largest < 1e-3 or (form == "maps" and share < 1e-3)  # positions halfway between two others


def test_masks_move_alike_in_both_engines(on_jax):
    assert on_jax["losses"]["compiled"] == pytest.approx(on_jax["losses"]["fit"], rel=1e-3)
