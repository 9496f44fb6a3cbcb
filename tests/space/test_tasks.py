"""Whether a space suits a task."""

import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space import load_space
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.regression.task import Regression
from cnnsearch.tasks.segmentation.task import Segmentation
from tests.space.helpers import space_with

STAGES = "stages: {filters: 4, blocks: conv}\n"
DECODER = f"{STAGES}decoder: {{blocks: conv}}"


@pytest.mark.parametrize(
    ("architecture", "training", "task", "message"),
    [
        (
            STAGES,
            "",
            Segmentation.of(2),
            "the task segmentation needs an output for each position; found no decoder",
        ),
        (
            DECODER,
            "",
            Classification.of(2),
            "its decoder is for an output at each position; the task classification",
        ),
        (DECODER, "augmentation: [flip, mixup]", Segmentation.of(2), "mixup mixes targets"),
        (DECODER, "augmentation: [flip, cutmix]", Detection(labels=("a",)), "cutmix mixes targets"),
        (DECODER, "augmentation: cutmix", Keypoints(labels=("a",)), "cutmix mixes targets"),
        (DECODER, "augmentation: mixup", Instances(labels=("a", "b")), "mixup mixes targets"),
        (DECODER, "label_smoothing: [0.0, 0.1]", Segmentation.of(2), "training.label_smoothing .*found 0.1"),
        (DECODER, "label_smoothing: {low: 0.0, high: 0.1}", Segmentation.of(2), "found a range"),
        (DECODER, "loss: [dice, mse]", Segmentation.of(2), "found mse; expected auto, crossentropy, dice"),
        (
            f"input: {{spectrogram: {{window: 8, hop: 4}}}}\n{DECODER}",
            "",
            Segmentation.of(2),
            "a spectrogram has no position for each",
        ),
        (
            STAGES,
            "label_smoothing: 0.1",
            Regression.of(1),
            "training.label_smoothing of the task regression: found 0.1",
        ),
        (STAGES, "loss: mse", Classification.of(2), "training.loss of the task classification: found mse"),
        (
            STAGES,
            "loss: focal",
            Regression.of(1),
            "training.loss of the task regression: found focal; expected auto",
        ),
    ],
)
def test_what_does_not_suit_a_task_is_named(architecture, training, task, message):
    with pytest.raises(SpaceError, match=f"^space: .*{message}"):
        space_with(architecture, training).check_task(task)


@pytest.mark.parametrize(
    ("space", "task"),
    [
        (space_with(DECODER, "loss: [dice, focal]\naugmentation: [flip, rotation]"), Segmentation.of(3)),
        (space_with(STAGES, "loss: [auto, huber]"), Regression.of(1)),
        (space_with(STAGES, "label_smoothing: 0.1"), Classification.of(3)),
        (space_with(STAGES, "augmentation: [flip, mixup]"), Classification.of(3)),
        (load_space("unet"), Segmentation.of(2)),
        (load_space("auto"), Classification.of(2)),
    ],
)
def test_what_suits_a_task_passes(space, task):
    space.check_task(task)


def test_classes_of_a_space_with_a_decoder_are_those_of_positions():
    candidate = load_space("unet").sample_random(0, input_shape=(32, 32, 1), num_classes=4)
    assert candidate.architecture.outputs == Segmentation.of(4).outputs
