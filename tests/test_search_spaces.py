"""Every shipped space: it loads, it is what its header says, and a search in it is not hopeless."""

import re

import pytest

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import load_space, shipped_spaces
from cnnsearch.space.costs import costs
from cnnsearch.space.space import MANY_NAMES

NAMES = tuple(shipped_spaces())
INPUTS = {"plain": (8, 8, 1), "lenet5": (32, 32, 1), "vgg": (32, 32, 3)}
"""What each space is for; those not here are for 32x32 pictures in colour."""
CLASSICS = {
    ("lenet5", "lenet5"): ((32, 32, 1), 10, 61_706, 416_520),
    ("vgg", "vgg16"): ((224, 224, 3), 1000, 138_357_544, 15_470_264_320),
}


def feasible_share(name: str, shape: tuple[int, ...], samples: int = 200) -> float:
    space, kept = load_space(name), 0
    for seed in range(samples):
        candidate = space.sample_random(seed, input_shape=shape, num_classes=10)
        try:
            space.constraints.check(costs(analyze(candidate.architecture), candidate.training))
        except InfeasibleArchitectureError:
            continue
        kept += 1
    return kept / samples


def test_the_spaces_of_the_design_are_shipped():
    assert {"plain", "lenet5", "vgg"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_space_is_called_as_its_file(name):
    assert load_space(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_space_has_at_most_60_parameters(name):
    assert 1 <= len(load_space(name).parameters) <= MANY_NAMES == 60


@pytest.mark.parametrize("name", NAMES)
def test_a_fifth_of_a_spaces_candidates_fit_its_input(name):
    assert feasible_share(name, INPUTS.get(name, (32, 32, 3))) >= 0.2


def test_lenet5_fits_the_8x8_digits_too():
    assert feasible_share("lenet5", (8, 8, 1)) >= 0.2


@pytest.mark.parametrize("name", NAMES)
def test_a_header_says_what_how_and_how_much(name):
    lines = shipped_spaces()[name].read_text(encoding="utf-8").split("\nversion:")[0].splitlines()
    assert lines[0].startswith(f"# {name}: ")
    starts = [line.removeprefix("# ").split(" ")[0] for line in lines]
    assert [start for start in starts if start in ("source", "launch", "costs", "on")] == [
        "source",
        "launch",
        "costs",
        "on",
    ]
    assert re.search(rf"^# launch +cnnsearch search {name} --data ", "\n".join(lines), re.MULTILINE)


@pytest.mark.parametrize(("name", "baseline"), CLASSICS)
def test_a_baseline_is_the_classic_network(name, baseline):
    shape, classes, weights, macs = CLASSICS[name, baseline]
    candidate = load_space(name).sample_random(0, input_shape=shape, num_classes=classes, baseline=baseline)
    analysis = analyze(candidate.architecture)
    assert (analysis.num_weights, analysis.macs) == (weights, macs)


@pytest.mark.parametrize(("name", "baseline"), CLASSICS)
def test_a_header_gives_the_baselines_weights(name, baseline):
    assert f"{CLASSICS[name, baseline][2]:,} weights" in shipped_spaces()[name].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_baseline_fits_an_input_of_its_space(name):
    space = load_space(name)
    for baseline in space.baselines:
        shape, classes, *_ = CLASSICS.get((name, baseline), (INPUTS.get(name, (32, 32, 3)), 10))
        for seed in range(5):
            made = space.sample_random(seed, input_shape=shape, num_classes=classes, baseline=baseline)
            space.constraints.check(costs(analyze(made.architecture), made.training))
