"""Which form of a convolution is faster on this device: measured once, and recorded in the user's cache."""

import contextlib
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cnnsearch.caching import cache_folder
from cnnsearch.files import write_text
from cnnsearch.training.engines.compiled.convolution import patch_convolution
from cnnsearch.training.engines.compiled.programs import over_members

_FILE = "convolution.json"
_MEMBERS, _BATCH, _SIDE, _CHANNELS, _KERNEL = 4, 32, 14, 32, 3
_STEPS, _STEPS_ON_CPU = 32, 2
Array = Any


def are_patches_faster() -> bool:
    """Return whether products of patches train a group faster than XLA's own convolution."""
    device = jax.devices()[0]
    key, file = f"{device.device_kind}, jax {jax.__version__}", cache_folder() / _FILE
    known = _read(file)
    if key not in known:
        known[key] = {name: _seconds(form) for name, form in _FORMS.items()}
        with contextlib.suppress(OSError):  # measured again by the next process
            file.parent.mkdir(parents=True, exist_ok=True)
            write_text(file, json.dumps(known, indent=1))
    return bool(known[key]["patches"] < known[key]["direct"])


def _read(file: Any) -> dict[str, dict[str, float]]:
    try:
        known: dict[str, dict[str, float]] = json.loads(file.read_text())
        return known
    except (OSError, ValueError):  # missing or damaged
        return {}


def _patches(x: Array, kernel: Array) -> Array:
    return patch_convolution(x, kernel, strides=(1, 1), dilation=(1, 1), padding="same")


_direct = partial(
    lax.conv_general_dilated,
    window_strides=(1, 1),
    padding="SAME",
    dimension_numbers=("NHWC", "HWIO", "NHWC"),
)
_FORMS: dict[str, Callable[[Array, Array], Array]] = {"patches": _patches, "direct": _direct}


def _seconds(form: Callable[[Array, Array], Array]) -> float:
    """Return the time of a few training steps of a group with one convolution each."""

    def train(kernel: Array, x: Array) -> Array:
        def body(step: Array, kernel: Array) -> Array:
            gradient = jax.grad(lambda kernel: (form(x, kernel) ** 2).mean())(kernel)
            return kernel - 0.01 * gradient

        return lax.fori_loop(0, steps, body, kernel)

    steps = _STEPS_ON_CPU if jax.default_backend() == "cpu" else _STEPS
    kernels = jnp.full((_MEMBERS, _KERNEL, _KERNEL, _CHANNELS, _CHANNELS), 0.01)
    x = jnp.ones((_MEMBERS, _BATCH, _SIDE, _SIDE, _CHANNELS))
    program = jax.jit(partial(over_members, train))
    program(kernels, x).block_until_ready()
    begun = time.perf_counter()
    program(kernels, x).block_until_ready()
    return time.perf_counter() - begun
