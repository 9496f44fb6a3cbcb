"""Scripts that run in a process with JAX, on the CPU, and print their results as JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

from cnnsearch.training.backend import environment

ROOT = Path(__file__).parents[2]


def run_on_jax(script, *arguments):
    """Return what a script below tests/training prints on its last line."""
    process = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "training" / script), *arguments],
        env=os.environ | environment("jax") | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])
