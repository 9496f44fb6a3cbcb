"""A script on JAX: move targets with numpy and in a program, and print how they differ as JSON.

It prints the largest difference, and the share of the numbers that differ, for each form and augmentation;
and the losses of training on masks that move, by engine.
"""

import json

import jax
import numpy as np

from cnnsearch.architecture import Architecture, Head, Input, Stage
from cnnsearch.architecture.blocks import Conv
from cnnsearch.architecture.decoder import Decoder
from cnnsearch.data import Split
from cnnsearch.plan.augmentation import Crop, Flip, Rotation, Shift, Zoom
from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.space import Candidate
from cnnsearch.tasks.segmentation.task import Segmentation
from cnnsearch.tasks.targets import Boxes, Keypoints, Maps
from cnnsearch.training import program
from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.engines import Training, start_engine
from cnnsearch.training.protocol import Member, Train
from tests.training.augmentation.painted import (
    SIZES,
    painted_boxes,
    painted_keypoints,
    random_boxes,
    random_pixels,
)
from tests.training.augmenting import draws_of

COUNT = 32
MOVING = (Crop(), Shift(), Flip(mode="horizontal_and_vertical"), Rotation(), Zoom(fill_mode="constant"))
TARGETS = {
    "boxes": (Boxes(), painted_boxes(random_boxes(COUNT, draws_of()))[1]),
    "keypoints": (Keypoints(((0, 1),)), painted_keypoints(random_pixels(COUNT, 4, draws_of()))[1]),
    "maps": (Maps((255, 0)), draws_of().integers(0, 9, (COUNT, *SIZES, 2)).astype(np.uint8)),
}


def difference(kinds, form, targets):
    """Return the largest difference, and the share of numbers that differ."""
    x = draws_of().integers(0, 256, (COUNT, *SIZES, 1)).astype(np.uint8)
    augmenter = Augmenter(kinds, 0, (0.0, 255.0), form)
    drawn = augmenter.draw(x.shape, 0, 0)
    expected = augmenter.apply(x, targets, drawn)[1]
    found = jax.jit(augmenter.apply)(x, targets, drawn)[1]
    assert found.dtype == expected.dtype and (expected != targets).any()
    apart = np.abs(np.asarray(found, np.float32) - expected.astype(np.float32))
    return float(apart.max()), float((apart > 1e-3).mean())


def losses(engine):
    """Return the losses of two epochs of training on masks."""
    task, y = Segmentation.of(3), draws_of().integers(0, 3, (16, 8, 6)).astype(np.uint8)
    examples = Split(y[..., None] * np.uint8(10), y)
    architecture = Architecture(
        input=Input(shape=(8, 6, 1), scale=(1 / 20,)),
        stages=(Stage(blocks=(Conv(filters=4, kernel_size=1),)),),
        decoder=Decoder(),
        head=Head(),
        outputs=task.outputs,
    )
    plan = TrainingPlan(batch_size=8, optimizer=Sgd(learning_rate=0.1), augmentation=MOVING)
    candidate = Candidate(architecture=architecture, training=plan, params={})
    member = Member(trial=0, candidate=candidate, place="0", epochs=2, seed=0)
    job = Train(members=(member,), data="data", metric="validation_loss", direction="minimize", engine=engine)
    training = Training(job, task, examples, examples, (0.0, 255.0), 0, "float32")
    started = start_engine(training, program.Programs())
    found = [started.run_epoch([0])[0]["loss"] for _ in range(2)]
    assert started.use(0).engine == engine
    return found


if __name__ == "__main__":
    differences = {
        name: {
            "all": difference(MOVING, form, targets),
            **{kind.type: difference((kind,), form, targets) for kind in MOVING},
        }
        for name, (form, targets) in TARGETS.items()
    }
    curves = {engine: losses(engine) for engine in ("fit", "compiled")}
    print(json.dumps({"differences": differences, "losses": curves}))
