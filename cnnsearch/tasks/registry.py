"""The tasks by name, and the detection of the task from a dataset's targets."""

from typing import Annotated

from pydantic import Field

from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Fit, RawTargets, Task
from cnnsearch.tasks.classification.details import ClassificationDetails
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.detection.details import DetectionDetails
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.instances.details import InstancesDetails
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints.details import KeypointsDetails
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.regression.details import RegressionDetails
from cnnsearch.tasks.regression.task import Regression
from cnnsearch.tasks.segmentation.details import SegmentationDetails
from cnnsearch.tasks.segmentation.task import Segmentation
from cnnsearch.tasks.tagging.details import TaggingDetails
from cnnsearch.tasks.tagging.task import Tagging

TASKS: dict[str, type[Task]] = {
    "classification": Classification,
    "tagging": Tagging,
    "regression": Regression,
    "segmentation": Segmentation,
    "detection": Detection,
    "keypoints": Keypoints,
    "instances": Instances,
}
AnyTask = Annotated[
    Classification | Tagging | Regression | Segmentation | Detection | Keypoints | Instances,
    Field(discriminator="type"),
]
"""A recorded task."""
AnyDetails = Annotated[
    ClassificationDetails
    | TaggingDetails
    | RegressionDetails
    | SegmentationDetails
    | DetectionDetails
    | KeypointsDetails
    | InstancesDetails,
    Field(discriminator="task"),
]
"""The values in metrics.json that are specific to a task."""
MEASURED: dict[str, Metric] = {
    metric.on("validation").name: metric.on("validation")
    for task in TASKS.values()
    for metric in task.metrics.values()
}
"""Each metric of each task on the validation split, as measured during training."""


def short_task(
    *,
    num_classes: int | None = None,
    num_outputs: int | None = None,
    task: Task | None = None,
    is_map: bool = False,
) -> Task:
    """Return a task, given directly or by its number of outputs.

    Args:
        num_classes: The number of classes, for classification, or segmentation if `is_map`.
        num_outputs: The number of predicted numbers, for regression.
        task: The task.
        is_map: Whether the networks have an output for each position.

    Raises:
        ValueError: Not exactly one of them is given.
    """
    if sum(given is not None for given in (num_classes, num_outputs, task)) != 1:
        raise ValueError("expected exactly one of num_classes, num_outputs and task")
    if num_classes is not None:
        return (Segmentation if is_map else Classification).of(num_classes)
    if num_outputs is not None:
        return Regression.of(num_outputs)
    assert task is not None
    return task


def encode_targets(raw: RawTargets, wanted: str | None, place: str) -> tuple[dict[str, Targets], Task]:
    """Detect the task of targets, and encode them.

    Args:
        raw: The targets as read from the source.
        wanted: The name of the task; None to detect it.
        place: The source of the targets, for messages.

    Raises:
        DataError: The targets suit no task, or several.
    """
    task = TASKS[wanted] if wanted is not None else _detected(raw, place)
    return task.encode(raw, place)


def _detected(raw: RawTargets, place: str) -> type[Task]:
    fits = {name: task.fits(raw) for name, task in TASKS.items()}
    for degree in (Fit.PLAIN, Fit.POSSIBLE):
        names = [name for name, fit in fits.items() if fit is degree]
        if len(names) == 1:
            return TASKS[names[0]]
        if names:
            options = " or ".join(f"--task {name}" for name in names)
            raise DataError(f"{place}: the targets suit several tasks; give {options}.")
    are_rows = all(y.ndim == 2 and y.shape[1] > 1 for y in raw.parts.values())
    return Regression if are_rows else Classification  # its error describes the fault of the targets
