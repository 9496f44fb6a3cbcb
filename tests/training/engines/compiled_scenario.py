"""A script on JAX: train in several ways with the compiled engine, and print the results as JSON.

Argument: the folder for snapshots.
"""

import json
import sys
from pathlib import Path

import jax
import keras
import numpy as np

from cnnsearch.architecture import Architecture, Head, Input, Stage
from cnnsearch.architecture.blocks import Conv, Dense
from cnnsearch.plan.augmentation import AUGMENTATIONS, GaussianNoise, Hue, Saturation
from cnnsearch.plan.training_plan import Adam, AdamW, Cosine, OneCycle, RMSprop, Sgd, TrainingPlan
from cnnsearch.space import Candidate
from cnnsearch.training import program
from cnnsearch.training.engines import Training, TrainingDivergedError, start_engine
from cnnsearch.training.engines.compiled import choice
from cnnsearch.training.engines.compiled.convolution import use_patches
from cnnsearch.training.engines.compiled.programs import Programs
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import Member, Train
from tests.training.networks import TASK, make_split

TRAIN, VALIDATION = make_split(70, 1), make_split(30, 2)  # 70: the last batch of 16 is a partial one
EPOCHS = 4
AUGMENTED = TrainingPlan(batch_size=16, optimizer=Sgd(learning_rate=0.05))
ON_A_DEVICE = tuple(
    kind()
    for kind in AUGMENTATIONS.values()
    if 2 in kind.dimensions and kind not in (GaussianNoise, Saturation, Hue)
)
PLANS = {
    "momentum": TrainingPlan(batch_size=16, optimizer=Sgd(learning_rate=0.05, momentum=0.9, nesterov=True)),
    "cosine": TrainingPlan(
        batch_size=16,
        optimizer=Adam(learning_rate=0.01, clipnorm=1.0, epsilon=1e-3),
        schedule=Cosine(warmup_epochs=1.5),
        label_smoothing=0.1,
    ),
    "cycle": TrainingPlan(
        batch_size=32, optimizer=AdamW(learning_rate=0.01, epsilon=1e-3), schedule=OneCycle()
    ),
    "rmsprop": TrainingPlan(batch_size=70, optimizer=RMSprop(learning_rate=0.003, epsilon=1e-3)),
    "augmented": AUGMENTED.model_copy(update={"augmentation": ON_A_DEVICE}),
    "noisy": AUGMENTED.model_copy(update={"augmentation": (GaussianNoise(),)}),
}
GROUP = [
    PLANS["momentum"],
    PLANS["momentum"].model_copy(update={"optimizer": Sgd(learning_rate=0.02, momentum=0.5, nesterov=True)}),
    PLANS["momentum"].model_copy(update={"schedule": Cosine(), "label_smoothing": 0.2}),
    PLANS["momentum"],
]
"""Plans that differ in numbers alone; the first and the last are for networks with different dropout."""
OF_A_PASS = Fidelity(rounds=6, round_examples=32, subset=50, validation=20, checked=10)
RESIZED = OF_A_PASS.resized(EPOCHS, 2)


def architecture(dropout=0.0):
    convolution = Conv(filters=8, kernel_size=3, use_bias=False, spatial_dropout=dropout / 2)
    return Architecture(
        input=Input(shape=(6, 6, 1), scale=(1 / 255,)),
        stages=(Stage(blocks=(convolution,)),),
        head=Head(dense=(Dense(units=8, dropout=dropout),)),
        outputs=TASK.outputs,
    )


def make_member(trial, plan, dropout=0.0, **changes):
    candidate = Candidate(architecture=architecture(dropout), training=plan, params={})
    fields = {"trial": trial, "candidate": candidate, "place": f"{trial}", "epochs": EPOCHS, "seed": trial}
    return Member(**fields | changes)


def start(members, engine="compiled", weights="none", precision="float32"):
    job = Train(
        members=tuple(members),
        data="data",
        metric="validation_loss",
        direction="minimize",
        engine=engine,
        class_weights=weights,
    )
    training = Training(job, TASK, TRAIN, VALIDATION, (0.0, 255.0), 0, precision)
    return start_engine(training, program.Programs())


def curves(engine, trials, epochs=EPOCHS):
    """Return the metrics of each trial's epochs; those of one that diverged end with the reason."""
    found, left = {trial: [] for trial in trials}, list(trials)
    for _ in range(epochs):
        for trial, end in engine.run_epoch(left).items():
            has_diverged = isinstance(end, TrainingDivergedError)
            found[trial].append(str(end) if has_diverged else end)
            if has_diverged:
                left.remove(trial)
                engine.leave(trial)
    return found


def with_fit():
    """Each plan with both engines."""
    found = {}
    for name, plan in PLANS.items():
        weights = "balanced" if name == "cycle" else "none"
        engines = {each: start([make_member(0, plan)], each, weights) for each in ("fit", "compiled")}
        found[name] = {each: curves(engine, [0])[0] for each, engine in engines.items()}
        found[name]["use"] = engines["compiled"].use(0).model_dump()
    return found


def members():
    rates = [0.2, 0.4, 0.3, 0.1]
    return [make_member(trial, plan, rates[trial]) for trial, plan in enumerate(GROUP)]


def in_groups():
    """Members together, and each alone."""
    engine = start(members())
    return {
        "use": engine.use(0).model_dump(),
        "together": list(curves(engine, range(len(GROUP))).values()),
        "alone": [curves(start([member]), [member.trial])[member.trial] for member in members()],
    }


