from typing import get_args

import pytest
from pydantic import ValidationError

from cnnsearch.errors import DataError
from cnnsearch.training.augmentations import (
    AUGMENTATIONS,
    AnyAugmentation,
    Brightness,
    Flip,
    Hue,
    Mixup,
    Rotation,
    Saturation,
    Shift,
    TimeMask,
    check_augmentations,
)
from cnnsearch.training.plan import TrainingPlan


def test_the_table_has_every_kind_by_its_word():
    union, _ = get_args(AnyAugmentation)

    assert {kind().type: kind for kind in get_args(union)} == AUGMENTATIONS


@pytest.mark.parametrize("kind", AUGMENTATIONS.values())
def test_every_field_is_described(kind):
    assert all(field.description for field in kind.model_fields.values())


@pytest.mark.parametrize("kind", AUGMENTATIONS.values())
def test_a_plan_with_it_survives_json(kind):
    plan = TrainingPlan(augmentation=(kind(), Flip(mode="vertical")))

    assert TrainingPlan.model_validate_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"type": "shift", "factor": -0.1}, "factor"),
        ({"type": "crop", "factor": 1.0}, "factor"),
        ({"type": "rotation", "factor": 0.6}, "factor"),
        ({"type": "rotation", "fill_mode": "mirror"}, "fill_mode"),
        ({"type": "flip", "mode": "sideways"}, "mode"),
        ({"type": "gaussian_noise", "stddev": float("nan")}, "stddev"),
        ({"type": "mixup", "alpha": -1}, "alpha"),
        ({"type": "mixup", "factor": 0.1}, "factor"),
        ({"type": "blur"}, "blur"),
    ],
)
def test_values_out_of_bounds_are_refused(fields, place):
    with pytest.raises(ValidationError, match=place):
        TrainingPlan.model_validate({"augmentation": [fields]})


@pytest.mark.parametrize(
    ("kind", "shape", "message"),
    [
        (Rotation(), (96, 2), r"rotation serves pictures \(2 spatial dimensions\); the data have 1\."),
        (
            Brightness(),
            (96, 2),
            r"serves pictures or volumes \(2 or 3 spatial dimensions\); the data have 1\.",
        ),
        (TimeMask(), (8, 8, 1), r"time_mask serves signals \(1 spatial dimension\); the data have 2\."),
        (Saturation(), (8, 8, 1), r"saturation serves colours \(3 channels.*\); the data have 1 channel\."),
        (Hue(), (8, 8, 4), r"hue serves colours .*; the data have 4 channels\."),
    ],
)
def test_data_that_a_kind_cannot_serve_are_refused(kind, shape, message):
    with pytest.raises(DataError, match=message):
        check_augmentations((Shift(), kind), shape)


def test_data_that_all_kinds_serve_pass():
    check_augmentations((Shift(), Rotation(), Saturation(), Mixup()), (32, 32, 3))


def test_an_open_size_is_no_hindrance():
    check_augmentations((Flip(), Hue()), (None, None, 3))
