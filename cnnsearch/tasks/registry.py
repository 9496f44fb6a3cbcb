"""The tasks by name, and which of them a dataset's targets set."""

from typing import Annotated

from pydantic import Field

from cnnsearch.errors import DataError
from cnnsearch.tasks.base import Fit, Metric, RawTargets, Targets, Task
from cnnsearch.tasks.classification.details import ClassificationDetails
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.regression.details import RegressionDetails
from cnnsearch.tasks.regression.task import Regression
from cnnsearch.tasks.tagging.details import TaggingDetails
from cnnsearch.tasks.tagging.task import Tagging

TASKS: dict[str, type[Task]] = {
    "classification": Classification,
    "tagging": Tagging,
    "regression": Regression,
}
AnyTask = Annotated[Classification | Tagging | Regression, Field(discriminator="type")]
"""A task as it is recorded."""
AnyDetails = Annotated[
    ClassificationDetails | TaggingDetails | RegressionDetails, Field(discriminator="task")
]
"""What only one task has in metrics.json."""
MEASURED: dict[str, Metric] = {
    metric.on("validation").name: metric.on("validation")
    for task in TASKS.values()
    for metric in task.metrics.values()
}
"""Each metric of each task as training measures it, on the validation split."""


def short_task(
    *, num_classes: int | None = None, num_outputs: int | None = None, task: Task | None = None
) -> Task:
    """Return a task, or make the one that a number of outputs stands for.

    Args:
        num_classes: The number of classes of a classification.
        num_outputs: The number of numbers of a regression.
        task: The task itself.

    Raises:
        ValueError: Not exactly one of them is given.
    """
    if sum(given is not None for given in (num_classes, num_outputs, task)) != 1:
        raise ValueError("expected one of num_classes, num_outputs and task")
    if num_classes is not None:
        return Classification.of(num_classes)
    return task or Regression.of(num_outputs or 1)


def encode_targets(raw: RawTargets, wanted: str | None, place: str) -> tuple[dict[str, Targets], Task]:
    """Find the task that targets set, and encode them.

    Args:
        raw: The targets as the source gives them.
        wanted: The name of the task; None to find it.
        place: What they were read from, for messages.

    Raises:
        DataError: The targets are those of no task, or of several.
    """
    task = TASKS[wanted] if wanted is not None else _found(raw, place)
    return task.encode(raw, place)


def _found(raw: RawTargets, place: str) -> type[Task]:
    fits = {name: task.fits(raw) for name, task in TASKS.items()}
    for degree in (Fit.PLAIN, Fit.POSSIBLE):
        names = [name for name, fit in fits.items() if fit is degree]
        if len(names) == 1:
            return TASKS[names[0]]
        if names:
            spellings = " or ".join(f"--task {name}" for name in names)
            raise DataError(f"{place}: the targets may be those of several tasks; give {spellings}.")
    are_rows = all(y.ndim == 2 and y.shape[1] > 1 for y in raw.parts.values())
    return Regression if are_rows else Classification  # whose message says what is wrong with the targets