def leaving():
    """Members that leave one after another."""
    engine, trials = start(members()), list(range(len(GROUP)))
    found = {trial: [] for trial in trials}
    for _ in range(EPOCHS):
        for trial, metrics in engine.run_epoch(tuple(trials)).items():
            found[trial].append(metrics)
        if len(trials) > 1:
            engine.leave(trials.pop(0))
    return list(found.values())


def restored(folder):
    """Members that go on from their snapshots in another engine; in rounds with a change of their length."""
    found = {}
    for name, fidelity in {"epochs": None, "rounds": OF_A_PASS}.items():
        group = [make_member(trial, plan, 0.2, fidelity=fidelity) for trial, plan in enumerate(GROUP[:2])]
        engine = start(group)
        curves(engine, (0, 1), 2)
        for trial in (0, 1):
            save(folder / f"{trial}.npz", engine.snapshot, trial)
        if fidelity:
            group = [member.resized(RESIZED) for member in group]
            for trial in (0, 1):
                engine.resize(trial, RESIZED)
        again = start(group)
        for trial in (0, 1):
            again.restore(trial, folder / f"{trial}.npz")
        found[name] = {}
        for each, trained in {"unbroken": engine, "again": again}.items():
            rest = list(curves(trained, (0, 1), 2).values())
            best = [trained.progress(trial).best_epoch for trial in (0, 1)]
            found[name][each] = {"curves": rest, "best": best}
            save(folder / f"{name}-{each}.npz", trained.save_best, 0)
    return found


def save(path: Path, write, trial: int) -> None:
    with path.open("wb") as file:
        write(trial, file)


def diverging():
    """A member whose loss is not finite, between two others."""
    wild = PLANS["momentum"].model_copy(
        update={"optimizer": Sgd(learning_rate=1e38, momentum=0.9, nesterov=True)}
    )
    group = [make_member(0, GROUP[0], 0.2), make_member(1, wild, 0.2), make_member(2, GROUP[2], 0.3)]
    return {
        "together": list(curves(start(group), (0, 1, 2)).values()),
        "alone": [curves(start([member]), [member.trial])[member.trial] for member in (group[0], group[2])],
    }


def in_too_little_memory():
    """Members of which only two fit into memory together, as the device says when it trains more."""
    found = {}
    train = Programs.steps

    def steps(programs, fetch, shared, between, state, *rest):
        if len(rest[-1]) > 2:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 byte.")
        return train(programs, fetch, shared, between, state, *rest)

    for name in ("compiling", "training"):
        engine = start(members()) if name == "training" else None
        Programs.steps = steps
        engine = engine or start(members())
        ends = list(curves(engine, range(len(GROUP))).values())
        Programs.steps = train
        found[name] = {"curves": ends, "most": engine._engines[0]._programs.most}
    return found


def in_bfloat16():
    """Both engines with mixed precision."""
    engines = {
        each: start([make_member(0, PLANS["momentum"])], each, precision="mixed_bfloat16")
        for each in ("fit", "compiled")
    }
    use = engines["compiled"].use(0).model_dump()
    return {"use": use} | {each: curves(engine, [0])[0] for each, engine in engines.items()}


WINDOWS = [
    {"kernel_size": 3},
    {"kernel_size": 5, "strides": 2},
    {"kernel_size": 4, "groups": 2},
    {"kernel_size": 2, "dilation_rate": 2},
    {"kernel_size": 3, "strides": 2, "padding": "valid", "groups": 4},
    {"kernel_size": 3, "dilation_rate": 2, "padding": "valid"},
    {"kernel_size": 1, "strides": 2},
]


def convolution():
    """How far products of patches are from Keras's convolution; and the measured form, which the next process
    reads."""
    draws, differences = np.random.default_rng(0), []
    causal = {"kernel_size": 3, "dilation_rate": 2, "padding": "causal"}
    for dimensions in (1, 2, 3):
        make, shape = getattr(keras.layers, f"Conv{dimensions}D"), (*(9, 7, 8)[:dimensions], 4)
        windows = [{"padding": "same", **window} for window in WINDOWS]
        layers = [make(8, **window) for window in windows] + ([make(8, **causal)] if dimensions == 1 else [])
        if dimensions < 3:
            depthwise = getattr(keras.layers, f"DepthwiseConv{dimensions}D")
            layers.append(depthwise(3, strides=2, padding="same", depth_multiplier=2, activation="relu"))
        x = draws.normal(size=(2, *shape)).astype(np.float32)
        for layer in layers:
            model = keras.Sequential([keras.Input(shape), layer])
            before = np.asarray(model(x))
            use_patches(model)
            differences.append(float(np.abs(np.asarray(model(x)) - before).max()))
    found = choice.are_patches_faster()
    choice._seconds = None
    return {"differences": differences, "patches": found, "again": choice.are_patches_faster()}


def without_a_program():
    """What the engine leaves to fit."""
    engine = start([make_member(0, PLANS["cosine"])], precision="mixed_float16")
    return {"use": engine.use(0).model_dump(), "curve": curves(engine, [0], 1)[0]}


def main(folder: Path) -> None:
    found = {
        "with_fit": with_fit(),
        "in_groups": in_groups(),
        "leaving": leaving(),
        "restored": restored(folder),
        "diverging": diverging(),
        "in_too_little_memory": in_too_little_memory(),
        "in_bfloat16": in_bfloat16(),
        "convolution": convolution(),
        "without_a_program": without_a_program(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
