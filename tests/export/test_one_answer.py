"""For any type, range and layout of examples one answer: in training, from `predict`, from ONNX, and by the
steps of the card."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnsearch import load_data
from cnnsearch.architecture import Architecture, Head, Stage
from cnnsearch.architecture.blocks import Conv, GlobalAverage
from cnnsearch.bundle.files import form_of
from cnnsearch.export.onnx_file import OnnxFile
from cnnsearch.export.writer import Network
from cnnsearch.models.build import build_model
from cnnsearch.predict.examples import find_examples
from cnnsearch.search.target import Target
from cnnsearch.space.space import prepared_input

LAYOUTS = {
    "grey": ((9, 8), lambda x: x[..., None]),
    "colour": ((9, 8, 3), lambda x: x),
    "channels first": ((3, 9, 8), lambda x: np.moveaxis(x, 1, -1)),
    "signal": ((20,), lambda x: x[..., None]),
    "signals": ((20, 2), lambda x: x),
    "volume": ((5, 6, 7, 1), lambda x: x),
}
"""The shape of an example as it is brought, and the step that the documentation names for an array of it."""
RANGES = {
    "bool": [(0, 1)],
    "uint8": [(0, 1), (0, 16), (3, 200), (0, 255)],
    "uint16": [(0, 250), (0, 900), (0, 4095), (0, 65535)],
    "int16": [(-32768, 32767), (-500, 20)],
    "int64": [(0, 1), (0, 16), (-3, 3), (1000, 90000)],
    "float32": [(0, 1), (-1, 1), (0, 255), (-1e-3, 1e-3), (20, 1e5)],
    "float64": [(0, 1), (-1, 1), (0, 16), (0, 255)],
}


class Brought(NamedTuple):
    """What a person brings."""

    dtype: str
    low: float
    high: float
    layout: str
    scaling: str


@st.composite
def brought(draw) -> Brought:
    dtype = draw(st.sampled_from(sorted(RANGES)))
    low, high = draw(st.sampled_from(RANGES[dtype]))
    scaling = draw(st.sampled_from(["unit", "symmetric", "standardize"]))
    return Brought(dtype, low, high, draw(st.sampled_from(sorted(LAYOUTS))), scaling)


def written(brought: Brought, path: Path) -> NDArray[np.generic]:
    """Write a regression dataset whose targets number the examples, and return the training examples."""
    shape, draws = LAYOUTS[brought.layout][0], np.random.default_rng(0)
    values = draws.uniform(brought.low, brought.high, (30, *shape))
    values.reshape(30, -1)[:, :2] = brought.low, brought.high
    x = (np.rint(values) if np.dtype(brought.dtype).kind in "biu" else values).astype(brought.dtype)
    parts = {"train": slice(0, 14), "val": slice(14, 22), "test": slice(22, 30)}
    arrays = {f"x_{name}": x[part] for name, part in parts.items()}
    targets = {f"y_{name}": np.arange(30.0)[part] for name, part in parts.items()}
    np.savez(path, **arrays, **targets)
    np.savez(path.with_name("asked.npz"), x=x[parts["train"]])
    return x[parts["train"]]


def trained_and_asked(brought: Brought, folder: Path):
    """Return a dataset, a network, and the training examples as training and as `predict` read them, and as
    the card's steps give them."""
    raw = written(brought, folder / "data.npz")
    data = load_data(folder / "data.npz", task="regression")
    target = Target.of(data.summary)
    network = Architecture(
        input=prepared_input(target.input_shape, {"scaling": brought.scaling}, target.pixels),
        stages=(Stage(blocks=(Conv(filters=4, activation="tanh"),)),),
        head=Head(pooling=GlobalAverage()),
        outputs=target.task.outputs,
    )
    found = find_examples([folder / "asked.npz"], form_of(data.summary))
    assert found.notes == []
    asked = np.stack(found.read(found.found)).astype(np.float32)
    order = np.argsort(np.asarray(data.train.y).ravel())
    by_the_card = LAYOUTS[brought.layout][1](raw).astype(np.float32)
    return data, network, np.asarray(data.train.x)[order], asked, by_the_card


@given(brought())
@settings(max_examples=40)
def test_predict_and_the_card_s_steps_give_what_training_saw(tmp_path_factory, brought):
    _, network, seen, asked, by_the_card = trained_and_asked(brought, tmp_path_factory.mktemp("any"))
    np.testing.assert_array_equal(asked, seen)
    np.testing.assert_array_equal(by_the_card, seen)
    scaled = seen * np.float32(network.input.scale) + np.float32(network.input.offset)
    low, high = {"unit": (0, 1), "symmetric": (-1, 1), "standardize": (-9, 9)}[brought.scaling]
    assert low - 1e-5 <= scaled.min() and scaled.max() <= high + 1e-5
    assert scaled.max() - scaled.min() > 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:In the future `np:FutureWarning")
@given(brought())
@settings(max_examples=12)
def test_onnx_and_predict_give_one_answer(tmp_path_factory, brought):
    folder = tmp_path_factory.mktemp("any")
    data, architecture, seen, asked, by_the_card = trained_and_asked(brought, folder)
    model, shape = build_model(architecture), data.summary.input_shape
    expected = model.predict(seen, verbose=0)
    writer, path = OnnxFile(), folder / "model.onnx"
    writer.write(Network(model, data.summary.task, shape, data.summary.values, seen), path, "none")
    np.testing.assert_allclose(model.predict_on_batch(asked), expected, atol=1e-5)
    np.testing.assert_allclose(writer.load(path)(by_the_card), expected, atol=1e-5)
