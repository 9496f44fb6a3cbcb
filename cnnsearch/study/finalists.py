"""The finalists of a study: the results of their retrainings, and which of their weights are best.

The records of a retraining are in runs/STUDY/finalists/TRIAL/SEED/{retraining,curve,result}.json, in the form
of a trial's; the candidate is recorded with its trial. Only the finishing driver writes them.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from cnnsearch.study.folder import Study
from cnnsearch.study.folds import of_first_fold
from cnnsearch.study.records import EpochRecord, Record, Result, TrialRecord, TrialState
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import CURVE, RESULT, RETRAINING, read_as, write_json
from cnnsearch.training.store import CHECKPOINT, WEIGHTS


class RetrainingStart(Record):
    """The record of a retraining at its start.

    Attributes:
        trial: The finalist's number.
        seed: The seed of its draws.
        epochs: The most epochs of training.
        started: Seconds since 1970.
        is_refit: Whether it is trained on train and validation, so that its validation scores are invalid.
    """

    trial: int
    seed: int
    epochs: int
    started: float
    is_refit: bool = False


class Retraining(Record):
    """The complete record of a finalist's training from one seed."""

    begun: RetrainingStart
    curve: tuple[EpochRecord, ...] = ()
    result: Result | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it was trained to its end."""
        return self.result is not None and self.result.state == TrialState.COMPLETE


_BEGUN, _RESULT = TypeAdapter(RetrainingStart), TypeAdapter(Result)
_CURVE = TypeAdapter(tuple[EpochRecord, ...])


@dataclass(frozen=True)
class Weights:
    """Trained weights of a finalist.

    Attributes:
        path: The file, for `training.checkpoint.read_weights`.
        seed: The seed of the training that produced them: the trial's own, or a retraining's.
        result: The result of that training.
        is_searched: Whether the search itself trained them.
    """

    path: Path
    seed: int
    result: Result
    is_searched: bool


def retraining_seed(seed: int, trial: int, number: int) -> int:
    """Return the seed of a finalist's training from the study's seed, the trial and the training's number."""
    return random.Random(f"{seed}/{trial}/finalist/{number}").getrandbits(31)


def refit_seed(seed: int, trial: int) -> int:
    """Return the seed of a champion's last training, on train and validation."""
    return random.Random(f"{seed}/{trial}/refit").getrandbits(31)


