import inspect

import keras
import pytest
from pydantic import ValidationError

from cnnsearch.plan.training_plan import Adam, AdamW, Cosine, EarlyStopping, RMSprop, Sgd, TrainingPlan

KERAS = {Adam: keras.optimizers.Adam, AdamW: keras.optimizers.AdamW, Sgd: keras.optimizers.SGD}
KERAS |= {RMSprop: keras.optimizers.RMSprop}


@pytest.mark.parametrize("optimizer", KERAS)
def test_optimizer_fields_and_defaults_are_those_of_keras(optimizer):
    theirs = inspect.signature(KERAS[optimizer]).parameters
    ours = optimizer().model_dump(exclude={"type"})

    assert ours == {name: theirs[name].default or 0.0 for name in ours}


def test_plan_survives_json():
    plan = TrainingPlan(
        optimizer=Sgd(momentum=0.9), schedule=Cosine(alpha=0.1), early_stopping=EarlyStopping()
    )

    assert TrainingPlan.model_validate_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"label_smoothing": 1.0}, "label_smoothing"),
        ({"optimizer": {"type": "sgd", "momentum": 1.0}}, "momentum"),
        ({"optimizer": {"type": "adam", "learning_rate": 0}}, "learning_rate"),
        ({"optimizer": {"type": "adam", "learning_rate": float("nan")}}, "learning_rate"),
        ({"optimizer": {"type": "adam", "momentum": 0.9}}, "momentum"),
        ({"schedule": {"type": "cosine", "warmup_epochs": -1}}, "warmup_epochs"),
        ({"early_stopping": {"patience": 0}}, "patience"),
    ],
)
def test_values_out_of_bounds_are_refused(fields, place):
    with pytest.raises(ValidationError, match=place):
        TrainingPlan.model_validate(fields)


@pytest.mark.parametrize("model", [*KERAS, Cosine, EarlyStopping, TrainingPlan])
def test_every_field_is_described(model):
    assert all(field.description for field in model.model_fields.values())
