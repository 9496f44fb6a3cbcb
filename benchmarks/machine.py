"""The lines that every benchmark prints first: where and with what it ran."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "optuna", "mlflow", "numpy")


def header() -> str:
    """Python, packages and processor, in two lines."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    return f"Python {platform.python_version()}, {packages}\n{machine}"


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
