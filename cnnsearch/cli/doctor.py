"""`cnnsearch doctor`: the cores, memory, devices and packages of this machine."""

import json
import os
import platform
import subprocess

from cnnsearch.cli.options import Json
from cnnsearch.cli.versions import package_versions
from cnnsearch.processes import python_command

PROBE = """
import json, os, sys
os.environ["KERAS_BACKEND"] = sys.argv[1]
import keras
print(json.dumps(keras.distribution.list_devices()))
"""


def run(as_json: Json = False) -> None:
    """Show what this machine offers a search: cores, memory, devices and package versions."""
    import psutil

    memory = psutil.virtual_memory().total
    packages = package_versions()
    devices = {name: _devices(name) for name in ("tensorflow", "jax") if packages[name]}
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


def _print_devices(backend: str, devices: list[str]) -> None:
    has_gpu = any("cpu" not in device.lower() for device in devices)
    wanted = {"tensorflow": "cnnsearch[cuda]", "jax": "jax[cuda]"}[backend]
    advice = "" if has_gpu else f"  (no GPU found; to use one: pip install '{wanted}')"
    print(f"--backend {backend}: {', '.join(devices) or 'not available'}{advice}")


def _devices(backend: str) -> list[str]:
    """Return the devices as Keras names them, from a separate process."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = python_command("-c", PROBE, backend)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return []
    devices: list[str] = json.loads(done.stdout.splitlines()[-1])
    return devices
