"""A script on JAX: a random network of each space, without dropout and augmentation, trained by both engines.

Both use XLA's own convolution: products of patches are rounded in another way, and a deep network with batch
normalization makes of that a difference that can be seen after a few steps. How large it becomes is shown by
`rounded`: trained by fit from initial weights that differ in their last digit.

Arguments: the names of spaces. Prints the curves as JSON, by space.
"""

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.data import Split
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import Candidate, load_space
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.training.checkpoint import read_checkpoint, write_checkpoint
from cnnsearch.training.engines import Engine, Training, start_engine
from cnnsearch.training.engines.compiled import engine as compiled
from cnnsearch.training.program import Programs
from cnnsearch.training.protocol import Member, Train

TASK = Classification.of(4)
RATES = ("dropout", "spatial_dropout", "stochastic_depth")
SHAPES = {"alexnet": (64, 64, 3), "signal1d": (64, 2), "spectrogram": (1024, 1), "volume3d": (16, 16, 16, 1)}
DRAWS = 20
RATE = 1e-4
"""With a large rate rounding grows from step to step, whatever computes it."""
EXAMPLES, EPOCHS = 40, 3
LAST_DIGIT = 1e-7


def examples_of(shape: tuple[int, ...], number: int, seed: int) -> Split:
    draws = np.random.default_rng(seed)
    y = draws.integers(4, size=number)
    x = draws.normal(size=(number, *shape)) + y.reshape(-1, *[1] * len(shape))
    return Split(x.astype(np.float32), y)


def without_draws(part):
    if isinstance(part, dict):
        return {name: 0.0 if name in RATES else without_draws(each) for name, each in part.items()}
    return [without_draws(each) for each in part] if isinstance(part, list) else part


def network_of(space: str, shape: tuple[int, ...]) -> Candidate:
    """Return the smallest of a few random candidates."""
    found = {}
    for seed in range(DRAWS):
        candidate = load_space(space).sample_random(seed, input_shape=shape, num_classes=4)
        with suppress(InfeasibleArchitectureError):
            found[analyze(candidate.architecture).macs] = candidate
    return plain(found[min(found)])


def plain(candidate: Candidate) -> Candidate:
    """Return a candidate without draws; Adam would divide gradients that are rounding by themselves."""
    architecture = Architecture.model_validate(without_draws(candidate.architecture.model_dump(mode="json")))
    plan = candidate.training
    optimizer = plan.optimizer.model_copy(update={"learning_rate": RATE})
    if hasattr(optimizer, "epsilon"):
        optimizer = optimizer.model_copy(update={"epsilon": 1e-3})
    changes = {"augmentation": (), "early_stopping": None, "optimizer": optimizer, "batch_size": 16}
    training = plan.model_copy(update=changes)
    return candidate.model_copy(update={"architecture": architecture, "training": training})


def curves(space: str) -> dict[str, object]:
    shape = SHAPES.get(space, (32, 32, 3))
    candidate = network_of(space, shape)
    found: dict[str, object] = {}
    for name, engine in {"fit": "fit", "rounded": "fit", "compiled": "compiled"}.items():
        member = Member(trial=0, candidate=candidate, place="0", epochs=EPOCHS, seed=3)
        chosen = {"metric": "validation_loss", "direction": "minimize", "engine": engine}
        job = Train(members=(member,), data="data", **chosen)
        train, validation = examples_of(shape, EXAMPLES, 0), examples_of(shape, 24, 1)
        trained = start_engine(Training(job, TASK, train, validation, (-4.0, 8.0), 0, "float32"), Programs())
        if name == "rounded":
            with TemporaryDirectory() as folder:
                round_weights(trained, Path(folder, "rounded.npz"))
        found[name] = [trained.run_epoch((0,))[0] for _ in range(EPOCHS)]
        found["use"] = trained.use(0).model_dump()
    return found


def round_weights(engine: Engine, snapshot: Path) -> None:
    """Change the last digit of a member's weights."""
    with snapshot.open("wb") as file:
        engine.snapshot(0, file)
    checkpoint, draws = read_checkpoint(snapshot), np.random.default_rng(0)
    changed = [
        (weights * (1 + LAST_DIGIT * draws.standard_normal(weights.shape))).astype(np.float32)
        for weights in checkpoint.weights
    ]
    with snapshot.open("wb") as file:
        write_checkpoint(file, replace(checkpoint, weights=changed))
    engine.restore(0, snapshot)


if __name__ == "__main__":
    compiled.are_patches_faster = lambda: False
    print(json.dumps({space: curves(space) for space in sys.argv[1:]}))
