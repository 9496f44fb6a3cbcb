"""A leg of plain Optuna: a loop in the same process, and a pruning callback, as its tutorial has it."""

import time
from typing import Any

import keras
import optuna

from cnnsearch import analyze, build_model, load_space
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import Pixels
from cnnsearch.space.costs import costs
from cnnsearch.tasks.classification.training import one_hot
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.program import compile_model
from peers.callbacks import MONITOR, Deadline, Recorder, note
from peers.leg import Leg, Outcome
from peers.scores import Splits


class Pruning(keras.callbacks.Callback):
    """Reports each epoch to a trial, and ends the trial where the pruner says so."""

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self._trial = trial

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._trial.report(float(logs[MONITOR]), epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned(f"pruned at epoch {epoch}")


class Objective:
    """Builds, trains and judges a trial's network; keeps the weights of the best."""

    def __init__(self, leg: Leg, splits: Splits) -> None:
        self._leg, self._splits, self._space = leg, splits, load_space(leg.space)
        self._events = leg.work / "events.jsonl"
        self.best: keras.Model | None = None
        self.best_score, self.infeasible = -1.0, 0

    def __call__(self, trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        candidate = self._space.sample(
            trial,
            input_shape=self._leg.input_shape,
            num_classes=self._leg.num_classes,
            pixels=Pixels.model_validate(self._leg.pixels),
        )
        plan = candidate.training
        try:
            self._space.constraints.check(costs(analyze(candidate.architecture), plan))
        except InfeasibleArchitectureError as error:
            self.infeasible += 1
            raise optuna.TrialPruned(str(error)) from None
        model = build_model(candidate.architecture)
        steps = num_batches(len(self._splits.train[0]), plan.batch_size)
        compile_model(model, plan, steps_per_epoch=steps, epochs=self._leg.epochs)
        x, y = self._splits.train
        model.fit(
            x,
            one_hot(y, self._leg.num_classes, plan.label_smoothing),
            batch_size=plan.batch_size,
            epochs=self._leg.epochs,
            validation_data=self._splits.one_hot_validation,
            callbacks=[Recorder(self._events), Deadline(self._leg.deadline), Pruning(trial)],
            verbose=0,
        )
        score = self._splits.accuracy(model, self._splits.validation)
        if score > self.best_score:
            self.best, self.best_score = model, score
        return score

    def note(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        """Notes the end of a trial down."""
        note(self._events, "trial", trial.value)


def search(leg: Leg, splits: Splits) -> Outcome:
    """Searches until the time limit, and judges the best complete trial's network."""
    keras.utils.set_random_seed(leg.tool_seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    objective = Objective(leg, splits)
    pruner = optuna.pruners.NopPruner() if leg.candidates else optuna.pruners.MedianPruner()
    sampler = optuna.samplers.TPESampler(seed=leg.tool_seed)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    space = load_space(leg.space)
    for params in leg.candidates:
        study.enqueue_trial(space.encoded(params))
    study.optimize(
        objective,
        n_trials=len(leg.candidates) or None,
        timeout=leg.deadline - time.time(),
        callbacks=[objective.note],
    )
    assert objective.best is not None, "no trial came to its end"
    validation, test = splits.judged(objective.best)
    trials = len(study.trials) - objective.infeasible
    return Outcome(validation=validation, test=test, trials=trials, infeasible=objective.infeasible)
