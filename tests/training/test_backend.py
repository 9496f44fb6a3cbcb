import os
import subprocess
import sys

import pytest

from cnnsearch.errors import MissingDependencyError
from cnnsearch.training.backend import check_installed, environment, versions


def test_a_missing_backend_names_its_installation(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)

    with pytest.raises(MissingDependencyError, match=r"'jax' is not installed.*cnnsearch\[jax\]"):
        check_installed("jax")


def test_the_environment_names_the_backend():
    assert environment("jax")["KERAS_BACKEND"] == "jax"


def test_threads_are_left_to_the_backend_by_default():
    assert "NPROC" not in environment("jax")
    assert environment("tensorflow", 2)["TF_NUM_INTRAOP_THREADS"] == "2"


def test_versions_name_what_results_depend_on():
    assert set(versions("jax")) == {"python", "keras", "jax", "numpy"}


def test_jax_programs_are_cached_in_the_user_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path))
    assert environment("jax")["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "jax")
    assert "JAX_COMPILATION_CACHE_DIR" not in environment("tensorflow")


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_keras_loads_without_unused_packages(backend):
    code = (
        "import sys; from cnnsearch.training.backend import loading_keras\n"
        "left_out = {'matplotlib', 'pandas', 'sklearn'}\n"
        f"with loading_keras({backend!r}): import keras\n"
        "print(keras.backend.backend(), sorted(left_out & sys.modules.keys()))\n"
        "import pandas, sklearn"
    )
    settings = os.environ | environment(backend) | {"CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{backend} []\n"
