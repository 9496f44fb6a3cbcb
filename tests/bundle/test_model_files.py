"""Crafted model files: each is refused without executing anything."""

import json
import os
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnsearch.api import StudyResult
from cnnsearch.architecture import Input
from cnnsearch.architecture.blocks import BLOCKS, NORMALIZATIONS, Conv, Dense, SpatialPyramid
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.bundle import model_files
from cnnsearch.bundle.bundle import load_bundle
from cnnsearch.bundle.model_checks import REFUSED_LAYERS
from cnnsearch.bundle.model_files import load_model
from cnnsearch.errors import StudyError
from cnnsearch.models.build import build_model
from tests.architecture.examples import EXAMPLES
from tests.architecture.helpers import of_blocks
from tests.bundle import crafted
from tests.bundle.crafted import CANARY, REFUSED
from tests.bundle.described import described
from tests.bundle.figures import made_up
from tests.models.helpers import pixels
from tests.studies import make_study

# TensorFlow's variables do not know NumPy 2's `copy`; saving a model shows it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A folder of importable modules in which executed code leaves a trace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def refused(name, folder, **settings):
    """Check that a crafted file is refused for its reason, and nothing in it executed or unpacked."""
    make, reason = REFUSED[name]
    path = make(folder)
    with pytest.raises(StudyError, match=f"^{path}: refused as a model: .*{reason}"):
        load_model(path, **settings)
    assert not list(folder.parent.rglob(CANARY))


@pytest.mark.parametrize("name", REFUSED)
def test_a_crafted_file_is_refused(folder, name):
    refused(name, folder, trusted=True)


@pytest.mark.parametrize("name", ["lambda layer", "own module", "huge", "external link", "zip slip"])
def test_another_process_gives_the_same_reason(folder, name):
    refused(name, folder)


def test_without_the_checks_the_payload_would_be_executed(folder):
    keras.saving.load_model(crafted.lambda_layer(folder), safe_mode=False)
    assert (folder / CANARY).exists()


def test_a_network_that_needs_more_memory_than_its_file_allows_for_is_refused(folder):
    path = crafted.of_units(10**9)(folder)  # 8 GB, which many machines would give
    with pytest.raises(StudyError, match=f"^{path}: refused as a model: Keras cannot load it: ResourceExh"):
        load_model(path)


def test_weights_of_another_network_are_refused(folder):
    path = crafted.of_units(3)(folder)
    with pytest.raises(StudyError, match=f"^{path}: refused as a model: Keras cannot load it: ValueError: "):
        load_model(path)


def test_a_load_that_takes_too_long_is_ended(folder, monkeypatch):
    monkeypatch.setattr(model_files, "MOST_SECONDS", 0.01)
    with pytest.raises(StudyError, match=r"refused as a model: loading it took more than 10 ms"):
        load_model(crafted.honest(folder))


def test_a_refusal_is_one_line_without_control_characters(folder):
    path = crafted.with_entry("\x1b[2J\nevil" * 100)(folder)
    with pytest.raises(StudyError) as refusal:
        load_model(path, trusted=True)
    assert str(refusal.value).isprintable() and len(str(refusal.value)) < 1_000


def test_a_foreign_file_that_is_honest_is_loaded_after_another_process_has(folder):
    model = load_model(crafted.honest(folder))
    assert model.count_params() == 6 and not model.compiled


def test_a_trusted_file_starts_no_other_process(folder, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert load_model(crafted.honest(folder), trusted=True).count_params() == 6


def test_a_bundle_s_model_is_refused_too(folder):
    crafted.lambda_layer(folder)
    files = described(["cat", "dog"]) | {"metrics.json": made_up().model_dump(mode="json")}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    with pytest.raises(StudyError, match=r"model\.keras: refused as a model: .*Lambda"):
        load_bundle(folder)


def test_a_study_s_model_is_refused_too(folder):
    study = make_study(folder / "runs" / "some")
    study.best.mkdir()
    crafted.lambda_layer(study.best)
    with pytest.raises(StudyError, match=r"some/best/model\.keras: refused as a model: .*Lambda"):
        StudyResult(study).load_model()


@pytest.mark.parametrize("shape", [(12, 4), (8, 10, 4), (8, 6, 10, 4)])
def test_networks_of_every_part_are_loaded_as_they_were_saved(folder, shape):
    for name, architecture in networks(shape):
        model, x = build_model(architecture), pixels(2, *shape)
        model.save(folder / "model.keras")
        again = load_model(folder / "model.keras", trusted=True)
        np.testing.assert_array_equal(model(x), again(x), err_msg=name)


def networks(shape):
    """A network for each block, and networks for the other parts."""
    for word in BLOCKS:
        yield word, of_blocks(EXAMPLES[word], shape=shape)
    functions = Conv.model_fields["activation"].annotation.__args__
    normalized = (Conv(filters=8, normalization=normalization()) for normalization in NORMALIZATIONS.values())
    activated = (Conv(filters=1, kernel_size=1, activation=function) for function in functions)
    head = {"pooling": SpatialPyramid(levels=2), "dense": (Dense(units=5, dropout=0.1),), "dropout": 0.2}
    yield "layers", of_blocks(*normalized, *activated, shape=shape, **head)
    filters = tuple(kind() for kind in FIXED_FILTERS.values() if len(shape) - 1 in kind.dimensions)
    given = Input(shape=shape, fixed_filters=filters)
    yield "filters", of_blocks(shape=shape).model_copy(update={"input": given})


def test_every_layer_that_is_refused_is_one_that_keras_has():
    assert {name for name in REFUSED_LAYERS if not hasattr(keras.layers, name)} == set()
