"""Sampling and analysing candidates on one core, against building the same ones in Keras.

python benchmarks/sampling.py
"""

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from machine import header

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import SearchSpace, load_space, shipped_spaces

CANDIDATES = 2_000
BUILT = 20
TARGET = 2_000
"""Candidates a second."""
INPUT_SHAPE = (32, 32, 3)
LARGEST = 5_000_000
"""Weights above which a candidate is not built: allocating them would be all that is measured."""


def main() -> None:
    """Prints the table."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sampled = {name: seconds(lambda name=name: sample_all(load_space(name))) for name in shipped_spaces()}
    import keras  # after the sampling: nothing of it may run beside the measurement

    print(header())
    print(f"on one of the cores; backend {keras.backend.backend()}; input {INPUT_SHAPE}, 10 classes")
    print(f"{'space':<12}{'sampled and analysed':>24}{'built in Keras':>20}{'ratio':>10}")
    for name, spent in sampled.items():
        fast, slow = CANDIDATES / spent, BUILT / building_time(load_space(name))
        verdict = "" if fast >= TARGET else f"  below {TARGET:,}"
        print(f"{name:<12}{fast:>22,.0f}/s{slow:>18,.1f}/s{fast / slow:>10,.0f}{verdict}")


def sample_all(space: SearchSpace) -> None:
    """Samples and analyses; an infeasible candidate counts, as its reason has been found."""
    for seed in range(CANDIDATES):
        try:
            analyze(architecture(space, seed))
        except InfeasibleArchitectureError:
            continue


def building_time(space: SearchSpace) -> float:
    """Seconds to build the first feasible candidates in Keras."""
    from cnnsearch.models.build import build_model

    chosen: list[Architecture] = []
    seed = 0
    while len(chosen) < BUILT:
        try:
            if analyze(architecture(space, seed)).num_weights <= LARGEST:
                chosen.append(architecture(space, seed))
        except InfeasibleArchitectureError:
            pass
        seed += 1
    build_model(chosen[0])  # the first one pays for what Keras loads late
    return seconds(lambda: [build_model(one) for one in chosen])


def architecture(space: SearchSpace, seed: int) -> Architecture:
    """The network of a random candidate."""
    return space.sample_random(seed, input_shape=INPUT_SHAPE, num_classes=10).architecture


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
