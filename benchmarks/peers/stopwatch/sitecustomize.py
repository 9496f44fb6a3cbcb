"""Counts the seconds that Keras spends in training and validation steps, in any process that has this on its
path and a folder named in PEERS_STOPWATCH.

Python imports a module of this name when it starts. Here it waits until Keras's trainer is imported, and
puts a clock around each call of the compiled functions that `fit` and `evaluate` call once a step: the same
for every tool. What the tool, Keras's own loop and its callbacks do between the steps is not in it; the
tracing of a network's first step is. On JAX a step is over when its results are there.
"""

import atexit
import importlib.abc
import importlib.util
import json
import os
import sys
import time
from pathlib import Path

TRAINERS = ("keras.src.backend.tensorflow.trainer", "keras.src.backend.jax.trainer")
CLASSES = {"tensorflow": "TensorFlowTrainer", "jax": "JAXTrainer"}


class Stopwatch:
    """Adds up the time inside of timed functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function):
        """The same function, timed."""

        def run(*arguments):
            began = time.perf_counter()
            try:
                return finished(function(*arguments))
            finally:
                self.seconds += time.perf_counter() - began

        return run

    def write(self) -> None:
        """Leaves the sum in the folder."""
        file = Path(os.environ["PEERS_STOPWATCH"]) / f"steps-{os.getpid()}.json"
        file.write_text(json.dumps({"seconds": self.seconds}))


def finished(results):
    """Waits for JAX, which gives results out before they are there."""
    if "jax" in sys.modules and os.environ.get("KERAS_BACKEND") == "jax":
        sys.modules["jax"].block_until_ready(results)
    return results


def install(module, stopwatch: Stopwatch) -> None:
    """Puts the clock around the functions that a trainer makes."""
    trainer = getattr(module, CLASSES[module.__name__.split(".")[3]])
    for name in ("train_function", "test_function"):
        make = getattr(trainer, f"make_{name}")

        def make_timed(self, force=False, *, make=make, name=name):
            before = getattr(self, name)
            made = make(self, force)
            if getattr(self, name) is not before:
                setattr(self, name, stopwatch.timed(getattr(self, name)))
            return made

        setattr(trainer, f"make_{name}", make_timed)


class Finder(importlib.abc.MetaPathFinder):
    """Installs the clock once a trainer has been imported."""

    def find_spec(self, name, path=None, target=None):
        if name not in TRAINERS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            stopwatch = Stopwatch()
            install(module, stopwatch)
            atexit.register(stopwatch.write)

        spec.loader.exec_module = exec_module
        return spec


if os.environ.get("PEERS_STOPWATCH"):
    sys.meta_path.insert(0, Finder())
