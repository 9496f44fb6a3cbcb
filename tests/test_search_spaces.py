"""Every shipped space: it loads, and a search in it is not hopeless; its baselines are the networks that
their papers describe (more of that in tests/search_spaces)."""

import pytest

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import load_space, shipped_spaces
from cnnsearch.space.costs import costs
from cnnsearch.space.space import MANY_NAMES
from tests.search_spaces.published import PUBLISHED, architecture

NAMES = tuple(shipped_spaces())
INPUTS = {
    "plain": (8, 8, 1),
    "lenet5": (32, 32, 1),
    "alexnet": (96, 96, 3),
    "googlenet": (96, 96, 3),
    "signal1d": (128, 1),
    "spectrogram": (8_000, 1),
    "volume3d": (32, 32, 32, 1),
}
"""What each space is for; those not here are for 32x32 pictures in colour."""


def shape_of(name: str) -> tuple[int, ...]:
    return INPUTS.get(name, (32, 32, 3))


def infeasible(name: str, shape: tuple[int, ...], samples: int) -> list[InfeasibleArchitectureError]:
    """Why some of so many random candidates cannot be trained."""
    space, reasons = load_space(name), []
    for seed in range(samples):
        candidate = space.sample_random(seed, input_shape=shape, num_classes=10)
        try:
            space.constraints.check(costs(analyze(candidate.architecture), candidate.training))
        except InfeasibleArchitectureError as error:
            reasons.append(error)
    return reasons


def test_the_spaces_of_the_design_are_shipped():
    assert set(NAMES) >= {
        "plain", "lenet5", "alexnet", "vgg", "googlenet", "resnet", "mobilenet", "densenet", "allconv",
        "signal1d", "spectrogram", "volume3d", "auto",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_space_is_called_as_its_file(name):
    assert load_space(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_space_has_at_most_60_parameters(name):
    assert 1 <= len(load_space(name).parameters) <= MANY_NAMES == 60


@pytest.mark.parametrize("name", NAMES)
def test_a_space_serves_the_inputs_it_is_for(name):
    load_space(name).check_dimensions(shape_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_fifth_of_a_spaces_candidates_fit_its_input(name):
    assert len(infeasible(name, shape_of(name), 200)) <= 160


def test_lenet5_fits_the_8x8_digits_too():
    assert len(infeasible("lenet5", (8, 8, 1), 200)) <= 160


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 3), (128, 128, 3)])
def test_auto_fits_pictures_of_every_size(shape):
    assert len(infeasible("auto", shape, 200)) <= 160


@pytest.mark.parametrize("name", NAMES)
def test_a_mismatch_is_reported_with_its_reason(name):
    smallest = (4,) * (len(shape_of(name)) - 1)
    for error in infeasible(name, (*smallest, 1), 30):
        assert str(error)
        assert error.limit


@pytest.mark.parametrize(("name", "baseline"), PUBLISHED)
def test_a_baseline_is_the_classic_network(name, baseline):
    analysis, published = analyze(architecture(name, baseline)), PUBLISHED[name, baseline]
    assert (analysis.num_weights, analysis.macs) == (published.num_weights, published.macs)


@pytest.mark.parametrize("name", NAMES)
def test_a_baseline_fits_an_input_of_its_space(name):
    space = load_space(name)
    for baseline in space.baselines:
        published = PUBLISHED.get((name, baseline))
        shape, classes = (published.input_shape, published.num_classes) if published else (shape_of(name), 10)
        for seed in range(5):
            made = space.sample_random(seed, input_shape=shape, num_classes=classes, baseline=baseline)
            space.constraints.check(costs(analyze(made.architecture), made.training))


@pytest.mark.parametrize("name", NAMES)
def test_a_space_has_a_baseline(name):
    assert load_space(name).baselines
