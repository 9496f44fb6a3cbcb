import json
import os
import subprocess
import sys

import pytest

from cnnsearch.errors import MissingDependencyError
from cnnsearch.training.backend import check_installed, environment, ignored_keras_settings, versions


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
        "import sys; from cnnsearch.training.backend import load_keras\n"
        "left_out = {'matplotlib', 'pandas', 'sklearn'}\n"
        f"keras = load_keras({backend!r})\n"
        "print(keras.backend.backend(), sorted(left_out & sys.modules.keys()))\n"
        "import pandas, sklearn"
    )
    settings = os.environ | environment(backend) | {"CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{backend} []\n"


@pytest.fixture
def channels_first(tmp_path, monkeypatch):
    (tmp_path / "keras.json").write_text(
        json.dumps({"image_data_format": "channels_first", "floatx": "float32"})
    )
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


def run_keras(code):
    settings = os.environ | environment("tensorflow") | {"CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_processes_have_their_channels_last_whatever_keras_json_says(channels_first):
    code = """
from cnnsearch.training.backend import load_keras
print(load_keras("tensorflow").config.image_data_format())
"""
    assert run_keras(code) == "channels_last"


def test_a_network_is_built_with_its_channels_last_in_any_process(channels_first):
    code = """
import keras, cnnsearch
space = cnnsearch.load_space("auto")
candidate = space.sample_random(0, input_shape=(8, 8, 3), num_classes=2, baseline="pooled_light")
layers = cnnsearch.build_model(candidate.architecture).layers
formats = {layer.data_format for layer in layers if hasattr(layer, "data_format")}
print(formats, keras.config.image_data_format())
"""
    assert run_keras(code) == "{'channels_last'} channels_first"


def test_settings_of_keras_json_that_are_replaced_are_known(channels_first):
    assert ignored_keras_settings() == {"image_data_format": "channels_first"}


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_keras_json_without_settings_replaces_none(channels_first, tmp_path, content):
    (tmp_path / "keras.json").write_text(content)
    assert ignored_keras_settings() == {}
