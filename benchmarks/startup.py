"""How long the light commands take from start to end: `python benchmarks/startup.py`. Target: 0.5 s."""

import statistics
import subprocess
import sys
import time

from machine import header

COMMANDS = (["--help"], ["validate", "plain"], ["validate", "vgg"], ["spaces"], ["describe", "plain"])
REPEATS = 7
HEAVY = ("tensorflow", "keras", "optuna", "mlflow")
SCRIPT = """
import atexit, sys
atexit.register(lambda: print([n for n in {heavy} if n in sys.modules], file=sys.stderr))
from cnnsearch.cli import main
main()
"""


def main() -> None:
    print(header())
    print(f"{'command':20} {'median':>8} {'least':>8} {'most':>8}  heavy packages loaded")
    for command in COMMANDS:
        seconds, heavy = measured(command)
        figures = (statistics.median(seconds), min(seconds), max(seconds))
        print(f"{' '.join(command):20} " + " ".join(f"{figure:6.2f} s" for figure in figures) + f"  {heavy}")


def measured(command: list[str]) -> tuple[list[float], str]:
    """The seconds of each run but the first, which warms the disk's cache; and what it had loaded."""
    line = [sys.executable, "-c", SCRIPT.format(heavy=HEAVY), *command]
    seconds, heavy = [], ""
    for _ in range(REPEATS + 1):
        began = time.perf_counter()
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - began)
        heavy = done.stderr.splitlines()[-1]
    return seconds[1:], heavy


if __name__ == "__main__":
    main()
