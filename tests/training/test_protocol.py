import pytest
from pydantic import ValidationError

from cnnsearch.plan.training_plan import RMSprop, TrainingPlan
from cnnsearch.training.protocol import (
    EpochReport,
    JobResult,
    Ready,
    Shutdown,
    Train,
    Verdict,
    decode_driver_message,
    decode_worker_message,
    encode,
)

TRAIN = Train(
    trial=3,
    architecture={"input": {"shape": [8, 8, 1]}},
    plan=TrainingPlan(optimizer=RMSprop(rho=0.8)),
    data="data",
    directory="trials/0003",
    epochs=10,
    seed=7,
    precision="float32",
    metric="validation_accuracy",
    direction="maximize",
)
REPORT = EpochReport(trial=3, epoch=1, time=1.7e9, metrics={"loss": 0.1})
RESULT = JobResult(
    trial=3,
    outcome="complete",
    epochs=2,
    best_epoch=1,
    metrics={"loss": 0.1},
    reason="two\nlines",
    seconds=1.5,
)


@pytest.mark.parametrize("message", [TRAIN, Verdict(trial=3, decision="pause"), Shutdown()])
def test_driver_messages_survive_the_line(message):
    assert decode_driver_message(encode(message)) == message


@pytest.mark.parametrize(
    "message", [Ready(backend="jax", versions={"keras": "3"}, devices=("cpu:0",)), REPORT, RESULT]
)
def test_worker_messages_survive_the_line(message):
    assert decode_worker_message(encode(message)) == message


def test_a_message_is_one_line():
    assert encode(RESULT).count("\n") == 1


def test_figures_survive_to_the_last_bit():
    report = EpochReport(trial=0, epoch=1, time=0.1, metrics={"loss": 0.1 + 0.2})

    assert decode_worker_message(encode(report)).metrics["loss"] == 0.1 + 0.2


def test_a_worker_says_nothing_that_only_drivers_say():
    with pytest.raises(ValidationError, match="shutdown"):
        decode_worker_message(encode(Shutdown()))


def test_unknown_fields_are_refused():
    with pytest.raises(ValidationError, match="verdikt"):
        decode_driver_message('{"type": "verdict", "trial": 1, "decision": "stop", "verdikt": 1}')
