"""The lines that every benchmark prints first: where and with what it ran."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tensorflow", "jax", "keras", "keras-tuner", "optuna", "mlflow", "numpy")


def header() -> str:
    """Python, packages and processor, in two lines."""
    packages = ", ".join(f"{name} {found}" for name in PACKAGES if (found := installed(name)))
    machine = f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    return f"Python {platform.python_version()}, {packages}\n{machine}"


def installed(name: str) -> str:
    """A package's version; empty where it is not installed, as TensorFlow need not be beside JAX."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
