"""The classic networks against those of `keras.applications`, layer for layer.

What is held: every layer that holds weights, with kernel, strides, bias, how many weights it trains and
tracks, and its output's size; and then the whole wiring, with activations, poolings and merges. What is not:
where a strided window begins (Keras pads by hand before some, where ours pad `same`: the sizes agree, the
windows lie one position apart), the epsilon of normalizations, and dropout, none of which holds weights.

The models are built without values for their weights: shapes are all that is compared.
"""

from collections.abc import Callable

import keras
import pytest

from cnnsearch.architecture import analyze
from cnnsearch.models.build import build_model
from tests.search_spaces.published import PUBLISHED, architecture
from tests.search_spaces.rows import rows_of_architecture, rows_of_model, weighted

APPLICATIONS = {
    ("vgg", "vgg16"): ("VGG16", 16),
    ("resnet", "resnet50"): ("ResNet50", 107),
    ("mobilenet", "mobilenet_v1"): ("MobileNet", 55),
    ("mobilenet", "mobilenet_v2"): ("MobileNetV2", 105),
    ("densenet", "densenet121"): ("DenseNet121", 242),
}
"""The name there, and how many of its layers hold weights."""


def without_values(build: Callable[[], keras.Model]) -> keras.Model:
    """A model whose weights have shapes and no values: none of VGG-16's 138 million is drawn."""
    with keras.StatelessScope(initialize_variables=False):
        model = build()
    keras.backend.clear_session(free_memory=False)  # or Keras would draw them at the next occasion
    return model


@pytest.fixture(scope="module", params=APPLICATIONS, ids="-".join)
def network(request) -> tuple[str, str]:
    return request.param


@pytest.fixture(scope="module")
def theirs(network) -> keras.Model:
    return without_values(lambda: getattr(keras.applications, APPLICATIONS[network][0])(weights=None))


@pytest.fixture(scope="module")
def ours(network) -> keras.Model:
    return without_values(lambda: build_model(architecture(*network)))


def test_every_layer_with_weights_is_the_one_of_keras_applications(network, theirs):
    rows = weighted(rows_of_architecture(architecture(*network)))
    assert rows == weighted(rows_of_model(theirs))
    assert len(rows) == APPLICATIONS[network][1]


def test_the_layers_are_wired_as_in_keras_applications(network, theirs):
    assert rows_of_architecture(architecture(*network)) == rows_of_model(theirs)


def test_the_analysis_counts_what_keras_applications_counts(network, theirs):
    analysis = analyze(architecture(*network))
    trainable = sum(row.weights[0] for row in rows_of_model(theirs))
    assert analysis.num_weights == theirs.count_params() == PUBLISHED[network].num_weights
    assert analysis.num_trainable_weights == trainable


def test_the_built_model_counts_what_keras_applications_counts(theirs, ours):
    assert ours.count_params() == theirs.count_params()


def test_the_built_model_is_the_one_of_keras_applications(theirs, ours):
    assert rows_of_model(ours) == rows_of_model(theirs)


def test_the_built_models_weights_have_the_shapes_of_keras_applications(theirs, ours):
    assert sorted(shapes(ours)) == sorted(shapes(theirs))


def shapes(model: keras.Model) -> list[tuple[int, ...]]:
    """Every weight's shape; a kernel over one position is a matrix."""
    return [shape[2:] if shape[:2] == (1, 1) else shape for shape in (tuple(w.shape) for w in model.weights)]
