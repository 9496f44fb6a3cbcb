import os
import subprocess
import sys

import pytest

from cnnsearch.errors import MissingDependencyError
from cnnsearch.training.backend import check_installed, environment, versions


def test_a_missing_backend_names_what_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)

    with pytest.raises(MissingDependencyError, match=r"'jax' is not installed.*cnnsearch\[jax\]"):
        check_installed("jax")


def test_the_environment_names_the_backend():
    assert environment("jax")["KERAS_BACKEND"] == "jax"


def test_threads_are_left_to_the_backend_unless_asked_for():
    assert "NPROC" not in environment("jax")
    assert environment("tensorflow", 2)["TF_NUM_INTRAOP_THREADS"] == "2"


def test_versions_name_what_figures_depend_on():
    assert set(versions("jax")) == {"python", "keras", "jax", "numpy"}


def test_what_jax_has_compiled_is_kept_where_the_user_has_other_things_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path))
    assert environment("jax")["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "jax")
    assert "JAX_COMPILATION_CACHE_DIR" not in environment("tensorflow")


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_keras_comes_up_without_what_training_does_not_use(backend):
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
