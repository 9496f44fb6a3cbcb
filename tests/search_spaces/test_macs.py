"""The analysis' multiply-accumulates against TensorFlow's profiler, by the benchmark that prints both."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from cnnsearch.architecture import analyze
from cnnsearch.space import load_space, shipped_spaces
from tests.search_spaces.published import PUBLISHED

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BASELINES = [(space, baseline) for space in shipped_spaces() for baseline in load_space(space).baselines]


@pytest.fixture(scope="module")
def macs() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        return importlib.import_module("macs")


@pytest.mark.parametrize(("space", "baseline"), BASELINES)
def test_the_profiler_counts_what_the_analysis_counts(macs, space, baseline):
    architecture = macs.network(space, baseline)
    analysis = analyze(architecture)
    unseen = sum(row.macs for row in analysis.layers if row.type == "transposed_conv")
    assert macs.profiled(architecture) == analysis.macs - unseen  # the profiler counts none for them


@pytest.mark.parametrize(("space", "baseline"), PUBLISHED)
def test_a_classic_network_is_profiled_as_it_is_published(macs, space, baseline):
    published = PUBLISHED[space, baseline]
    architecture = macs.network(space, baseline)
    assert architecture.input.shape == published.input_shape
    assert analyze(architecture).macs == published.macs
