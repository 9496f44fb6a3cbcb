"""`cnnsearch doctor`: what this machine offers a search."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import get_args

from pydantic import TypeAdapter

from cnnsearch.cli.options import Json
from cnnsearch.errors import CnnsearchError
from cnnsearch.rpc import Call
from cnnsearch.training.backend import Backend, environment

PACKAGES = ("tensorflow", "jax", "keras", "keras-tuner", "optuna", "mlflow", "pandas", "torch", "cmaes")
BACKENDS: tuple[Backend, ...] = get_args(Backend)


def run(as_json: Json = False) -> None:
    """Show what a search would find on this machine.

    Its cores, memory and devices, and the versions of the packages that matter.
    """
    import psutil

    memory = psutil.virtual_memory().total
    packages = {name: _version(name) for name in PACKAGES}
    devices = {name: _devices(name) for name in BACKENDS if packages[name]}
    if as_json:
        machine = {"python": platform.python_version(), "platform": platform.platform()}
        found = {"cores": os.cpu_count(), "memory_bytes": memory, "packages": packages, "devices": devices}
        print(json.dumps({**machine, **found}))
        return
    print(f"Python {platform.python_version()} on {platform.platform()}")
    print(f"{os.cpu_count()} cores, {memory / 2**30:.0f} GiB of memory")
    for name, number in packages.items():
        print(f"{name:12} {number or 'not installed'}")
    for backend, names in devices.items():
        _print_devices(backend, names)


def _print_devices(backend: Backend, devices: tuple[str, ...]) -> None:
    has_gpu = any("cpu" not in device.lower() for device in devices)
    wanted = {"tensorflow": "cnnsearch[cuda]", "jax": "jax[cuda]"}[backend]
    advice = "" if has_gpu else f"  (no GPU found; where there is one: pip install '{wanted}')"
    print(f"--backend {backend}: {', '.join(devices) or 'could not be loaded'}{advice}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _devices(backend: Backend) -> tuple[str, ...]:
    """The devices as Keras names them, asked in a process of its own."""
    answer = TypeAdapter(tuple[str, ...])
    settings = environment(backend)
    try:
        return Call(
            "cnnsearch.training.devices:list_devices", None, answer, environment=settings, keras=True
        ).result()
    except CnnsearchError:
        return ()
