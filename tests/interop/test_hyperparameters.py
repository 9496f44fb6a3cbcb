"""Hyperparameters of KerasTuner as parameters of a search."""

import keras_tuner
import pytest
from keras_tuner.engine import hyperparameters as kt

from cnnsearch.interop.hyperparameters import AskingHyperParameters, domain_of
from cnnsearch.space.domains import Choice, Range


def asking(**answers):
    """Return hyperparameters with answers by name, and a list of the requests."""
    asked = []

    def ask(name, domain):
        asked.append((name, domain))
        return answers.get(name, domain.largest)

    return AskingHyperParameters(ask), asked


DOMAINS = {
    "boolean": (kt.Boolean("x"), Choice((False, True))),
    "words": (kt.Choice("x", ["b", "a"]), Choice(("b", "a"))),
    "numbers": (kt.Choice("x", [5, 3]), Choice((3, 5))),
    "int": (kt.Int("x", 1, 9), Range(1, 9)),
    "int with a step": (kt.Int("x", 1, 10, step=4), Range(1, 9, step=4)),
    "int, log": (kt.Int("x", 1, 64, sampling="log"), Range(1, 64, log=True)),
    "int, log with a step": (kt.Int("x", 1, 70, step=4, sampling="log"), Choice((1, 4, 16, 64))),
    "float": (kt.Float("x", 0, 1), Range(0.0, 1.0)),
    "float with a step": (kt.Float("x", 0, 0.35, step=0.1), Range(0.0, 0.3, step=0.1)),
    "float, log": (kt.Float("x", 1e-4, 1e-2, sampling="log"), Range(1e-4, 1e-2, log=True)),
    "float, log with a step": (kt.Float("x", 1, 100, step=10, sampling="log"), Choice((1.0, 10.0, 100.0))),
    "reverse log": (kt.Float("x", 1, 10, sampling="reverse_log"), Range(0.0, 1.0)),
}


@pytest.mark.parametrize("name", DOMAINS)
def test_a_hyperparameter_is_a_domain(name):
    hyperparameter, domain = DOMAINS[name]
    assert domain_of(hyperparameter) == domain


def test_a_value_is_the_answer():
    hp, _ = asking(units=24)
    assert hp.Int("units", 8, 32, step=8) == 24


def test_a_name_is_requested_once():
    hp, asked = asking()
    assert hp.Int("units", 1, 4) == hp.Int("units", 1, 4)
    assert [name for name, _ in asked] == ["units"]


def test_inactive_hyperparameters_are_not_requested():
    hp, asked = asking(kind="small")
    hp.Choice("kind", ["small", "large"])
    with hp.conditional_scope("kind", ["large"]):
        assert hp.Int("units", 1, 4) is None
    assert [name for name, _ in asked] == ["kind"]


def test_a_name_contains_the_conditions():
    hp, asked = asking(kind="small")
    hp.Choice("kind", ["small", "large"])
    with hp.conditional_scope("kind", ["small"]):
        hp.Int("units", 1, 4)
    assert asked[-1][0] == "kind:small/units"


def test_a_name_scope_is_part_of_the_name():
    hp, asked = asking()
    with hp.name_scope("block"):
        hp.Int("units", 1, 4)
    assert asked[0][0] == "block/units"


def test_fixed_values_are_not_requested():
    hp, asked = asking()
    assert (hp.Fixed("units", 7), asked) == (7, [])


def test_reverse_log_makes_its_value_of_the_share_of_the_range():
    answers = {"rate as a share of its range": 0.5}
    hp, _ = asking(**answers)
    expected = kt.Float("rate", 1, 100, sampling="reverse_log").prob_to_value(0.5)
    assert hp.Float("rate", 1, 100, sampling="reverse_log") == expected


def test_a_copy_requests_nothing():
    hp, asked = asking()
    assert (hp.copy().Int("units", 1, 4), asked) == (1, [])


def test_hyperparameters_of_a_hypermodel_that_is_not_tuned_have_their_defaults():
    class Model(keras_tuner.HyperModel):
        def build(self, hp):
            return hp.Int("units", 1, 4)

    hp, asked = asking()
    assert (Model(tunable=False).build(hp), asked) == (1, [])
