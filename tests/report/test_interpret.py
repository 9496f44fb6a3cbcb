import subprocess
import sys

import keras
import numpy as np
import pytest

from cnnsearch.architecture import Architecture, Input, Stage
from cnnsearch.architecture.blocks import Conv, MinPool
from cnnsearch.models.build import build_model
from cnnsearch.report.grad_cam import heat_maps
from cnnsearch.report.interpret import heat_layer, interpret
from cnnsearch.report.interpretation import (
    FeatureMaps,
    InterpretationProcess,
    read_interpretation,
    write_interpretation,
)
from cnnsearch.space import load_space
from cnnsearch.tasks.classification.task import Classification
from tests.report.bundled import add_bundle
from tests.studies import add_trial, make_study

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

JAX = """
import sys
from pathlib import Path
from cnnsearch.report.interpretation import write_interpretation
from cnnsearch.report.interpret import interpret
from cnnsearch.study.folder import Study

write_interpretation(interpret(Study(Path(sys.argv[1]))), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def interpretation(bundled):
    return interpret(bundled)


def test_the_first_layer_s_kernels_are_the_model_s(bundled, interpretation):
    model = keras.saving.load_model(bundled.best / "model.keras")
    expected = model.get_layer(interpretation.filters_layer).get_weights()[0]
    assert np.array_equal(interpretation.filters, expected) and interpretation.filters.shape[:3] == (3, 3, 1)


def test_there_are_feature_maps_of_each_part(interpretation):
    assert [maps.title for maps in interpretation.maps] == ["stage 0", "stage 1"]
    assert all(maps.values.ndim == 3 and maps.values.shape[-1] <= 10 for maps in interpretation.maps)


def test_there_is_one_heat_map_a_class(interpretation):
    assert [heat.truth for heat in interpretation.heats] == list("01235679")
    assert all(heat.values.min() >= 0 and heat.values.max() <= 1 for heat in interpretation.heats)


def test_grad_cam_looks_at_the_last_map_that_is_wide_enough():
    space = load_space("plain")
    network = space.sample_random(0, input_shape=(32, 32, 1), num_classes=10, baseline="small").architecture
    assert heat_layer(network) == "stage1_max_pool"


def test_grad_cam_is_the_published_formula():
    """With global average pooling before the output, Grad-CAM uses the class weights (section 3.1)."""
    given = keras.Input((6, 6, 2))
    maps = keras.layers.Conv2D(3, 3, padding="same", name="maps")(given)
    logits = keras.layers.Dense(4, name="logits")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(given, keras.layers.Activation("softmax")(logits))
    x = np.random.default_rng(0).normal(size=(5, 6, 6, 2)).astype(np.float32)
    classes = np.array([0, 1, 2, 3, 0])
    weights = model.get_layer("logits").get_weights()[0][:, classes].T
    activations = keras.Model(given, maps).predict(x, verbose=0)
    expected = np.maximum((activations * weights[:, None, None, :]).sum(axis=-1), 0)
    expected /= expected.max(axis=(1, 2), keepdims=True)
    assert heat_maps(model, "maps", x, classes) == pytest.approx(expected, abs=1e-5)


def test_a_layer_that_keras_does_not_have_has_heat_maps_too():
    stage = Stage(blocks=(Conv(filters=4),), downsample=(MinPool(),))
    outputs = Classification.of(3).outputs
    model = build_model(Architecture(input=Input(shape=(12, 12, 1)), stages=(stage,), outputs=outputs))
    x = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 1)).astype(np.float32)
    assert heat_maps(model, "stage0_min_pool", x, np.array([0, 1])).shape == (2, 6, 6)


def test_a_network_that_scores_each_position_has_heat_maps_too():
    space = load_space("allconv")
    network = space.sample_random(
        0, input_shape=(32, 32, 3), num_classes=4, baseline=next(iter(space.baselines))
    ).architecture
    x = np.zeros((1, 32, 32, 3), np.float32)
    heat = heat_maps(build_model(network), heat_layer(network), x, np.array([1]))
    assert heat.ndim == 3


@pytest.mark.slow
def test_jax_sees_the_same(bundled, interpretation, tmp_path):
    pytest.importorskip("jax")
    settings = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PATH": ""}
    subprocess.run([sys.executable, "-c", JAX, bundled.path, tmp_path], env=settings, check=True)
    seen = read_interpretation(tmp_path)
    for ours, theirs in zip(interpretation.heats, seen.heats, strict=True):
        assert ours.values == pytest.approx(theirs.values, abs=1e-4)


def test_what_is_written_is_read_again(interpretation, tmp_path):
    write_interpretation(interpretation, tmp_path)
    again = read_interpretation(tmp_path)
    assert again.heat_layer == interpretation.heat_layer and len(again.heats) == len(interpretation.heats)
    assert isinstance(again.maps[0], FeatureMaps) and np.array_equal(
        again.maps[0].values, interpretation.maps[0].values
    )


def test_without_a_bundle_no_process_is_started(tmp_path):
    with InterpretationProcess(make_study(tmp_path / "some")) as process:
        assert "There is no bundle yet" in process.result().reasons["maps"]


def test_a_damaged_model_leaves_its_reason(bundled, tmp_path):
    study = make_study(tmp_path / "some")
    add_trial(study, 0)
    add_bundle(study)
    (study.best / "model.keras").write_text("nonsense")
    with InterpretationProcess(study) as process:
        assert "refused as a model" in process.result().reasons["heats"]
