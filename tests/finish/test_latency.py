import keras
import numpy as np
import pytest

from cnnsearch.finish.latency import FEWEST_RUNS, measure_latency, served


@pytest.fixture(scope="module")
def model():
    layers = [keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((4, 4, 1)), *layers])


@pytest.fixture(scope="module")
def example():
    return np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)


def test_it_measures_single_answers_often_enough(model, example):
    found = measure_latency(model, example)
    assert found.batch == 1 and found.runs >= FEWEST_RUNS
    assert 0 < found.median <= found.p95
    assert "cores, cpu:0" in found.machine


def test_what_is_measured_is_the_network_s_answer(model, example):
    expected = model.predict(example, verbose=0)
    assert served(model, example)(example) == pytest.approx(expected, abs=1e-6)
