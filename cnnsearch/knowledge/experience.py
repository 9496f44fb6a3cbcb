"""A study -> its experience: what was trained on which kind of dataset, and with what result.

An experience holds no examples, no paths and no names: neither of the dataset, its classes and columns, nor
    of the study or its blocks.
"""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.outputs import Output
from cnnsearch.data.store import open_stored
from cnnsearch.knowledge.features import DatasetFeatures, features_of
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space import Candidate, Pixels
from cnnsearch.space.domains import Plain
from cnnsearch.space.space import prepared_input
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.tasks.metric import Direction

DIGITS = 5
"""Significant digits of recorded values."""
OF_DATASET = ("shape", "scale", "offset")
"""Fields of a network's input that the dataset determines."""
NO_OUTPUT = Output(name="none", channels=1, activation="linear")


class Knowledge(BaseModel):
    """Frozen data that round-trip through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @cached_property
    def digest(self) -> str:
        """The hash of the content."""
        return _digest(self.model_dump(mode="json"))


class Recipe(Knowledge):
    """A network without its input and output, and how it is trained: what can be repeated on other data.

    Attributes:
        architecture: The network, of which the shape and the range of the input, the outputs and all names
            are
            left out: it has `NO_OUTPUT`, and an input of a single value.
        training: The training plan.
        params: The sampled values; empty if they are parameters of a space that is not shipped.
    """

    architecture: Architecture
    training: TrainingPlan
    params: dict[str, Plain]

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """Return the recipe of a candidate."""
        network = _reduced(candidate.architecture.model_dump(mode="json"))
        shape = (1,) * len(candidate.architecture.input.shape)
        written = _without(network["input"], OF_DATASET) | {"shape": shape}
        return cls.model_validate(
            {
                "architecture": {**network, "input": written, "outputs": (NO_OUTPUT,)},
                "training": _reduced(candidate.training.model_dump(mode="json")),
                "params": _reduced(candidate.params),
            }
        )

    def candidate(self, shape: tuple[int, ...], outputs: tuple[Output, ...], pixels: Pixels) -> Candidate:
        """Return the network for a dataset of as many dimensions; it can be infeasible."""
        written = _without(self.architecture.input.model_dump(), OF_DATASET)
        changes = {"input": prepared_input(shape, written, pixels), "outputs": outputs}
        architecture = self.architecture.model_copy(update=changes)
        return Candidate(architecture=architecture, training=self.training, params=self.params)

    @property
    def dimensions(self) -> int:
        """Number of spatial dimensions."""
        return len(self.architecture.input.shape) - 1

    @cached_property
    def identity(self) -> str:
        """A hash of the network and its training, whatever the parameters of its space are called."""
        return _digest(self.model_dump(mode="json", exclude={"params"}))


class TrialExperience(Knowledge):
    """What became of a recipe.

    Attributes:
        recipe: The digest of the recipe.
        examples: The length of its training: examples seen, counting repetitions.
        curve: The study's metric after each report.
        value: The metric at its best report; None if the loss became infinite.
        weights, macs: The size of the network on this dataset.
        epoch_seconds: Seconds for as many examples as the training split has, validation included.
    """

    recipe: str
    examples: int = Field(ge=1)
    curve: tuple[float, ...]
    value: float | None
    weights: int
    macs: int
    epoch_seconds: float


class Experience(Knowledge):
    """The trials of a study that were trained as long as planned.

    Attributes:
        study: Identifies the study, whatever its name: later versions of it replace earlier ones.
        origin: Where the dataset is from; datasets of one origin are not independent.
        dataset: The features of the dataset.
        fingerprint: The hash of the dataset's content.
        metric: The objective of the study.
        direction: Whether it is maximized.
        trials: The trials.
    """

    study: str
    origin: str
    dataset: DatasetFeatures
    fingerprint: str
    metric: str
    direction: Direction
    trials: tuple[TrialExperience, ...]

    @cached_property
    def budgets(self) -> list[tuple[TrialExperience, ...]]:
        """The trials by the length of their training, the longest first."""
        lengths = sorted({trial.examples for trial in self.trials}, reverse=True)
        return [tuple(trial for trial in self.trials if trial.examples == length) for length in lengths]


class Finding(Knowledge):
    """An experience and its recipes, by digest."""

    experience: Experience
    recipes: dict[str, Recipe]


def experience_of(study: Study, origin: str = "") -> Finding | None:
    """Return the experience of a study; None if no trial of it was trained as long as planned.

    Args:
        study: The study; only its train and validation splits are read.
        origin: The origin of its dataset; by default the dataset itself.
    """
    records = [record for record in study.records() if _is_usable(record)]
    if not records or not study.data_folder.is_dir():
        return None
    data = open_stored(study.data_folder)
    train = data.summary.num_examples("train")
    recipes: dict[str, Recipe] = {}
    trials = []
    for record in records:
        assert isinstance(record.trial.candidate, Candidate)
        recipe = Recipe.of(record.trial.candidate)
        recipes[recipe.digest] = recipe
        trials.append(_outcome(record, recipe, train, study.settings.objective, study.settings.most_epochs))
    fingerprint = data.summary.fingerprint
    begun = min(record.trial.started for record in study.records())
    experience = Experience(
        study=_digest([fingerprint, study.settings.seed, begun]),
        origin=origin or fingerprint[:12],
        dataset=features_of(data),
        fingerprint=fingerprint,
        metric=study.settings.objective,
        direction=study.settings.direction,
        trials=tuple(trials),
    )
    return Finding(experience=experience, recipes=recipes)


def _is_usable(record: TrialRecord) -> bool:
    """Return whether a trial was trained as long as planned, or until its loss became infinite."""
    if record.result is None or record.is_reused or not isinstance(record.trial.candidate, Candidate):
        return False
    return (record.state == TrialState.COMPLETE and bool(record.curve)) or record.result.diverged


def _outcome(record: TrialRecord, recipe: Recipe, train: int, metric: str, epochs: int) -> TrialExperience:
    fidelity, result = record.trial.fidelity, record.result
    assert result is not None
    size = fidelity.round_examples if fidelity else train
    times = [epoch.time for epoch in record.curve]
    between = [later - one for one, later in pairwise(times)] or [result.ended - record.trial.started]
    return TrialExperience(
        recipe=recipe.digest,
        examples=fidelity.anew().examples if fidelity else epochs * train,
        curve=tuple(_rounded(epoch.metrics.get(metric, math.nan)) for epoch in record.curve),
        value=None if result.diverged or result.value is None else _rounded(result.value),
        weights=record.trial.counts.get("weights", 0),
        macs=record.trial.counts.get("macs", 0),
        epoch_seconds=_rounded(median(between) * train / size),
    )


def _reduced(value: Any) -> Any:
    """Return plain data with rounded numbers, and without the names that a space gives to its parts."""
    if isinstance(value, Mapping):
        return {key: _reduced(each) for key, each in value.items() if key != "name"}
    return [_reduced(each) for each in value] if isinstance(value, list | tuple) else _rounded(value)


def _without(fields: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
