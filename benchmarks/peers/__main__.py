"""`python -m peers`, with benchmarks/ on the path: runs the legs and prints what they came to."""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from candidates import feasible
from machine import header

from cnnsearch import load_data, load_space
from cnnsearch.training.backend import environment
from peers import __doc__ as about
from peers.datasets import NAMES, prepared
from peers.leg import TOOLS, Leg, Result
from peers.running import run_leg
from peers.table import table, throughput_table

HERE = Path(__file__).resolve().parent
CANDIDATES, CANDIDATE_EPOCHS = 12, 5
THROUGHPUT_TOOLS = {"kt-random": "keras-tuner", "optuna": "optuna", "cnnsearch": "cnnsearch"}
"""Who trains the fixed candidates, and what the table calls them: KerasTuner's tuners share one loop."""


def main() -> None:
    """Parses the options and runs what they ask for."""
    options = parsed()
    backend = options.backend or ("tensorflow" if find_spec("tensorflow") else "jax")
    print(f"{header()}\nKeras on {backend}, device: {device(backend)}", flush=True)
    data = prepared(options.dataset, options.results / "data", options.mnist10k)
    given = {**facts_of(data), "data": data, "space": options.space, "backend": backend}
    name = f"{options.dataset}-{Path(options.space).stem}"
    if options.throughput:
        measure_throughput(given, options.results / f"{name}-throughput-{backend}", options.tools)
    else:
        given |= {"seconds": options.seconds, "epochs": options.epochs, "baselines": options.baselines}
        more = {"all": "", "none": "-without-baselines", "recommended": "-recommended"}[options.baselines]
        folder = options.results / f"{name}-{options.seconds:g}s-{options.epochs}epochs-{backend}{more}"
        compare(given, folder, options.tools, options.seeds)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="peers", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", choices=NAMES, default="digits")
    parser.add_argument("--seconds", type=float, default=150, help="the time limit of each leg")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=20, help="the most epochs of a trial")
    parser.add_argument("--space", default="plain", help="a shipped space's name, or a file")
    parser.add_argument(
        "--baselines",
        choices=("all", "none", "recommended"),
        default="all",
        help="what cnnsearch begins with: the space's, none, or what the experience of other data recommends",
    )
    parser.add_argument("--tools", choices=TOOLS, nargs="+", default=list(TOOLS))
    parser.add_argument("--backend", choices=("tensorflow", "jax"), help="default: TensorFlow if installed")
    parser.add_argument("--mnist10k", type=Path, help="the .npz file of 10,000 MNIST digits")
    parser.add_argument(
        "--results", type=Path, default=HERE / "results", help="the folder of all legs' files"
    )
    parser.add_argument("--throughput", action="store_true", help="train 12 fixed candidates instead")
    options = parser.parse_args()
    options.results = options.results.resolve()
    return options


def facts_of(data: Path) -> dict[str, object]:
    """What a leg has to know of its data."""
    summary = load_data(data).summary
    pixels = {
        "low": summary.values.low,
        "high": summary.values.high,
        "means": summary.channel_means,
        "variances": summary.channel_variances,
    }
    return {"input_shape": summary.input_shape, "num_classes": len(summary.labels), "pixels": pixels}


def compare(given: dict[str, object], folder: Path, tools: list[str], seeds: list[int]) -> None:
    """Runs every leg that is not there yet, seed by seed, and prints the table."""
    from peers.plot import draw

    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for seed in seeds:
        for tool in tools:
            leg = Leg(tool=tool, seed=seed, work=folder / f".{tool}-seed{seed}", **given)
            results.append(run_leg(leg, folder / f"{tool}-seed{seed}.json"))
            print(said(results[-1]), flush=True)
    seconds = float(str(given["seconds"]))
    print(f"\n{folder.name}\n{table(results, seconds)}")
    draw(results, seconds, folder.name, folder / "best-against-time.png")
    print(f"plot: {folder / 'best-against-time.png'}")


def measure_throughput(given: dict[str, object], folder: Path, tools: list[str]) -> None:
    """Trains the same candidates with every tool and prints how long each took."""
    folder.mkdir(parents=True, exist_ok=True)
    space = load_space(str(given["space"]))
    shape = {name: given[name] for name in ("input_shape", "num_classes")}
    found = islice(feasible(space, is_limited=True, **shape), CANDIDATES)
    candidates = [candidate.params for candidate in found]
    given = {**given, "seconds": 24 * 3600, "epochs": CANDIDATE_EPOCHS, "candidates": candidates}
    results = []
    for tool, name in THROUGHPUT_TOOLS.items():
        if tool in tools:
            leg = Leg(tool=tool, seed=0, work=folder / f".{name}", **given)
            result = run_leg(leg, folder / f"{name}.json")
            results.append(result.model_copy(update={"tool": name}))
            print(said(results[-1]), flush=True)
    print(
        f"\n{folder.name}: {CANDIDATES} candidates, {CANDIDATE_EPOCHS} epochs each, from the start of the "
        f"process to the end of the last trial; steps are clocked by stopwatch/sitecustomize.py\n"
        f"{throughput_table(results)}"
    )


def said(result: Result) -> str:
    """A leg in a line."""
    outcome = result.outcome
    return (
        f"{result.tool}, seed {result.seed}: validation {outcome.validation:.4f}, test {outcome.test:.4f}, "
        f"{outcome.trials} trials ({outcome.infeasible} infeasible), {result.wall:.0f} s, "
        f"{result.peak_mb:.0f} MB"
    )


def device(backend: str) -> str:
    """What Keras computes on; another process is asked, so that this one takes no GPU memory."""
    code = "import keras; print(', '.join(keras.distribution.list_devices()))"
    asked = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment(backend)},
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
