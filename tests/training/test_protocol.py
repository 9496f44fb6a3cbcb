import pytest
from pydantic import ValidationError

from cnnsearch.architecture import Architecture, Input
from cnnsearch.plan.training_plan import RMSprop, TrainingPlan
from cnnsearch.space import Candidate, Hypermodel, HypermodelCandidate
from cnnsearch.space.domains import Choice, Range
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.training.protocol import (
    EpochReport,
    EpochReports,
    Member,
    MemberResult,
    Ready,
    Shutdown,
    Suggest,
    Train,
    Verdict,
    Verdicts,
    decode_driver_message,
    decode_worker_message,
    encode,
)

ARCHITECTURE = Architecture(input=Input(shape=(8, 8, 1)), outputs=Classification.of(3).outputs)
CANDIDATE = Candidate(
    architecture=ARCHITECTURE, training=TrainingPlan(optimizer=RMSprop(rho=0.8)), params={"a": 1, "b": 0.5}
)
OTHER = HypermodelCandidate(
    hypermodel=Hypermodel(source="mine:build", folder="/there"),
    input=ARCHITECTURE.input,
    outputs=ARCHITECTURE.outputs,
    domains={"units": Range(1, 9), "rate": Range(0.0, 1.0), "kind": Choice(("a", "b"))},
    params={"units": 4, "rate": 1.0, "kind": "a"},
)
MEMBER = Member(trial=3, candidate=CANDIDATE, place="trials/0003", epochs=10, seed=7)
TRAIN = Train(
    members=[MEMBER, Member(trial=4, candidate=OTHER, place="trials/0004", epochs=10, seed=8)],
    data="ab12",
    precision="float32",
    metric="validation_accuracy",
    direction="maximize",
)
REPORT = EpochReport(trial=3, epoch=1, time=1.7e9, metrics={"loss": 0.1})
RESULT = MemberResult(
    trial=3,
    outcome="complete",
    epochs=2,
    best_epoch=1,
    metrics={"loss": 0.1},
    reason="two\nlines",
    seconds=1.5,
)


@pytest.mark.parametrize(
    "message",
    [
        TRAIN,
        Verdicts(verdicts=[Verdict(trial=3, decision="pause"), Verdict(trial=4, decision="stop")]),
        Shutdown(),
    ],
)
def test_driver_messages_survive_the_line(message):
    assert decode_driver_message(encode(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        Ready(backend="jax", versions={"keras": "3"}, devices=("cpu:0",)),
        Suggest(trial=3, name="units", domain=Range(1, 9, step=2)),
        EpochReports(reports=[REPORT, REPORT.model_copy(update={"trial": 4})]),
        RESULT,
    ],
)
def test_worker_messages_survive_the_line(message):
    assert decode_worker_message(encode(message)) == message


def test_a_message_is_one_line():
    assert encode(RESULT).count("\n") == 1


def test_metric_values_are_exact():
    report = EpochReport(trial=0, epoch=1, time=0.1, metrics={"loss": 0.1 + 0.2})
    (decoded,) = decode_worker_message(encode(EpochReports(reports=[report]))).reports

    assert decoded.metrics["loss"] == 0.1 + 0.2


def test_a_worker_cannot_send_driver_messages():
    with pytest.raises(ValidationError, match="shutdown"):
        decode_worker_message(encode(Shutdown()))


def test_unknown_fields_are_refused():
    with pytest.raises(ValidationError, match="verdikt"):
        decode_driver_message('{"type": "verdicts", "verdicts": [], "verdikt": 1}')


def test_a_member_has_the_network_and_the_plan_of_its_candidate():
    plan = TrainingPlan(batch_size=7)

    assert (MEMBER.architecture, MEMBER.plan) == (ARCHITECTURE, CANDIDATE.training)
    assert (MEMBER.with_plan(plan).architecture, MEMBER.with_plan(plan).plan) == (ARCHITECTURE, plan)


def test_a_job_has_at_least_one_member():
    with pytest.raises(ValidationError, match="at least 1 item"):
        Train(**TRAIN.model_dump() | {"members": []})
