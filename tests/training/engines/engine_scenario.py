"""A script for one backend: train in several ways and print the results as JSON.

Arguments: the folder to work in, and `whole` (run everything) or `rest` (continue from the snapshots there).
"""

import json
import sys
from pathlib import Path

from cnnsearch.plan.augmentation import AUGMENTATIONS
from cnnsearch.plan.training_plan import Adam, Cosine, OneCycle, TrainingPlan
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.progress import Objective
from tests.training.networks import make_engine_of, make_model, make_split

TRAIN, VALIDATION = make_split(70, 1), make_split(30, 2)  # 70: the last batch of 16 is a partial one
PLAIN = TrainingPlan(
    batch_size=16, optimizer=Adam(learning_rate=0.01, clipnorm=1.0), schedule=Cosine(warmup_epochs=1.5)
)
EVERY_KIND = tuple(k() for k in AUGMENTATIONS.values() if 2 in k.dimensions and not k.needs_colour)
PLANS = {"plain": PLAIN, "augmented": PLAIN.model_copy(update={"augmentation": EVERY_KIND})}
ROUNDS = PLAIN.model_copy(update={"schedule": OneCycle()})
PLANS |= {"rounds": ROUNDS, "resized": ROUNDS}
WEIGHTS = {"plain": "none", "augmented": "balanced", "rounds": "none", "resized": "none"}
EPOCHS = 6
OF_A_PASS = Fidelity(rounds=EPOCHS, round_examples=32, subset=50, validation=20, checked=10)
"""Rounds that end in the middle of a pass over the subset."""
FIDELITIES = {"rounds": OF_A_PASS, "resized": OF_A_PASS.model_copy(update={"rounds": 9})}
DONE = 2
RESIZED = FIDELITIES["resized"].resized(EPOCHS, DONE)


def make_engine(name, seed=0, model=None):
    objective = Objective("validation_loss", "minimize")
    model = model or make_model(seed)
    fidelity = FIDELITIES.get(name)
    epochs = fidelity.rounds if fidelity else EPOCHS
    chosen = {"epochs": epochs, "seed": seed, "objective": objective, "fidelity": fidelity}
    return make_engine_of(model, PLANS[name], TRAIN, VALIDATION, class_weights=WEIGHTS[name], **chosen)


def curve(engine, name, epochs=EPOCHS):
    """Return the metrics of some epochs; the training of `resized` is shortened during the run."""
    found = []
    for _ in range(epochs):
        found.append(engine.run_epoch())
        if name == "resized" and engine.epoch == DONE:
            engine.resize(RESIZED)
    return found


def save(path: Path, write) -> None:
    with path.open("wb") as file:
        write(file)


def whole(folder: Path, name: str) -> dict:
    engine = make_engine(name)
    found = {"curve": curve(engine, name), "best_epoch": engine.progress.best_epoch}
    save(folder / "best-of-whole.npz", engine.save_best)
    found["again"] = curve(make_engine(name), name)
    found["other_seed"] = curve(make_engine(name, seed=1), name, 1)
    half = make_engine(name)
    curve(half, name, 3)
    save(folder / "snapshot.npz", half.snapshot)
    return found


def rest(folder: Path, name: str) -> dict:
    engine = make_engine(name, model=make_model(seed=99))  # its initial weights must not matter
    if name == "resized":
        engine.resize(RESIZED)
    engine.restore(folder / "snapshot.npz")
    found = {"curve": curve(engine, name, 3), "best_epoch": engine.progress.best_epoch}
    save(folder / "best-of-rest.npz", engine.save_best)
    return found


def run(folder: Path, part: str) -> dict:
    found = {}
    for name in PLANS:
        (folder / name).mkdir(exist_ok=True)
        found[name] = {"whole": whole, "rest": rest}[part](folder / name, name)
    return found


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2])))
