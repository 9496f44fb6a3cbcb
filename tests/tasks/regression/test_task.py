import numpy as np
import pytest

from cnnsearch.architecture import Architecture, Input, analyze
from cnnsearch.data.splits import divide
from cnnsearch.errors import DataError
from cnnsearch.models.build import build_model
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.regression.task import Regression


def encoded(y, **more):
    return Regression.encode(RawTargets({"train": np.asarray(y)}, **more), "set")


def test_targets_are_rows_of_numbers():
    ys, task = encoded([1.5, 2.5])
    assert ys["train"].shape == (2, 1) and task.columns == ("target",)
    ys, task = encoded([["1", "2.5"], ["3", "4"]], columns=("red", "white"))
    np.testing.assert_array_equal(ys["train"], [[1, 2.5], [3, 4]])
    assert task.text(ys["train"][0]) == "red 1, white 2.5"


@pytest.mark.parametrize("value", ["many", "nan", "inf", ""])
def test_what_is_no_finite_number_is_named_by_row_and_column(value):
    with pytest.raises(DataError, match=rf"found 'red' of example 1: '{value}'; expected finite numbers"):
        encoded([["1", "2"], [value, "4"]], columns=("red", "white"))


def test_many_wrong_numbers_are_counted():
    with pytest.raises(DataError, match="of example 9: nan, and 5 more"):
        encoded(np.full(15, np.nan))


def test_a_constant_column_is_nothing_to_learn():
    with pytest.raises(DataError, match=r"set: all training examples have the same number.*: column 'b'"):
        Regression(columns=("a", "b")).check({"train": np.array([[1.0, 2], [3, 2]])}, "set")


def test_splits_have_like_targets():
    y = np.random.default_rng(0).gamma(1.0, 30.0, (400, 1))
    task = Regression(columns=("target",))
    parts = divide(y, ("validation", "test"), task=task, place="set", seed=0)
    medians = [np.median(y[members]) for members in parts.values()]
    assert np.ptp(medians) < 3
    assert sorted(np.concatenate(list(parts.values()))) == list(range(400))


def test_the_deviation_of_equal_numbers_is_1():
    assert Regression(columns=("a",)).fitted(np.full((3, 1), 0.1), (8, 8, 1)).deviations == (1.0,)


@pytest.mark.parametrize("size", [5, 12, 20, 33, 60])
@pytest.mark.parametrize("same", [0.0, 0.3, 0.9])
def test_also_of_few_or_equal_targets_every_part_has_its_share(size, same):
    y = np.random.default_rng(size).normal(size=(size, 1))
    y[: round(same * size)] = 7.0
    parts = divide(y, ("validation", "test"), task=Regression(columns=("target",)), place="set", seed=0)
    sizes = {part: len(members) / size for part, members in parts.items()}
    assert sizes == {
        "train": pytest.approx(0.6, abs=0.15),
        "validation": pytest.approx(0.2, abs=0.1),
        "test": pytest.approx(0.2, abs=0.1),
    }


def test_a_network_predicts_in_the_unit_of_its_targets():
    y = np.random.default_rng(0).normal((50.0, -3.0), (20.0, 0.1), (100, 2))
    task = Regression(columns=("a", "b")).fitted(y, (8, 8, 1))
    architecture = Architecture(input=Input(shape=(8, 8, 1)), outputs=task.outputs)
    model = build_model(architecture)
    assert model.count_params() == analyze(architecture).num_weights
    model.layers[-2].set_weights([np.zeros((1, 2)), np.zeros(2)])
    predicted = model.predict(np.zeros((1, 8, 8, 1)), verbose=0)
    np.testing.assert_allclose(predicted[0], y.mean(axis=0), rtol=1e-5)
