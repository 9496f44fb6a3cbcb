"""`python -m knowledge.seconds PICTURES`: how long `cnnsearch recommend` takes, as a whole process.

PICTURES is a folder of class folders. First everything is new, then the pictures are packed but the features
are not known, then both are known. Targets for 10,000 pictures: under 10 s with packed pictures, under 1 s
with known features.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import header

REPEATS = 5


def main() -> None:
    """Print the three durations, the later two as medians."""
    print(header())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "CNNSEARCH_CACHE": str(folder / "cache")}
        print(f"new: {seconds(folder, environment):.2f} s")
        packed = []
        for _ in range(REPEATS):
            for known in (folder / "cache").glob("features-*"):
                shutil.rmtree(known)
            packed.append(seconds(folder, environment))
        print(f"packed: {statistics.median(packed):.2f} s")
        known = [seconds(folder, environment) for _ in range(REPEATS)]
        print(f"packed, features known: {statistics.median(known):.2f} s")


def seconds(folder: Path, environment: dict[str, str]) -> float:
    """How long one recommendation takes."""
    command = [sys.executable, "-m", "cnnsearch", "recommend", sys.argv[1], "--runs", str(folder / "runs")]
    began = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
