"""How well a training step's seconds are predicted: `python benchmarks/step_costs.py [--record]`.

With --record, and where there is no table yet, it clocks the steps of random networks of all shipped spaces
on this machine, one after another, and adds them to benchmarks/step_costs.jsonl; what is recorded already is
not clocked again. Then it prints how far predictions are off: from the matrix-product rate alone, with the
steps of all other spaces known, and with those of other networks of the same space known too.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from candidates import feasible
from machine import header

from cnnsearch import analyze, load_space
from cnnsearch.search.cost_model import ClockedStep, CostModel, Workload, matrix_rate
from cnnsearch.space import Candidate
from cnnsearch.space.library import shipped_spaces
from cnnsearch.training.backend import environment

Row = dict[str, Any]
TABLE = Path(__file__).with_name("step_costs.jsonl")
SHAPES = {1: [(128, 1), (64, 6)], 2: [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 3)], 3: [(16, 16, 16, 1)]}
DIMENSIONS = {"signal1d": 1, "volume3d": 3}
NETWORKS, WARM_UP, STEPS, MOST_SECONDS = 3, 3, 12, 6.0
CLASSES = 10
DRAWS, MOST_STEP_BYTES, MOST_MACS = 60, 10**9, 3 * 10**8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help="clock steps on this machine first")
    options = parser.parse_args()
    print(header())
    if options.record or not TABLE.exists():
        record()
    rows = read()
    print(f"{len(rows)} networks; the machine's matrix product: {rows[0]['flops'] / 1e9:.0f} GFLOP/s\n")
    print("| space | networks | nothing known | other spaces known | its own too |")
    print("| --- | --- | --- | --- | --- |")
    names = sorted({row["space"] for row in rows})
    for name in names:
        print(f"| {name} | {' | '.join(cells([row for row in rows if row['space'] == name], rows))} |")
    print(f"| all | {' | '.join(cells(rows, rows))} |")


def cells(chosen: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    """The count, then for each kind of knowledge the median error and in parentheses that of nine in ten."""
    yield str(len(chosen))
    known: list[Callable[[Row, Row], bool]] = [
        lambda row, other: False,
        lambda row, other: other["space"] != row["space"],
        lambda row, other: other is not row,
    ]
    for is_known in known:
        errors = sorted(abs(error(row, [other for other in rows if is_known(row, other)])) for row in chosen)
        yield f"{median(errors):.0%} ({errors[int(0.9 * len(errors))]:.0%})"


def error(row: Row, known: Sequence[Row]) -> float:
    """By what share of the truth a prediction is off, with these steps known."""
    step, model = step_of(row), CostModel(row["flops"], map(step_of, known))
    return model.step_seconds(step.workload, step.batch_size) / step.seconds - 1.0


def step_of(row: Row) -> ClockedStep:
    return ClockedStep.model_validate(row["step"])


def read() -> list[Row]:
    return [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


def record() -> None:
    """Clocks what is not in the table yet."""
    os.environ.update(environment("tensorflow"))
    known = (
        {(row["space"], tuple(row["shape"]), row["number"]) for row in read()} if TABLE.exists() else set()
    )
    flops = matrix_rate()
    for name in shipped_spaces():
        for shape in SHAPES[DIMENSIONS.get(name, 2)]:
            space = load_space(name)
            for number, candidate in enumerate(islice(small(space, shape), NETWORKS)):
                if (name, shape, number) in known:
                    continue
                workload = Workload.of(analyze(candidate.architecture))
                size = candidate.training.batch_size
                step = ClockedStep(
                    workload=workload, batch_size=size, seconds=seconds_of_a_step(candidate, shape)
                )
                row = {
                    "space": name,
                    "shape": shape,
                    "number": number,
                    "flops": flops,
                    "step": step.model_dump(),
                }
                with TABLE.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                print(f"{name} {shape} {number}: {1000 * step.seconds:.1f} ms", flush=True)


def small(space, shape) -> Iterator[Candidate]:
    """Random networks whose steps memory holds: none where the input is too small for the space."""
    for candidate in feasible(space, draws=DRAWS, input_shape=shape, num_classes=CLASSES):
        analysis = analyze(candidate.architecture)
        step_bytes = analysis.activation_bytes * candidate.training.batch_size
        if step_bytes < MOST_STEP_BYTES and analysis.macs < MOST_MACS:
            yield candidate


def seconds_of_a_step(candidate: Candidate, shape: tuple[int, ...]) -> float:
    """The median over some steps, after those that trace and warm up."""
    import numpy as np

    from cnnsearch.models.build import build_model
    from cnnsearch.training.job import forget_models
    from cnnsearch.training.program import compile_model

    size = candidate.training.batch_size
    model = build_model(candidate.architecture)
    compile_model(model, candidate.training, steps_per_epoch=STEPS, epochs=1)
    draws = np.random.default_rng(0)
    x = draws.integers(0, 256, (size, *shape)).astype(np.uint8)
    y = np.eye(CLASSES, dtype=np.float32)[draws.integers(0, CLASSES, size)]
    seconds, begun = [], time.perf_counter()
    for number in range(WARM_UP + STEPS):
        before = time.perf_counter()
        model.train_on_batch(x, y)
        if number >= WARM_UP:
            seconds.append(time.perf_counter() - before)
        if len(seconds) > 3 and time.perf_counter() - begun > MOST_SECONDS:
            break
    del model
    forget_models()
    return median(seconds)


if __name__ == "__main__":
    main()
