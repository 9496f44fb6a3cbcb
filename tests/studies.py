"""Studies made by writing records, as a driver would leave them behind."""

from functools import cache
from pathlib import Path

from cnnsearch.architecture import analyze
from cnnsearch.data import Dataset, load_data
from cnnsearch.files import write_text
from cnnsearch.space import load_space
from cnnsearch.study.folder import Study
from cnnsearch.study.records import EpochRecord, Records, Result, Trial, TrialState
from cnnsearch.study.settings import checked_settings, save_settings
from cnnsearch.study.storage import write_json

STARTED = 1_700_000_000.0
EPOCHS = 3
FIRST_DRAW = 3
"""Which random point trial 0 is; trial 1, which some tests train for real, is then a network that learns."""


@cache
def digits() -> Dataset:
    return load_data("digits")


def make_study(path: Path, **settings) -> Study:
    """A study of `plain` on digits without trials; no finalist would be trained again."""
    path.mkdir(parents=True)
    chosen = {"space": "plain", "data": "digits", "epochs": EPOCHS, "finalists": 0, **settings}
    save_settings(checked_settings(chosen), path / "study.yaml")
    write_text(path / "space.yaml", load_space("plain").path.read_text())
    stored = digits().store(path.parent / ".data")
    summary = digits().summary.model_dump(mode="json")
    write_json(path / "data.json", {"folder": stored.name, "summary": summary})
    return Study(path.resolve())


def begin(
    records: Records, number: int, *, started: float = STARTED, baseline: str = "", allowed: bool = True
) -> Trial:
    """Begins a trial: a random point of `plain` that digits allow, the same for the same number; or records
    one that a limit does not allow to begin."""
    candidate = load_space("plain").sample_random(
        FIRST_DRAW + number, input_shape=(8, 8, 1), baseline="small", num_classes=10
    )
    counts = analyze(candidate.architecture).counts if allowed else {}
    trial = Trial(
        number=number,
        seed=number,
        candidate=candidate,
        counts=counts,
        started=started + 100 * number,
        baseline=baseline,
    )
    records.begin(trial)
    return trial


def add_epoch(records: Records, number: int, epoch: int) -> None:
    """Adds an epoch whose validation accuracy rises with the trial's and the epoch's number."""
    accuracy = 0.5 + 0.1 * number / (number + 1) + 0.01 * epoch
    metrics = {
        "loss": 1 - accuracy,
        "accuracy": accuracy,
        "validation_loss": 1 - accuracy,
        "validation_accuracy": accuracy,
        "learning_rate": 0.01,
    }
    time = records[number].trial.started + epoch
    records.add_epoch(number, EpochRecord(epoch=epoch, time=time, metrics=metrics))


def end(records: Records, number: int, state: TrialState, reason: str = "") -> None:
    """Ends a trial as its curve stands."""
    record = records[number]
    trained = record.curve and state in (TrialState.COMPLETE, TrialState.PRUNED)
    metrics = record.curve[-1].metrics if trained else {}
    result = Result(
        state=state,
        ended=record.trial.started + 50,
        value=metrics.get("validation_accuracy"),
        best_epoch=len(record.curve) if trained else 0,
        metrics=metrics,
        reason=reason,
        violation=0.7 if state == TrialState.INFEASIBLE else 0.0,
    )
    records.end(number, result)


def add_trial(
    study: Study, number: int, state: TrialState = TrialState.COMPLETE, *, epochs: int = EPOCHS, **trial
) -> Records:
    """Adds a whole trial, or one that is running."""
    records = study.records()
    begin(records, number, **trial)
    for epoch in range(1, epochs + 1):
        add_epoch(records, number, epoch)
    if state != TrialState.RUNNING:
        end(records, number, state, "" if state == TrialState.COMPLETE else f"why it is {state.value}")
    return records


def every_state(study: Study) -> Study:
    """One trial in each state: 0 complete, 1 pruned, 2 infeasible, 3 failed, 4 complete, 5 running."""
    add_trial(study, 0, baseline="small")
    add_trial(study, 1, TrialState.PRUNED, epochs=1)
    add_trial(study, 2, TrialState.INFEASIBLE, epochs=0, allowed=False)
    add_trial(study, 3, TrialState.FAILED, epochs=0)
    add_trial(study, 4)
    add_trial(study, 5, TrialState.RUNNING, epochs=2)
    return study
