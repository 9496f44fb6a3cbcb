import keras
import numpy as np
import pytest

from cnnsearch.bundle.bundle import load_bundle, write_bundle
from cnnsearch.errors import StudyError
from tests.bundle.described import described
from tests.bundle.figures import made_up, scores

# TensorFlow's variables do not know NumPy 2's `copy`; saving a model shows it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


def tiny(weight: float) -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.set_weights([np.full((2, 2), weight), np.zeros(2)])
    return model


def figures(weight):
    return made_up(test=scores(weight, 0.0))


def written(path, weight=1.0):
    return write_bundle(path, tiny(weight), figures(weight), described(["cat", "dog"]))


def test_a_bundle_comes_back_as_it_was_written(tmp_path):
    written(tmp_path / "best")
    bundle = load_bundle(tmp_path / "best", trusted=True)
    assert bundle.labels == ("cat", "dog") and bundle.metrics == figures(1.0)
    assert bundle.model.predict(np.ones((1, 2)), verbose=0).tolist() == [[0.5, 0.5]]


def test_an_older_bundle_is_replaced_whole(tmp_path):
    written(tmp_path / "best")
    (tmp_path / "best" / "stray.txt").touch()
    written(tmp_path / "best", weight=0.5)
    assert load_bundle(tmp_path / "best", trusted=True).metrics == figures(0.5)
    assert [path.name for path in tmp_path.iterdir()] == ["best"]
    assert not (tmp_path / "best" / "stray.txt").exists()


def test_a_bundle_that_cannot_be_written_leaves_the_older_one(tmp_path):
    written(tmp_path / "best")
    with pytest.raises(TypeError):
        write_bundle(tmp_path / "best", tiny(0.5), figures(0.5), {"labels.json": {1, 2}})
    assert load_bundle(tmp_path / "best", trusted=True).metrics == figures(1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["best"]


def test_a_folder_without_a_bundle_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"nothing: no bundle; expected a folder with model\.keras"):
        load_bundle(tmp_path / "nothing")
