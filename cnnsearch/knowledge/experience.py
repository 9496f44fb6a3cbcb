"""A study -> its experience: what was trained on which kind of dataset, and with what result.

An experience holds no examples, no paths and no names: neither of the dataset, its classes and columns, nor
    of the study or its blocks.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.outputs import Output
from cnnsearch.data.store import open_stored
from cnnsearch.knowledge.feature_cache import known_features
from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.search.training_time import seconds_per_epoch
from cnnsearch.space import Candidate, Pixels
from cnnsearch.space.domains import Plain
from cnnsearch.space.space import prepared_input
from cnnsearch.study.folder import Study
from cnnsearch.study.folds import running_means
from cnnsearch.study.records import TIME_LIMIT, TOOK_TOO_LONG, TrialRecord, TrialState
from cnnsearch.tasks.metric import Direction

DIGITS = 5
"""Significant digits of recorded values."""
OF_DATASET = ("shape", "scale", "offset")
"""Fields of a network's input that the dataset determines."""
NO_OUTPUT = Output(name="none", channels=1, activation="linear")

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{12,64}$")]
Word = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]


class Knowledge(BaseModel):
    """Frozen data that round-trip through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @cached_property
    def digest(self) -> str:
        """The hash of the content."""
        return digest_of(self.model_dump(mode="json"))


class Configuration(Knowledge):
    """A network without its input and output, and its training: what can be repeated on other data.

    Attributes:
        architecture: The network with `NO_OUTPUT` and an input of a single value, without names.
        training: The training plan.
        params: The sampled values; empty if they are parameters of a space that is not shipped.
    """

    architecture: Architecture
    training: TrainingPlan
    params: dict[str, Plain]

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """Return the configuration of a candidate."""
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
        return digest_of(self.model_dump(mode="json", exclude={"params"}))


class TrainedConfiguration(Knowledge):
    """A training of a configuration.

    Attributes:
        configuration: The key of the configuration in the experience.
        examples: The planned length of the training: examples seen, counting repetitions.
        curve: The metric after each report.
        value: The metric at its best report; None if the loss became infinite.
        is_pruned: Whether it was stopped early, because other trials were better.
        weights, macs: The size of the network on this dataset.
        epoch_seconds: Seconds for as many examples as the training split has, validation included.
    """

    configuration: Hash
    examples: int = Field(ge=1)
    curve: tuple[float, ...]
    value: float | None
    is_pruned: bool = False
    weights: int = Field(ge=0)
    macs: int = Field(ge=0)
    epoch_seconds: float = Field(ge=0)


class Experience(Knowledge):
    """The trials of a study.

    Attributes:
        study: Identifies the study, whatever its name: later versions of it replace earlier ones.
        origin: Where the dataset is from; datasets of one origin are not independent.
        fingerprint: The hash of the dataset's content.
        dataset: The features of the dataset.
        metric: The main metric of the task, on the validation split.
        direction: Whether it is maximized.
        trials: The trials that were trained as long as planned, or pruned.
        configurations: Their configurations by key.
    """

    study: Hash
    origin: Word
    fingerprint: Hash
    dataset: DatasetFeatures
    metric: Word
    direction: Direction
    trials: tuple[TrainedConfiguration, ...] = Field(max_length=100_000)
    configurations: dict[Hash, Configuration] = Field(repr=False)


def experience_of(study: Study, origin: str = "") -> Experience | None:
    """Return the experience of a study; None if no trial of it was trained as long as planned.

    Args:
        study: The study; only its train and validation splits are read.
        origin: The origin of its dataset; by default the dataset itself.
    """
    records = [record for record in study.records() if _is_usable(record)]
    complete = any(record.state == TrialState.COMPLETE for record in records)
    if not complete or not study.data_folder.is_dir():
        return None
    data = open_stored(study.data_folder)
    train, main = data.summary.num_examples("train"), data.summary.task.main_metric().on("validation")
    configurations: dict[str, Configuration] = {}
    trials = []
    for record in records:
        assert isinstance(record.trial.candidate, Candidate)
        configuration = Configuration.of(record.trial.candidate)
        configurations[configuration.digest] = configuration
        trials.append(_trained(record, configuration, train, main.name, study.settings.most_epochs))
    fingerprint = data.summary.fingerprint
    begun = min(record.trial.started for record in study.records())
    return Experience(
        study=digest_of([fingerprint, study.settings.seed, begun]),
        origin=origin or fingerprint[:12],
        fingerprint=fingerprint,
        dataset=known_features(data),
        metric=main.name,
        direction=main.direction,
        trials=tuple(trials),
        configurations=configurations,
    )


def _is_usable(record: TrialRecord) -> bool:
    """Return whether a trial was trained as long as planned, pruned, or until its loss became infinite."""
    if record.result is None or record.is_reused or not isinstance(record.trial.candidate, Candidate):
        return False
    if record.state == TrialState.PRUNED and record.reason.startswith((TIME_LIMIT, TOOK_TOO_LONG)):
        return False  # it was not worse than others
    is_trained = record.state in (TrialState.COMPLETE, TrialState.PRUNED) and bool(record.curve)
    return record.result.diverged or is_trained


def _trained(
    record: TrialRecord, configuration: Configuration, train: int, metric: str, epochs: int
) -> TrainedConfiguration:
    fidelity, result = record.trial.fidelity, record.result
    assert result is not None
    size = fidelity.round_examples if fidelity else train
    value = None if result.diverged else result.metrics.get(metric)
    return TrainedConfiguration(
        configuration=configuration.digest,
        examples=fidelity.anew().examples if fidelity else epochs * train,
        curve=tuple(_rounded(value) for _, value in sorted(running_means(record.curve, metric).items())),
        value=None if value is None else _rounded(value),
        is_pruned=record.state == TrialState.PRUNED and not result.diverged,
        weights=record.trial.counts.get("weights", 0),
        macs=record.trial.counts.get("macs", 0),
        epoch_seconds=_rounded(seconds_per_epoch(record) * train / size) if record.curve else 0.0,
    )


def digest_of(value: Any) -> str:
    """Return the hash of plain data, 20 hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _reduced(value: Any) -> Any:
    """Return plain data with rounded numbers, and without the names that a space gives to its parts."""
    if isinstance(value, Mapping):
        return {key: _reduced(each) for key, each in value.items() if key != "name"}
    return [_reduced(each) for each in value] if isinstance(value, list | tuple) else _rounded(value)


def _without(fields: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
