"""What a hypermodel's network gives in its bundle, however it ends."""

import keras
import keras_tuner
import numpy as np
import pytest

from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import SearchError
from cnnsearch.interop.serving import check_outputs, served
from tests.interop import hypermodels

DIGITS = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 1), dtype=np.uint8)


def output(channels, activation="softmax"):
    return Output(name="output", channels=channels, activation=activation)


def outputs_of(name, wanted):
    """The outputs of a hypermodel's network, and of the served one."""
    model = getattr(hypermodels, name)(keras_tuner.HyperParameters())
    network = served(model, wanted, name)
    check_outputs(network, wanted, DIGITS, name)
    assert [v.path for v in network.weights] == [v.path for v in model.weights]
    x = DIGITS.astype(np.float32)
    return model.predict(x, verbose=0), network.predict(x, verbose=0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_probabilities_stay_as_they_are():
    own, found = outputs_of("build_model", output(10))
    assert np.array_equal(own, found)


def test_logits_get_their_softmax():
    own, found = outputs_of("build_logits", output(10))
    assert np.allclose(found, np.exp(own) / np.exp(own).sum(axis=1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "activation"), [("build_one_probability", lambda x: x), ("build_one_logit", sigmoid)]
)
def test_one_output_is_the_probability_of_the_second_class(name, activation):
    own, found = outputs_of(name, output(2))
    second = activation(own[:, 0])
    assert np.allclose(found, np.stack([1 - second, second], axis=1), atol=1e-6)


def test_logits_of_tags_get_their_sigmoid():
    own, found = outputs_of("build_logits", output(10, "sigmoid"))
    assert np.allclose(found, sigmoid(own), atol=1e-6)


def test_numbers_stay_as_they_are():
    own, found = outputs_of("build_logits", output(10, "linear"))
    assert np.array_equal(own, found)


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        (
            "build_logits_without_a_word",
            output(10),
            "expected probabilities that sum to 1: end",
        ),
        ("build_logits_without_a_word", output(10, "sigmoid"), "expected probabilities from 0 to 1"),
        (
            "build_two_outputs",
            output(10),
            "returned a network with 2 outputs; expected one",
        ),
        ("build_wide", output(10), r"outputs of shape \(12,\); expected \(10,\), as the dataset has"),
        ("build_one_logit", output(3), r"outputs of shape \(1,\); expected \(3,\), as the dataset"),
        ("build_wide", output(2), r"expected \(2,\), or 1, as the dataset has"),
    ],
)
def test_a_network_that_cannot_be_served_is_refused(name, wanted, message):
    with pytest.raises(SearchError, match=message):
        outputs_of(name, wanted)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras on NumPy 2
def test_a_served_network_is_saved_without_its_code(tmp_path):
    network = served(hypermodels.build_one_logit(None), output(2), "name")
    network.save(tmp_path / "model.keras")
    x = DIGITS.astype(np.float32)
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.allclose(loaded.predict(x, verbose=0), network.predict(x, verbose=0))
