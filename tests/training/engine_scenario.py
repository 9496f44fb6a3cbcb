"""Run in a process of its own, for one backend: trains in several ways and prints what came of it as JSON.

Arguments: the folder to work in, and `whole` (runs everything) or `rest` (goes on from the snapshot there).
"""

import json
import sys
from pathlib import Path

from networks import make_model, make_split

from cnnsearch.training.keras_engine import KerasEngine
from cnnsearch.training.plan import Adam, Cosine, TrainingPlan
from cnnsearch.training.progress import Objective

TRAIN, VALIDATION = make_split(70, 1), make_split(30, 2)  # 70: the last batch of 16 is a partial one
PLAN = TrainingPlan(
    batch_size=16, optimizer=Adam(learning_rate=0.01, clipnorm=1.0), schedule=Cosine(warmup_epochs=1.5)
)
EPOCHS = 6


def make_engine(model=None, plan=PLAN, train=TRAIN, seed=0):
    objective = Objective("validation_loss", "minimize")
    model = model or make_model(seed)
    return KerasEngine(model, plan, train, VALIDATION, epochs=EPOCHS, seed=seed, objective=objective)


def curve(engine, epochs=EPOCHS):
    return [engine.run_epoch() for _ in range(epochs)]


def whole(folder: Path) -> dict:
    engine = make_engine()
    found = {"curve": curve(engine), "best_epoch": engine.progress.best_epoch}
    engine.save_best(folder / "best-of-whole.npz")
    found["again"] = curve(make_engine())
    found["other_seed"] = curve(make_engine(seed=1), 1)
    half = make_engine()
    curve(half, 3)
    half.snapshot(folder / "snapshot.npz")
    return found


def rest(folder: Path) -> dict:
    engine = make_engine(make_model(seed=99))  # what it was born with must not matter
    engine.restore(folder / "snapshot.npz")
    found = {"curve": curve(engine, 3), "best_epoch": engine.progress.best_epoch}
    engine.save_best(folder / "best-of-rest.npz")
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(json.dumps({"whole": whole, "rest": rest}[sys.argv[2]](folder)))
