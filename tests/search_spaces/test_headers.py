"""The numbers in the headers of the shipped spaces, against the analysis."""

import re
from typing import NamedTuple

import pytest

from cnnsearch.architecture import Analysis, analyze
from cnnsearch.space import load_space, shipped_spaces
from tests.search_spaces.published import PUBLISHED, sampled

NAMES = tuple(shipped_spaces())
DRAWS = 3_000
"""Enough to meet both ends of a range, where a baseline leaves some parameters open."""
NUMBER = r"\d[\d,.]*\d|\d"
CLAIM = re.compile(
    rf"`(?P<baseline>\w+)` (?P<weights>{NUMBER})(?: to (?P<most_weights>{NUMBER}))?"
    rf"(?: weights)?(?:, (?P<macs>{NUMBER})(?: to (?P<most_macs>{NUMBER}))? million MACs)?"
)
EXAMPLE = re.compile(r" on (?P<shape>\d+(?:x\d+)+)(?: with (?P<classes>\d+) classes)?[^:]*:")


class Claim(NamedTuple):
    """What a header says that a baseline costs; the lowest and the highest, as written."""

    space: str
    baseline: str
    shape: tuple[int, ...]
    num_classes: int
    weights: tuple[str, str]
    macs: tuple[str, str] | None


def header(name: str) -> str:
    """The comment before a space's first key."""
    return shipped_spaces()[name].read_text(encoding="utf-8").split("\nversion:")[0]


def costs(name: str) -> str:
    """What stands under `costs`, as one line."""
    found = re.search(r"^# costs +(.*?)(?=^# \w|\Z)", header(name), re.MULTILINE | re.DOTALL)
    assert found
    return re.sub(r"\s*\n#\s*", " ", found[1]).strip()


def claims(name: str) -> list[Claim]:
    """All that a header says about baselines."""
    example = EXAMPLE.search(costs(name))
    if example is None:
        return []
    shape = tuple(int(size) for size in example["shape"].split("x"))
    classes = int(example["classes"] or 10)
    return [
        Claim(name, found["baseline"], shape, classes, _ends(found, "weights"), _ends(found, "macs"))
        for found in CLAIM.finditer(EXAMPLE.sub("", costs(name)))
    ]


def _ends(found: re.Match[str], what: str) -> tuple[str, str] | None:
    return (found[what], found[f"most_{what}"] or found[what]) if found[what] else None


CLAIMS = [claim for name in NAMES for claim in claims(name)]


def analyses(claim: Claim) -> list[Analysis]:
    """The networks that a claim speaks of."""
    draws = 1 if claim.weights[0] == claim.weights[1] else DRAWS
    shape, classes = claim.shape, claim.num_classes
    return [analyze(sampled(claim.space, claim.baseline, shape, classes, seed)) for seed in range(draws)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.space}-{claim.baseline}")
def test_a_baseline_costs_what_the_header_says(claim):
    found = analyses(claim)
    weights, macs = [one.num_weights for one in found], [one.macs for one in found]
    assert (f"{min(weights):,}", f"{max(weights):,}") == claim.weights
    if claim.macs:
        ends = zip((min(macs), max(macs)), claim.macs, strict=True)
        assert tuple(rounded(number / 1e6, like) for number, like in ends) == claim.macs


def rounded(number: float, like: str) -> str:
    """A number with as many decimals as a written one."""
    return f"{number:,.{len(like.partition('.')[2])}f}"


@pytest.mark.parametrize(("space", "baseline"), PUBLISHED)
def test_a_header_gives_the_cost_of_a_classic_network_as_published(space, baseline):
    (claim,) = (claim for claim in CLAIMS if (claim.space, claim.baseline) == (space, baseline))
    published = PUBLISHED[space, baseline]
    assert (claim.shape, claim.num_classes) == (published.input_shape, published.num_classes)
    assert claim.weights[0] == f"{published.num_weights:,}"


def test_the_headers_of_all_spaces_but_the_general_ones_give_the_cost_of_a_baseline():
    assert {claim.space for claim in CLAIMS} == set(NAMES) - {"auto", "auto_dense"}


@pytest.mark.parametrize("name", ("auto", "auto_dense"))
def test_a_general_space_bounds_the_weights_as_its_header_says(name):
    assert "at most 5 million weights" in costs(name)
    assert load_space(name).constraints.limits["max_weights"] == 5_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_header_gives_source_launch_and_costs(name):
    lines = header(name).splitlines()
    assert lines[0].startswith(f"# {name}: ")
    starts = [line.removeprefix("# ").split(" ")[0] for line in lines]
    assert [start for start in starts if start in ("source", "launch", "costs")] == [
        "source",
        "launch",
        "costs",
    ]
    assert re.search(rf"^# launch +cnnsearch search {name} --data ", header(name), re.MULTILINE)


OF_DENSE = {"auto_dense", "centernet", "deeplab", "fcn", "pose", "unet"}
OF_OTHERS = {"signal1d", "spectrogram", "volume3d", *OF_DENSE}
"""Spaces for other examples than pictures, or for a class at every position."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - OF_OTHERS))
def test_a_header_for_classes_of_pictures_gives_its_score_on_digits(name):
    assert re.search(r"^# on digits: ", header(name), re.MULTILINE)
