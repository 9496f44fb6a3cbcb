"""The compiled engine against `fit`, and its groups against their members alone; in a process with JAX."""

import numpy as np
import pytest

from cnnsearch.training.checkpoint import read_weights
from tests.training.on_jax import ROOT, run_on_jax

SPACES = sorted(file.stem for file in (ROOT / "search_spaces").glob("*.yaml"))
QUICK = ("plain", "signal1d")
PLANS = ("momentum", "cosine", "cycle", "rmsprop", "augmented", "noisy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="module")
def found(folder):
    return run_on_jax("engines/compiled_scenario.py", str(folder))


def assert_close(curve, expected, rtol=1e-4):
    assert len(curve) == len(expected)
    for epoch, other in zip(curve, expected, strict=True):
        assert list(epoch) == list(other)
        np.testing.assert_allclose(*map(list, (epoch.values(), other.values())), rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("plan", PLANS)
def test_an_epoch_as_one_program_is_that_of_fit(found, plan):
    compiled = found["with_fit"][plan]
    assert compiled["use"]["engine"] == "compiled" and compiled["use"]["compile_seconds"] > 0
    assert_close(compiled["compiled"], compiled["fit"])


def test_members_that_differ_in_numbers_are_one_group(found):
    assert found["in_groups"]["use"]["group"] == len(found["in_groups"]["alone"])


@pytest.mark.parametrize("member", range(4))
def test_a_member_of_a_group_trains_as_if_it_were_alone(found, member):
    groups = found["in_groups"]
    assert_close(groups["together"][member], groups["alone"][member], rtol=1e-5)
    others = [groups["alone"][other] for other in range(4) if other != member]
    assert all(other[0]["loss"] != groups["alone"][member][0]["loss"] for other in others)


@pytest.mark.parametrize("member", range(4))
def test_members_that_leave_do_not_change_the_others(found, member):
    curve = found["leaving"][member]
    assert len(curve) == min(member + 1, 4)
    assert_close(curve, found["in_groups"]["alone"][member][: len(curve)], rtol=1e-5)


@pytest.mark.parametrize("member", (0, 1))
@pytest.mark.parametrize("length", ("epochs", "rounds"))
def test_a_member_restored_in_another_engine_continues_the_curve(found, folder, length, member):
    unbroken, again = (found["restored"][length][name] for name in ("unbroken", "again"))
    assert again["curves"][member] == unbroken["curves"][member]
    assert again["best"] == unbroken["best"]
    np.testing.assert_equal(
        *(read_weights(folder / f"{length}-{name}.npz") for name in ("unbroken", "again"))
    )


def test_a_loss_that_is_not_finite_never_reaches_other_members(found):
    first, wild, last = found["diverging"]["together"]
    assert "was nan" in wild[-1] or "was inf" in wild[-1]
    assert_close(first, found["diverging"]["alone"][0], rtol=1e-5)
    assert_close(last, found["diverging"]["alone"][1], rtol=1e-5)


@pytest.mark.parametrize("member", range(4))
@pytest.mark.parametrize("when", ("compiling", "training"))
def test_a_group_that_memory_does_not_hold_is_divided_and_goes_on(found, when, member):
    divided = found["in_too_little_memory"][when]
    assert divided["most"] == 2
    assert_close(divided["curves"][member], found["in_groups"]["alone"][member], rtol=1e-5)


def test_mixed_precision_is_that_of_fit(found):
    curves = found["in_bfloat16"]
    assert curves["use"]["engine"] == "compiled"
    assert_close(curves["compiled"], curves["fit"], rtol=0.02)  # 8 bits of a number


def test_what_has_no_program_is_trained_by_fit_with_the_reason(found):
    use = found["without_a_program"]["use"]
    assert use["engine"] == "fit" and "mixed_float16" in use["reason"]
    assert len(found["without_a_program"]["curve"]) == 1


def test_a_convolution_by_patches_is_that_of_keras(found):
    assert len(found["convolution"]["differences"]) == 24
    assert max(found["convolution"]["differences"]) < 1e-5


def test_the_form_of_a_convolution_is_measured_once(found):
    assert found["convolution"]["patches"] is found["convolution"]["again"]


def cases():
    """The spaces, of which all but two are tried before a release."""
    for name in SPACES:
        yield pytest.param(name, marks=() if name in QUICK else pytest.mark.long)


@pytest.mark.slow
@pytest.mark.parametrize("space", list(cases()))
def test_a_random_network_of_a_shipped_space_trains_as_with_fit(space):
    curves = run_on_jax("engines/compiled_spaces.py", space)[space]
    assert curves["use"]["engine"] == "compiled", curves["use"]
    rounding = furthest(curves["rounded"], curves["fit"])  # 0.4% in `densenet`, 1e-6 in most spaces
    assert furthest(curves["compiled"], curves["fit"]) <= max(1e-4, 2 * rounding)


def furthest(curve, expected):
    """Return the largest relative difference of the losses."""
    losses = [[(epoch["loss"], epoch["validation_loss"]) for epoch in each] for each in (curve, expected)]
    return np.abs(np.divide(*losses) - 1).max()
