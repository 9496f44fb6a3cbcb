"""A leg of KerasTuner: a space through SpaceHyperModel, searched by one of its tuners."""

import time
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from cnnsearch.interop.keras_tuner import SpaceHyperModel
from cnnsearch.space import Pixels
from peers.callbacks import MONITOR, Deadline, Recorder, note
from peers.leg import EARLY_STOPPING_PATIENCE, Leg, Outcome
from peers.scores import Splits

UNLIMITED = 10**9


class Bounded:
    """Ends a tuner's search at the time limit, and notes its trials down.

    Attributes:
        deadline: In seconds since 1970.
        events: The leg's file.
    """

    deadline: float
    events: Path

    def on_trial_end(self, trial: Any) -> None:
        super().on_trial_end(trial)  # type: ignore[misc]
        note(self.events, "trial", trial.score)
        if time.time() >= self.deadline:
            self.oracle.max_trials = len(self.oracle.trials)  # type: ignore[attr-defined]


class GivenOracle(keras_tuner.Oracle):
    """Hands out given values, one trial each."""

    def __init__(self, given: list[dict[str, Any]], **options: Any) -> None:
        super().__init__(**options)
        self._given = iter(given)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        values = next(self._given, None)
        return {"status": "STOPPED"} if values is None else {"status": "RUNNING", "values": values}


def search(leg: Leg, splits: Splits) -> Outcome:
    """Searches until the time limit, and judges what the tuner's `get_best_models` gives."""
    keras.utils.set_random_seed(leg.tool_seed)
    hypermodel = SpaceHyperModel(
        leg.space,
        input_shape=leg.input_shape,
        num_classes=leg.num_classes,
        pixels=Pixels.model_validate(leg.pixels),
        epochs=leg.epochs,
    )
    tuner = tuner_of(leg, hypermodel)
    tuner.deadline, tuner.events = leg.deadline, leg.work / "events.jsonl"
    callbacks = [Deadline(leg.deadline), Recorder(tuner.events)]
    if not leg.candidates:
        callbacks.insert(0, keras.callbacks.EarlyStopping("val_loss", patience=EARLY_STOPPING_PATIENCE))
    tuner.search(
        *splits.train, validation_data=splits.validation, epochs=leg.epochs, callbacks=callbacks, verbose=0
    )
    states = [trial.status for trial in tuner.oracle.trials.values()]
    validation, test = splits.judged(tuner.get_best_models()[0])
    trials = states.count("COMPLETED")
    return Outcome(validation=validation, test=test, trials=trials, infeasible=len(states) - trials)


def tuner_of(leg: Leg, hypermodel: SpaceHyperModel) -> Any:
    """The tuner that a leg names, for as many trials as there is time for."""
    ends = {"seed": leg.tool_seed, "max_consecutive_failed_trials": UNLIMITED}
    place = {"directory": str(leg.work), "project_name": "tuner"}
    if leg.candidates:
        given = [hypermodel.values(params) for params in leg.candidates]
        oracle = GivenOracle(given, objective=MONITOR, **ends)
        return bounded(keras_tuner.Tuner)(oracle=oracle, hypermodel=hypermodel, **place)
    options: dict[str, Any] = {"objective": MONITOR, **ends, **place}
    match leg.tool:
        case "kt-random":
            return bounded(keras_tuner.RandomSearch)(hypermodel, max_trials=UNLIMITED, **options)
        case "kt-bayesian":
            return bounded(keras_tuner.BayesianOptimization)(hypermodel, max_trials=UNLIMITED, **options)
        case "kt-hyperband":
            epochs = {"max_epochs": leg.epochs, "hyperband_iterations": None}
            return bounded(keras_tuner.Hyperband)(hypermodel, **epochs, **options)
    raise ValueError(leg.tool)


def bounded(tuner: type) -> Any:
    """A tuner's class, with a time limit."""
    return type(f"Bounded{tuner.__name__}", (Bounded, tuner), {})
