"""The baselines of every shipped space in every format with a small input; one process per space."""

import json

import pytest

from cnnsearch.bundle.formats import FORMATS
from cnnsearch.space import shipped_spaces
from tests.finish.processes import run

LARGE = (
    "alexnet",
    "centernet",
    "deeplab",
    "densenet",
    "fcn",
    "googlenet",
    "mobilenet",
    "pose",
    "resnet",
    "vgg",
)
"""Spaces whose networks take minutes to convert."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "space",
    [pytest.param(name, marks=pytest.mark.long if name in LARGE else ()) for name in shipped_spaces()],
)
@pytest.mark.timeout(900)
def test_every_baseline_runs_elsewhere(space, tmp_path):
    lines = run("-m", "tests.export.spaces", space, tmp_path).stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    assert [told for told in answers if "reason" in told] == []
    assert {told["format"] for told in answers} == set(FORMATS)
    assert max(told["largest_difference"] for told in answers) < 1e-6