class Finalists:
    """The finalists' folder of a study.

    Args:
        study: The study's folder and settings.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self.folder = study.finalists

    def place(self, trial: int, seed: int) -> Path:
        """Return the folder of one retraining."""
        return self.folder / f"{trial:04d}" / str(seed)

    def read(self, trial: int, seed: int) -> Retraining | None:
        """Return one retraining; None if it has not begun."""
        place = self.place(trial, seed)
        if not (place / RETRAINING).exists():
            return None
        curve, result = place / CURVE, place / RESULT
        return Retraining(
            begun=read_as(place / RETRAINING, _BEGUN),
            curve=read_as(curve, _CURVE) if curve.exists() else (),
            result=read_as(result, _RESULT) if result.exists() else None,
        )

    def all(self) -> list[Retraining]:
        """Return every retraining, in order of trial and time."""
        files = self.folder.glob("*/*/retraining.json")
        retrainings = (self.read(int(file.parent.parent.name), int(file.parent.name)) for file in files)
        return sorted((r for r in retrainings if r), key=lambda r: (r.begun.trial, r.begun.started))

    def of(self, trial: int, seeds: int) -> list[Retraining]:
        """Return the retrainings from a trial's first seeds, as far as they have begun."""
        numbers = (retraining_seed(self._study.settings.seed, trial, number) for number in range(seeds))
        return [retraining for seed in numbers if (retraining := self.read(trial, seed))]

    def begin(self, begun: RetrainingStart) -> Retraining:
        """Record the start of a retraining; the record of one that is resumed does not change."""
        place = self.place(begun.trial, begun.seed)
        place.mkdir(parents=True, exist_ok=True)
        earlier = self.read(begun.trial, begun.seed)
        if earlier is not None and earlier.result is None and earlier.begun.epochs == begun.epochs:
            return earlier
        for name in (RESULT, CURVE, CHECKPOINT):
            (place / name).unlink(missing_ok=True)
        write_json(place / RETRAINING, begun.model_dump(mode="json"))
        return Retraining(begun=begun)

    def add_epoch(self, retraining: Retraining, epoch: EpochRecord) -> Retraining:
        """Record an epoch; one that was trained again after an interruption replaces the old record."""
        curve = (*retraining.curve[: epoch.epoch - 1], epoch)
        place = self.place(retraining.begun.trial, retraining.begun.seed)
        write_json(place / CURVE, [e.model_dump() for e in curve], durable=False)
        return retraining.model_copy(update={"curve": curve})

    def end(self, retraining: Retraining, result: Result) -> Retraining:
        """Record the end of a retraining; only the best weights of a finalist are kept."""
        begun = retraining.begun
        write_json(self.place(begun.trial, begun.seed) / RESULT, result.model_dump(mode="json"))
        if not begun.is_refit:
            self._keep_best_weights(begun.trial)
        return retraining.model_copy(update={"result": result})

    def best(self, trial: int) -> Retraining | None:
        """Return the best retraining of a trial, whose weights are kept."""
        ended = [r for r in self.all() if r.begun.trial == trial and r.is_complete and not r.begun.is_refit]
        return min(ended, key=lambda r: _rank(r.result, self._study.settings), default=None)

    def is_done(self, trial: int, seed: int) -> bool:
        """Return whether a retraining is done. The best one needs its weights, which `gc` deletes."""
        retraining = self.read(trial, seed)
        if retraining is None or retraining.result is None:
            return False
        best = None if retraining.begun.is_refit else self.best(trial)
        is_needed = retraining.is_complete and (best is None or best.begun.seed == seed)
        return not is_needed or (self.place(trial, seed) / WEIGHTS).exists()

    def weights(self, record: TrialRecord, retrained: Iterable[Retraining] = ()) -> Weights | None:
        """Return the finalist's weights with the best validation score, including those of the search; None
        if no file is left.

        With folds the weights of the search are used only if there are no others: they were trained on most
        of the validation split and evaluated on the first fold.

        Args:
            record: The trial.
            retrained: The retrainings to compare.
        """
        assert record.result is not None
        places = [
            Weights(self.place(r.begun.trial, r.begun.seed) / WEIGHTS, r.begun.seed, r.result, False)
            for r in retrained
            if r.is_complete and r.result
        ]
        own = self._study.trial_folder(record.number) / WEIGHTS
        if self._study.settings.folds == 1:
            places.append(Weights(own, record.trial.seed, record.result, True))
        elif not places:
            result = of_first_fold(record, self._study.settings.objective)
            places.append(Weights(own, record.trial.seed, result, True))
        there = [weights for weights in places if weights.path.exists()]
        return min(there, key=lambda weights: _rank(weights.result, self._study.settings), default=None)

    def _keep_best_weights(self, trial: int) -> None:
        best = self.best(trial)
        for retraining in self.all():
            begun = retraining.begun
            is_other = begun.trial == trial and best is not None and begun.seed != best.begun.seed
            if is_other and retraining.is_complete and not begun.is_refit:
                (self.place(trial, begun.seed) / WEIGHTS).unlink(missing_ok=True)


def _rank(result: Result | None, settings: Settings) -> tuple[float, float]:
    """Return a sort key, smaller being better: the first objective, then the loss."""
    assert result is not None
    sign = -1.0 if settings.direction == "maximize" else 1.0
    return sign * (result.value or 0.0), result.metrics.get("validation_loss", 0.0)
