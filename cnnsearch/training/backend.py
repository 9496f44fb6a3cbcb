"""What a process must have in its environment before Keras is imported in it. Imports no Keras."""

import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from cnnsearch.caching import cache_folder
from cnnsearch.errors import MissingDependencyError

Backend = Literal["tensorflow", "jax"]

NO_PICKLES = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
"""For every process that is started from here: MLflow's own default is to load them."""

# Networks of a search are many and small: whatever took this long to compile is kept, of any size.
_KEPT_BY_JAX = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "JAX_COMPILATION_CACHE_MAX_SIZE": str(2**30),
}

# What installs a backend that is missing.
_INSTALL = {"tensorflow": "tensorflow", "jax": "'cnnsearch[jax]'"}


# What Keras and TensorFlow load where it is installed, for parts of theirs that training does not use.
_NOT_FOR_TRAINING = ("jax", "matplotlib", "pandas", "sklearn")


@contextmanager
def loading_keras(backend: Backend) -> Iterator[None]:
    """Keeps out, while Keras is imported, what would take nearly as long again to import and is not used in
    training; it can be imported afterwards as ever."""
    kept_out = [name for name in _NOT_FOR_TRAINING if name != backend and name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out))  # type: ignore[arg-type]  # None: an ImportError
    try:
        yield
    finally:
        for name in kept_out:
            del sys.modules[name]


def check_installed(backend: Backend) -> None:
    """Checks that the backend can be imported, without importing it.

    Raises:
        MissingDependencyError: Its package is missing; the message says how to install it.
    """
    if importlib.util.find_spec(backend) is None:
        raise MissingDependencyError(
            f"The backend {backend!r} is not installed; `pip install {_INSTALL[backend]}` brings it."
        )


def environment(backend: Backend, threads: int | None = None) -> dict[str, str]:
    """The variables that choose the backend, keep it quiet and bound its threads and its GPU memory.

    A GPU's memory is taken as it is needed (memory growth), so that several workers can share one. What JAX
    has compiled is kept in the user's cache, for the next process that trains the like. MLflow, where it is
    used, is to load no pickle.
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
    if threads:  # NPROC is what JAX's CPU client sizes its pool by
        names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "NPROC")
        chosen |= dict.fromkeys(names, str(threads))
    return chosen


def versions(backend: Backend) -> dict[str, str]:
    """What a result depends on besides the job."""
    packages = ("keras", backend, "numpy")
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in packages
    }
