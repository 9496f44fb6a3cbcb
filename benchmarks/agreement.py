"""The analysis against the built Keras model, layer by layer, on random candidates of every shipped space.

Each candidate is for random examples of one to three dimensions. Nothing is allocated: the scope in which
the models are built leaves out to draw their weights.

python benchmarks/agreement.py --candidates 2000
"""

import argparse
import math
import os
import random
import sys
import time
from collections.abc import Iterator

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from machine import header

from cnnsearch.architecture import Analysis, Architecture, analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.models.build import build_model
from cnnsearch.space import SearchSpace, load_space, shipped_spaces

SIZES = {1: (16, 512), 2: (16, 128), 3: (8, 32)}
"""Least and largest size of examples along each of so many dimensions."""
CLASSES = 10
TRIES = 50
"""Inputs and candidates tried for one that is feasible."""


def main() -> int:
    """Prints the table; 1 where a candidate differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--candidates", type=int, default=2_000, help="how many in all (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="the first candidate's seed (default: 0)")
    given = parser.parse_args()
    names = list(shipped_spaces())
    print(header())
    print(f"backend {keras.backend.backend()}; {given.candidates} candidates from seed {given.seed}")
    print(f"{'space':<12}{'candidates':>12}{'agreed':>10}{'layers':>10}{'seconds':>10}")
    disagreed = 0
    for place, name in enumerate(names):
        count = given.candidates // len(names) + (place < given.candidates % len(names))
        disagreed += compare(name, given.seed, count)
    agreed = given.candidates - disagreed
    print(f"{'all':<12}{given.candidates:>12,}{agreed:>10,}")
    return 1 if disagreed else 0


def compare(name: str, seed: int, count: int) -> int:
    """Prints one space's row and every difference; returns how many candidates differ."""
    space, start, layers, disagreed = load_space(name), time.perf_counter(), 0, 0
    for number in range(seed, seed + count):
        architecture, analysis = feasible(space, number)
        layers += len(analysis.layers)
        found = list(differences(architecture, analysis))
        disagreed += bool(found)
        for difference in found:
            print(f"{name}, seed {number}, {architecture.input.shape}: {difference}")
    keras.backend.clear_session()
    spent = time.perf_counter() - start
    print(f"{name:<12}{count:>12,}{count - disagreed:>10,}{layers:>10,}{spent:>10,.1f}", flush=True)
    return disagreed


def feasible(space: SearchSpace, seed: int) -> tuple[Architecture, Analysis]:
    """A random candidate that can be built, on a random input."""
    draw = random.Random(seed)
    for _ in range(TRIES):
        shape = random_shape(draw)
        architecture = space.sample_random(
            draw.randrange(2**31), input_shape=shape, num_classes=CLASSES
        ).architecture
        try:
            return architecture, analyze(architecture)
        except InfeasibleArchitectureError:
            continue
    raise InfeasibleArchitectureError(f"{space.name}: {TRIES} candidates in a row cannot be built")


def random_shape(draw: random.Random) -> tuple[int, ...]:
    """`(*spatial, channels)`."""
    dimensions = draw.choice(list(SIZES))
    return (*(draw.randint(*SIZES[dimensions]) for _ in range(dimensions)), draw.choice([1, 2, 3, 4]))


def differences(architecture: Architecture, analysis: Analysis) -> Iterator[str]:
    """Where the built model is not what the analysis says."""
    with keras.StatelessScope(initialize_variables=False):
        model = build_model(architecture)
    built = {layer.name: layer for layer in model.layers[1:]}
    if built.keys() != {row.name for row in analysis.layers}:
        yield f"other layers: {built.keys() ^ {row.name for row in analysis.layers}}"
        return
    for row in analysis.layers:
        shape, weights = built[row.name].output.shape[1:], built[row.name].count_params()
        if (shape, weights) != (row.output_shape, row.num_weights):
            yield f"{row.name}: built {shape}, {weights}; analyzed {row.output_shape}, {row.num_weights}"
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    if trainable != analysis.num_trainable_weights:
        yield f"{trainable} weights trained; analyzed {analysis.num_trainable_weights}"


if __name__ == "__main__":
    sys.exit(main())
