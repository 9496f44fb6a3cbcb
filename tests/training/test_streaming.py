"""Training from memory-mapped files gives the same results as training from arrays in memory."""

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.training import input_pipeline
from cnnsearch.training.progress import Objective
from tests.training.networks import make_engine_of, make_model, make_split


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """The same 120 pictures as a folder and as an .npz file, in the same order."""
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path / "cache"))
    split = make_split(120, 0)
    order = np.argsort(split.y, kind="stable")
    x, y = split.x[order], split.y[order]
    for number, (picture, label) in enumerate(zip(x, y, strict=True)):
        path = tmp_path / "set" / str(label) / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture[:, :, 0]).save(path)
    np.savez(tmp_path / "set.npz", x=x, y=y)
    return tmp_path / "set", tmp_path / "set.npz"


def curve(dataset):
    objective = Objective("validation_accuracy", "maximize")
    engine = make_engine_of(
        make_model(),
        TrainingPlan(batch_size=16),
        dataset.train,
        dataset.validation,
        epochs=3,
        seed=0,
        objective=objective,
    )
    return [engine.run_epoch() for _ in range(3)]


def test_a_streamed_folder_trains_as_the_same_arrays_in_memory(sources, monkeypatch):
    folder, file = sources
    in_memory = curve(load_data(file))
    monkeypatch.setattr(input_pipeline, "_COPY_LIMIT_BYTES", 0)
    streamed = load_data(folder)

    assert isinstance(streamed.train.x, np.memmap)
    assert curve(streamed) == in_memory
