"""The environment that a process needs before it imports Keras, and that import. Itself imports no Keras."""

import importlib.util
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

from cnnsearch.caching import cache_folder
from cnnsearch.errors import MissingDependencyError

Backend = Literal["tensorflow", "jax"]

NO_PICKLES = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
"""Set for every process that cnnsearch starts: by default MLflow loads pickles."""

KERAS_SETTINGS: dict[str, Any] = {"image_data_format": "channels_last", "floatx": "float32", "epsilon": 1e-7}
"""The settings of keras.json that every process of cnnsearch uses, whatever the file says."""

# The networks of a search are many and small: cache everything that took this long to compile, of any size.
_KEPT_BY_JAX = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "JAX_COMPILATION_CACHE_MAX_SIZE": str(2**30),
}

# The argument of `pip install` for a missing backend.
_INSTALL = {"tensorflow": "tensorflow", "jax": "'cnnsearch[jax]'"}


# Optional imports of Keras and TensorFlow that training does not use.
_NOT_FOR_TRAINING = ("jax", "matplotlib", "pandas", "sklearn")


def load_keras(backend: Backend) -> ModuleType:
    """Import Keras with its own defaults, whatever the user's keras.json says, and return it."""
    with _training_imports(backend):
        import keras
    for name, value in KERAS_SETTINGS.items():
        getattr(keras.config, f"set_{name}")(value)
    return cast(ModuleType, keras)


def ignored_keras_settings() -> dict[str, Any]:
    """Return the settings of the user's keras.json that `load_keras` replaces by other values."""
    folder = os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser()
    try:
        found = json.loads(Path(folder, "keras.json").read_bytes())
        return {name: found[name] for name, own in KERAS_SETTINGS.items() if found.get(name, own) != own}
    except (OSError, ValueError, AttributeError):  # missing, unreadable, or not an object
        return {}


@contextmanager
def _training_imports(backend: Backend) -> Iterator[None]:
    """Block the imports that training does not use while Keras is imported; they would nearly double the
    time. They can be imported afterwards as usual."""
    kept_out = [name for name in _NOT_FOR_TRAINING if name != backend and name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out))  # type: ignore[arg-type]  # None: an ImportError
    try:
        yield
    finally:
        for name in kept_out:
            del sys.modules[name]


def check_installed(backend: Backend) -> None:
    """Check that the backend can be imported, without importing it.

    Raises:
        MissingDependencyError: Its package is missing; the message says how to install it.
    """
    if importlib.util.find_spec(backend) is None:
        raise MissingDependencyError(
            f"The backend {backend!r} is not installed; install it with `pip install {_INSTALL[backend]}`."
        )


def environment(backend: Backend, threads: int | None = None) -> dict[str, str]:
    """Return the variables that choose the backend, silence it, and limit its threads and GPU memory.

    GPU memory grows on demand, so that several workers can share a GPU. JAX keeps compiled programs in the
    user's cache for later processes. MLflow must not load pickles.
    """
    chosen = {
        **NO_PICKLES,
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    if backend == "jax":
        chosen |= {"JAX_COMPILATION_CACHE_DIR": str(cache_folder() / "jax"), **_KEPT_BY_JAX}
    if threads:  # JAX's CPU client takes the size of its thread pool from NPROC
        names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "NPROC")
        chosen |= dict.fromkeys(names, str(threads))
    return chosen


def has_accelerator(devices: Iterable[str]) -> bool:
    """Return whether devices, as Keras names them, are more than the processor."""
    return not all(device.lower().startswith("cpu") for device in devices)


def versions(backend: Backend) -> dict[str, str]:
    """Return the versions of Python, Keras, the backend and numpy, on which results depend."""
    from importlib.metadata import version  # imported late: commands that print no versions start sooner

    packages = ("keras", backend, "numpy")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
