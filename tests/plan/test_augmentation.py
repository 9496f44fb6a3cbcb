from typing import get_args

import pytest
from pydantic import ValidationError

from cnnsearch.plan.augmentation import (
    AUGMENTATIONS,
    AnyAugmentation,
    Flip,
)
from cnnsearch.plan.training_plan import TrainingPlan


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
