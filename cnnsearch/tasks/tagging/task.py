"""The task of tagging; the output is an independent probability for each tag."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import DataError
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Fit, RawTargets, Task
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.results import TaskResults
from cnnsearch.tasks.shortage import shortage
from cnnsearch.tasks.tagging.metrics import METRICS
from cnnsearch.tasks.tagging.stratification import divide_by_tags
from cnnsearch.tasks.training import ClassWeights, TaskTraining

SEPARATOR = "|"
"""The separator of the tags of an example in texts."""
_NAMED = 10  # the largest number of tags named in an error message


class Tagging(Task):
    """Any number of tags for each example; a target is a row of 0 and 1, uint8.

    Attributes:
        labels: The names of the tags, in the order of the columns of the targets.
    """

    type: Literal["tagging"] = "tagging"
    labels: tuple[str, ...] = Field(min_length=1)

    metrics: ClassVar[Mapping[str, Metric]] = METRICS
    has_classes: ClassVar[bool] = False
    noun: ClassVar[str] = "tag"
    output: ClassVar[str] = "an independent probability for each tag"

    @classmethod
    def fits(cls, raw: RawTargets) -> Fit:
        if raw.are_classes:
            return Fit.NO
        if all(y.ndim == 1 for y in raw.parts.values()):
            has_several = any(
                SEPARATOR in text for y in raw.parts.values() if y.dtype.kind in "US" for text in _texts(y)
            )
            return Fit.PLAIN if has_several else Fit.NO
        if not all(y.ndim == 2 and y.shape[1] > 1 and _is_binary(y) for y in raw.parts.values()):
            return Fit.NO
        is_one_hot = all((y.astype(np.float64).sum(axis=1) == 1).all() for y in raw.parts.values())
        return Fit.POSSIBLE if is_one_hot else Fit.PLAIN

    @classmethod
    def encode(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        if all(y.ndim == 1 and y.dtype.kind in "US" for y in raw.parts.values()):
            return cls._encode_texts(raw, place)
        for part, y in raw.parts.items():
            if y.ndim != 2 or not _is_binary(y):
                raise DataError(
                    f"{place}, {part} tags: found {_shown(y)}; expected texts such as a{SEPARATOR}b, or a "
                    "column of 0 and 1 for each tag."
                )
        widths = {part: y.shape[1] for part, y in raw.parts.items()}
        if len(set(widths.values())) > 1:
            found = ", ".join(f"{width} in {part}" for part, width in widths.items())
            raise DataError(
                f"{place}: columns of tags: found {found}; expected the same number in each part."
            )
        ys: dict[str, Targets] = {
            part: y.astype(np.float64).astype(np.uint8) for part, y in raw.parts.items()
        }
        names = raw.columns or tuple(map(str, range(next(iter(widths.values())))))
        return ys, cls(labels=names)

    @classmethod
    def _encode_texts(cls, raw: RawTargets, place: str) -> tuple[dict[str, Targets], Self]:
        rows = {
            part: [{tag.strip() for tag in text.split(SEPARATOR) if tag.strip()} for text in _texts(y)]
            for part, y in raw.parts.items()
        }
        labels = tuple(sorted({tag for part in rows.values() for tags in part for tag in tags}))
        if not labels:
            raise DataError(f"{place}: no example has a tag; expected at least one.")
        columns = {label: column for column, label in enumerate(labels)}
        ys: dict[str, Targets] = {}
        for part, sets in rows.items():
            y = np.zeros((len(sets), len(labels)), np.uint8)
            for row, tags in enumerate(sets):
                y[row, [columns[tag] for tag in tags]] = 1
            ys[part] = y
        return ys, cls(labels=labels)

    @property
    def names(self) -> tuple[str, ...]:
        return self.labels

    @property
    def described(self) -> str:
        return f"{len(self.labels)} tags"

    def text(self, target: Any) -> str:
        chosen = [label for label, has in zip(self.labels, target, strict=True) if has]
        return SEPARATOR.join(chosen) or "(no tag)"

    @property
    def outputs(self) -> tuple[Output, ...]:
        return (Output(name="probabilities", channels=len(self.labels), activation="sigmoid"),)

    def strata(self, y: Targets) -> NDArray[np.int64]:
        """Return the rarest tag of each example; examples without a tag are one more stratum."""
        tags = np.asarray(y, dtype=bool)
        order = np.argsort(tags.sum(axis=0), kind="stable")
        rarest = order[tags[:, order].argmax(axis=1)]
        return np.where(tags.any(axis=1), rarest, len(self.labels)).astype(np.int64)

    def check(self, ys: Mapping[str, Targets], place: str) -> None:
        counts = ys["train"].sum(axis=0)
        absent = [repr(label) for label, count in zip(self.labels, counts, strict=True) if not count]
        if absent:
            raise DataError(f"{place}: no training examples with tag {', '.join(absent[:_NAMED])}.")
        size = len(ys["train"])
        always = [repr(label) for label, count in zip(self.labels, counts, strict=True) if count == size]
        if always:
            raise DataError(
                f"{place}: every training example has tag {', '.join(always[:_NAMED])}, so there is nothing "
                "to learn."
            )

    def check_spread(
        self, y: Targets, groups: NDArray[np.int64] | None, parts: Sequence[str], needed: int, place: str
    ) -> None:
        if groups is None:
            counts, what = y.sum(axis=0).tolist(), "examples"
        else:
            counts, what = [len(np.unique(groups[has > 0])) for has in y.T], "groups"
        if small := shortage(dict(zip(self.labels, counts, strict=True)), needed):
            raise DataError(
                f"{place}: too few {what} to split into {', '.join(parts)}: tag {small}; "
                f"each tag needs at least {needed}."
            )

    def divide(
        self, y: Targets, share: float, missing: Sequence[str], rng: np.random.Generator
    ) -> dict[str, NDArray[np.int64]]:
        return divide_by_tags(y, share, missing, rng)

    def numbers(self, y: Targets) -> NDArray[np.float64]:
        return np.asarray(y, np.float64)

    def agreement(self, predicted: NDArray[np.float64], y: Targets) -> float:
        return float(np.mean((predicted > 0.5) == (np.asarray(y) > 0)))

    def counts(self, y: Targets) -> dict[str, int]:
        return dict(zip(self.labels, np.asarray(y).sum(axis=0, dtype=np.int64).tolist(), strict=True))

    def training(
        self, plan: TrainingPlan, y: Targets, class_weights: ClassWeights, stride: Sequence[int]
    ) -> TaskTraining:
        from cnnsearch.tasks.tagging.training import TaggingTraining

        return TaggingTraining(plan.label_smoothing)

    def results(self) -> TaskResults:
        from cnnsearch.tasks.tagging.results import TaggingResults

        return TaggingResults(self.labels)

    def report(self) -> TaskReport:
        from cnnsearch.tasks.tagging.report import TaggingReport

        return TaggingReport(self.labels)


def _texts(y: NDArray[Any]) -> list[str]:
    texts = np.char.decode(y, "utf-8", "backslashreplace") if y.dtype.kind == "S" else y
    found: list[str] = texts.tolist()
    return found


def _is_binary(y: NDArray[Any]) -> bool:
    return bool(np.isin(y, ("0", "1") if y.dtype.kind in "US" else (0, 1)).all())


def _shown(y: NDArray[Any]) -> str:
    return f"shape {y.shape} of {y.dtype}"
