"""`cnnsearch doctor`: the cores, memory, devices and packages of this machine."""

import json
import os
import platform
from typing import get_args

from cnnsearch.cli.options import Json
from cnnsearch.training.backend import KERAS_SETTINGS, Backend, has_accelerator, ignored_keras_settings

BACKENDS: tuple[Backend, ...] = get_args(Backend)


def run(as_json: Json = False) -> None:
    """Show what this machine offers a search: cores, memory, devices and package versions."""
    import psutil

    from cnnsearch.cli.versions import package_versions
    from cnnsearch.search.accelerators import find_devices

    memory = psutil.virtual_memory().total
    packages = package_versions()
    devices = {name: find_devices(name) for name in BACKENDS if packages[name]}
    ignored = ignored_keras_settings()
    if as_json:
        machine = {"python": platform.python_version(), "platform": platform.platform()}
        found = {"cores": os.cpu_count(), "memory_bytes": memory, "packages": packages, "devices": devices}
        print(json.dumps({**machine, **found, "keras_json_ignored": ignored}))
        return
    print(f"Python {platform.python_version()} on {platform.platform()}")
    print(f"{os.cpu_count()} cores, {memory / 2**30:.0f} GiB of memory")
    for name, number in packages.items():
        print(f"{name:12} {number or 'not installed'}")
    for backend, names in devices.items():
        _print_devices(backend, names)
    for name, value in ignored.items():
        print(f"keras.json sets {name} to {value}; cnnsearch uses {KERAS_SETTINGS[name]}")


def _print_devices(backend: Backend, devices: tuple[str, ...]) -> None:
    wanted = {"tensorflow": "cnnsearch[cuda]", "jax": "jax[cuda]"}[backend]
    advice = "" if has_accelerator(devices) else f"  (no GPU found; to use one: pip install '{wanted}')"
    print(f"--backend {backend}: {', '.join(devices) or 'not available'}{advice}")
